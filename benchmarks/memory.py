"""The memory of a car, over that of an integration that has as many entities and does nothing."""

from asyncio import sslproto
import gc
import tracemalloc
from typing import Any, Final

from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

from .house import House, house
from .measuring import Effort, Goal, Measured

GOALS: Final = (Goal(figure="memory of a car, over an integration with as many entities", most=150, unit="KB"),)
CARS: Final = 50
FLOOR: Final = "floor"
BUFFERS: Final = sslproto.__file__
"""Where connections get their buffers, here those of the vendor too: they are as many for a car as for 100."""
KB: Final = 1024


async def measure(_effort: Effort) -> list[Measured]:
    """Load both, one after the other, and see how much memory each takes for a car."""
    async with house(CARS) as home:
        registry, entry = er.async_get(home.hass), home.entry
        entities = (
            sum(not each.disabled for each in er.async_entries_for_config_entry(registry, entry.entry_id)) // CARS
        )
        await home.stop()
        ours = await _taken(home)
        await home.stop()
        _make_floor(home.hass, entities)
        with mock_config_flow(FLOOR, ConfigFlow):
            home.entry = MockConfigEntry(domain=FLOOR)
            await home.hass.config_entries.async_add(home.entry)
            await home.stop()
            floor = await _taken(home)
    made_of = f"{ours / KB:.0f} KB over {floor / KB:.0f} KB with {entities} entities"
    return [Measured((ours - floor) / KB, made_of)]


async def _taken(home: House) -> float:
    """Return the bytes that a set-up takes for a car. All has been set up before: caches are filled."""
    tracemalloc.start()
    await home.start()
    home.vendor.requests.clear()
    gc.collect()
    taken = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(inclusive=False, filename_pattern=BUFFERS)])
    tracemalloc.stop()
    return sum(each.size for each in taken.statistics("filename")) / CARS


def _make_floor(hass: HomeAssistant, entities: int) -> None:
    """Make an integration with a device and so many sensors for each car."""

    async def set_up(_hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, [Platform.SENSOR])
        return True

    async def unload(_hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
        return await hass.config_entries.async_unload_platforms(entry, [Platform.SENSOR])

    async def add_sensors(
        _hass: HomeAssistant, _entry: ConfigEntry[Any], async_add_entities: AddEntitiesCallback
    ) -> None:
        async_add_entities(_Sensor(car, number) for car in range(CARS) for number in range(entities))

    mock_integration(hass, MockModule(FLOOR, async_setup_entry=set_up, async_unload_entry=unload))
    mock_platform(hass, f"{FLOOR}.config_flow")
    mock_platform(hass, f"{FLOOR}.{Platform.SENSOR}", MockPlatform(async_setup_entry=add_sensors))


class _Sensor(SensorEntity):
    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, car: int, number: int) -> None:
        self._attr_unique_id = f"{car}_{number}"
        self._attr_name = f"sensor {number}"
        self._attr_native_value = number
        self._attr_device_info = DeviceInfo(identifiers={(FLOOR, str(car))}, name=f"car {car}")
