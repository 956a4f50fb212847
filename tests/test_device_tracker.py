"""Where a car is."""

from homeassistant.helpers import entity_registry as er
import pytest

from simulator import Car

from .helpers.harness import Harness
from .helpers.reports import DATE, LATER, add_talkative_car, position


def told(harness: Harness, car: Car) -> tuple[str, ...]:
    shown = harness.state(car, "device_tracker", "location")
    names = ("latitude", "longitude", "heading", "reported_at")
    return (shown.state, *(str(shown.attributes[name]) for name in names if name in shown.attributes))


async def test_a_car_is_where_it_says(harness: Harness) -> None:
    car = add_talkative_car(harness)
    await harness.add_account()
    assert told(harness, car) == ("not_home", "48.8584", "2.2945", "126", "2026-10-01 08:00:00+00:00")
    attributes = harness.state(car, "device_tracker", "location").attributes
    assert attributes["source_type"] == "gps"
    entry = er.async_get(harness.hass).async_get(harness.entity_id(car, "device_tracker", "location"))
    assert entry
    assert entry.entity_category is None
    assert entry.device_id


async def test_a_car_comes_home(harness: Harness) -> None:
    car = add_talkative_car(harness)
    await harness.add_account()
    home = harness.hass.config
    report = {"lastPosition": position(LATER, home.longitude, home.latitude)}
    car.report = lambda _car: report
    await harness.pass_time(minutes=31)
    assert harness.state(car, "device_tracker", "location").state == "home"


@pytest.mark.parametrize("privacy", ["Geolocation", "Full"])
async def test_a_car_in_privacy_mode_is_nowhere(harness: Harness, privacy: str) -> None:
    """Neither where it was, nor on the equator."""
    car = add_talkative_car(harness)
    await harness.add_account()
    car.report = lambda _car: {
        "privacy": {"createdAt": LATER, "state": privacy},
        "lastPosition": position(LATER, 0.0, 0.0),
    }
    await harness.pass_time(minutes=31)
    assert told(harness, car) == ("unknown", "None", "None")
    car.report = lambda _car: {
        "privacy": {"createdAt": "2026-10-01T10:00:00Z", "state": "None"},
        "lastPosition": position("2026-10-01T10:00:00Z", 1.0, 2.0),
    }
    await harness.pass_time(minutes=62)
    assert told(harness, car)[:3] == ("not_home", "2.0", "1.0")


async def test_a_car_that_never_told_has_no_tracker(harness: Harness) -> None:
    harness.refuse_push()
    [car] = harness.add_cars({"lost": {"createdAt": DATE}}).values()
    await harness.add_account()
    registry = er.async_get(harness.hass)
    assert registry.async_get_entity_id("device_tracker", "stellantis", f"{car.vin}_location") is None
    car.report = lambda _car: {"lastPosition": position(LATER)}
    await harness.pass_time(minutes=31)
    assert harness.state(car, "device_tracker", "location").state == "not_home"
