"""Actions that name a car by its device: destinations, and signals to stop."""

from pathlib import Path
from typing import Any, Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import ObjectSelector
from homeassistant.util.yaml import load_yaml_dict
import pytest
import voluptuous as vol

from custom_components import stellantis
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Outcome

from .helpers.harness import Harness
from .helpers.remotes import act, sent

SERVICES: Final = Path(stellantis.__file__).parent / "services.yaml"
SYDNEY = {"latitude": -33.8568, "longitude": 151.2153}
TOWER = {"latitude": 48.8584, "longitude": 2.2945}


async def test_coordinates_are_longitude_before_latitude(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await act(harness, car, "send_navigation", destinations=[TOWER, SYDNEY])
    assert car.destinations == [[2.2945, 48.8584], [151.2153, -33.8568]]
    assert car.driver_approval is None


async def test_an_entity_is_where_it_says_it_is(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.hass.states.async_set("zone.work", "0", SYDNEY)
    harness.hass.states.async_set("person.driver", "home", TOWER)
    tracker = harness.entity_id(car, "device_tracker", "location")
    await act(
        harness, car, "send_navigation", destinations=["zone.work", tracker, "person.driver"], driver_approval=False
    )
    assert car.destinations == [[151.2153, -33.8568], list(car.position), [2.2945, 48.8584]]
    assert car.driver_approval is False


async def test_what_the_form_makes_is_taken(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.hass.states.async_set("zone.work", "0", SYDNEY)
    made = [{"entity_id": "zone.work"}, {"location": TOWER}]
    form = load_yaml_dict(str(SERVICES))["send_navigation"]["fields"]["destinations"]["selector"]
    await act(harness, car, "send_navigation", destinations=ObjectSelector(form["object"])(made))
    assert car.destinations == [[151.2153, -33.8568], [2.2945, 48.8584]]


async def test_the_pickers_offer_the_cars_that_can(harness: Harness, three_cars: list[Car]) -> None:
    """A picker offers a car that has an entity of this platform, and of this device class if one is named."""
    await harness.add_account()
    registry = er.async_get(harness.hass)
    offered: dict[str, list[str]] = {}
    for action, form in load_yaml_dict(str(SERVICES)).items():
        if device := form.get("fields", {}).get("device_id"):
            wanted = device["selector"]["device"]["entity"]
            entities = [
                each.unique_id
                for each in registry.entities.values()
                if each.domain == wanted["domain"] and wanted.get("device_class") in {None, each.original_device_class}
            ]
            offered[action] = [car.name for car in three_cars if any(each.startswith(car.vin) for each in entities)]
    electric, hybrid, combustion = (car.name for car in three_cars)
    assert offered == {
        "set_charging_schedule": [electric, hybrid],
        "get_charging_schedule": [electric, hybrid],
        "get_charges": [electric, hybrid],
        "get_trips": [electric, hybrid, combustion],
        "send_navigation": [electric, hybrid, combustion],
        "stop_signals": [electric, combustion],
    }
    for car in three_cars:
        stopping = act(harness, car, "stop_signals")
        if car.name in offered["stop_signals"]:
            await stopping
        else:
            assert (await harness.failure(stopping)).translation_key == "no_signals"


async def test_one_destination_need_not_be_a_list(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await act(harness, car, "send_navigation", destinations=TOWER)
    assert car.destinations == [[2.2945, 48.8584]]


async def test_ten_destinations_are_not_too_many(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await act(harness, car, "send_navigation", destinations=[TOWER] * 10)
    assert len(car.destinations) == 10


NO_DESTINATIONS: Final[tuple[tuple[list[Any], str], ...]] = (
    ([], "destinations"),
    ([TOWER] * 11, "destinations"),
    ([TOWER, "zone.nowhere"], "destination_unknown"),
    (["sun.sun"], "destination_without_position"),
    (["person.lost"], "destination_without_position"),
)


async def test_a_destination_that_is_none_is_refused(harness: Harness, car: Car, subtests: pytest.Subtests) -> None:
    await harness.add_account()
    harness.hass.states.async_set("sun.sun", "above_horizon", {})
    harness.hass.states.async_set("person.lost", "unknown", {"latitude": None, "longitude": "east"})
    for destinations, key in NO_DESTINATIONS:
        with subtests.test(str(destinations)):
            error = await harness.failure(act(harness, car, "send_navigation", destinations=destinations))
            assert isinstance(error, ServiceValidationError)
            assert error.translation_key == key
    assert sent(harness) == []


NO_PLACES: Final[tuple[Any, ...]] = (
    "home",
    [7],
    [{"latitude": 48.8584}],
    [{"latitude": 91, "longitude": 2}],
    [{"latitude": 48, "longitude": 181}],
    [{**TOWER, "altitude": 300}],
)


async def test_what_is_no_place_is_refused(harness: Harness, car: Car, subtests: pytest.Subtests) -> None:
    await harness.add_account()
    for destinations in NO_PLACES:
        with subtests.test(str(destinations)), pytest.raises(vol.Invalid):
            await act(harness, car, "send_navigation", destinations=destinations)
    assert sent(harness) == []


async def test_a_car_without_navigation_says_so(harness: Harness, other: Car) -> None:
    await harness.add_account()
    error = await harness.failure(act(harness, other, "send_navigation", destinations=[TOWER]))
    assert error.translation_key == "no_navigation"
    assert sent(harness) == []


async def test_a_car_that_does_not_take_destinations_says_why(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "MissingRights"))
    error = await harness.failure(act(harness, car, "send_navigation", destinations=[TOWER]))
    assert error.translation_key == "missing_rights"
    assert car.destinations == []


async def test_destinations_are_in_no_log(harness: Harness, car: Car, caplog: pytest.LogCaptureFixture) -> None:
    await harness.add_account()
    caplog.clear()
    await act(harness, car, "send_navigation", destinations=[TOWER])
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components")]
    assert ours
    assert not any("48.8584" in message or "2.2945" in message for message in ours)


async def test_signals_are_stopped(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await harness.call(car, "button", "horn", "press")
    await harness.call(car, "switch", "lights", "turn_on")
    assert (car.honking, car.lights) == (True, True)
    await act(harness, car, "stop_signals")
    assert (car.honking, car.lights) == (False, False)
    assert harness.state(car, "switch", "lights").state == "off"


async def test_a_horn_that_does_not_stop_does_not_keep_the_lights_on(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await harness.call(car, "switch", "lights", "turn_on")
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    error = await harness.failure(act(harness, car, "stop_signals"))
    assert error.translation_key == "vehicle_error"
    assert not car.lights


async def test_signals_that_fail_both_say_so_both(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.next_outcomes += [Outcome("Failed", "VehicleError"), Outcome("Failed", "VehicleInUse")]
    error = await harness.failure(act(harness, car, "stop_signals"))
    assert "VehicleError" in str(error)
    assert "VehicleInUse" in str(error)


async def test_a_car_without_signals_says_so(harness: Harness, other: Car) -> None:
    await harness.add_account()
    error = await harness.failure(act(harness, other, "stop_signals"))
    assert error.translation_key == "no_signals"
    assert sent(harness) == []


async def test_a_device_that_is_no_car_is_refused(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    other = dr.async_get(harness.hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("toaster", "1")}, name="Toaster"
    )
    for device_id in ("nonsense", other.id):
        calling = harness.hass.services.async_call(DOMAIN, "stop_signals", {"device_id": device_id}, blocking=True)
        error = await harness.failure(calling)
        assert isinstance(error, ServiceValidationError)
        assert error.translation_key == "not_a_car"
    assert sent(harness) == []


async def test_a_car_of_an_account_that_is_not_loaded_is_refused(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    error = await harness.failure(act(harness, car, "stop_signals"))
    assert error.translation_key == "account_not_loaded"
    assert entry.title in str(error)
