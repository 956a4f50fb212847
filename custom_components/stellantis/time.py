"""The hour of a car's delayed charge."""

from datetime import time
from typing import override

from homeassistant.components.time import TimeEntity, TimeEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .account.account import StellantisConfigEntry
from .api.remotes import DelayedCharging
from .entity import StellantisEntity, add_cars
from .schedules import next_time, since_midnight, time_of_day

# Remotes wait for their turn car by car; two cars must not wait for each other.
PARALLEL_UPDATES = 0

CHARGING_START = TimeEntityDescription(key="charging_start")


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the hour of each car that can delay its charge."""
    add_cars(
        entry,
        async_add_entities,
        lambda car: [StellantisTime(car, CHARGING_START)] if "charging_delay" in car.vehicle.capabilities else [],
    )


class StellantisTime(StellantisEntity, TimeEntity):
    """When a car begins to charge every day."""

    @property
    @override
    def native_value(self) -> time | None:
        delay = self.status.charging.delayed_start if self.status.charging else None
        return None if delay is None else time_of_day(delay)

    @override
    async def async_set_value(self, value: time) -> None:
        since_midnight(value)  # which refuses seconds
        await self.async_send(DelayedCharging(next_time(value, dt_util.now())))
