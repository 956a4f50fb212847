"""What a person sees of the three cars: devices and entities, as far as they are this integration's own."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.stellantis.const import DOMAIN

from .helpers.harness import Harness
from .helpers.trips import drive

# Attributes that Home Assistant adds differ between its releases.
ATTRIBUTES = (
    "assumed_state",
    "device_class",
    "event_types",
    "failure_cause",
    "friendly_name",
    "heading",
    "hvac_action",
    "hvac_modes",
    "in_progress",
    "latitude",
    "longitude",
    "options",
    "source_type",
    "state_class",
    "unit_of_measurement",
)


def device(found: dr.DeviceEntry) -> dict[str, Any]:
    return {
        "identifiers": sorted(found.identifiers),
        "manufacturer": found.manufacturer,
        "model": found.model,
        "name": found.name,
        "serial_number": found.serial_number,
    }


def entity(hass: HomeAssistant, found: er.RegistryEntry) -> dict[str, Any]:
    state = hass.states.get(found.entity_id)
    assert found.disabled or state
    return {
        "disabled_by": found.disabled_by,
        "entity_category": found.entity_category,
        "has_entity_name": found.has_entity_name,
        "original_name": found.original_name,
        "state": shown(state.state) if state else None,
        "supported_features": found.supported_features,
        "translation_key": found.translation_key,
        "unique_id": found.unique_id,
        "attributes": {key: state.attributes[key] for key in ATTRIBUTES if key in state.attributes} if state else {},
    }


def shown(state: str) -> str:
    """Return a state that is the same each time."""
    return "a date" if dt_util.parse_datetime(state) else state


@pytest.mark.parametrize("name", ["electric", "hybrid", "combustion"])
@pytest.mark.usefixtures("three_cars")
async def test_a_car_and_its_entities(harness: Harness, snapshot: SnapshotAssertion, name: str) -> None:
    car = harness.vendor.cars[name]
    drive(car, dt_util.utcnow() - timedelta(days=1))
    entry = await harness.add_account()
    found = dr.async_get(harness.hass).async_get_device_by_identifier((DOMAIN, car.vin), entry.entry_id)
    assert found
    assert device(found) == snapshot(name="device")
    entities = er.async_entries_for_device(er.async_get(harness.hass), found.id, include_disabled_entities=True)
    assert {one.entity_id: entity(harness.hass, one) for one in entities} == snapshot(name="entities")
