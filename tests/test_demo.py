"""The month with which the demo starts, its ports, and what it says in the garage and in its guide."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from custom_components.stellantis.api.trips import read_trip
from custom_components.stellantis.history.charges import Charge
from demo.configuration import Folder
from demo.guide import guide
from demo.history import DAYS, add_trips, make_charges
from demo.remarks import SHOWN_BY
from demo.run import choose_port, free_port
from demo.way import Way
from simulator import Car, Simulator
from simulator.cars.documents import describe_trip
from simulator.page.acts import ACTS, controls
from simulator.page.foresight import Effect, foresee
from tests.helpers.harness import Harness


@pytest.fixture
def cars(tmp_path: Path) -> list[Car]:
    """Return the cars of the driver of a vendor that is not started."""
    return Simulator(tmp_path).accounts["driver"].cars


@pytest.mark.usefixtures("socket_enabled")
def test_two_demos_that_start_at_once_take_different_ports() -> None:
    first = free_port()
    assert choose_port(first, 0) is None
    assert choose_port(None, first) not in {first, None}


@pytest.mark.parametrize("way", Way)
def test_the_guide_fits_a_screen(way: Way) -> None:
    text = guide("http://localhost:65535", "http://127.0.0.1:65535/garage", Folder(65535), way)
    lines = text.strip("\n").splitlines()
    assert lines[0].startswith("  To try: open http://localhost:65535 and log in as demo")
    assert lines[-1] == "  Ctrl-C stops everything."
    # The line of the shell stands below the text and the empty line at its end.
    assert len(lines) <= 22
    assert max(map(len, lines)) < 80


@pytest.mark.parametrize("clock", [(2026, 3, 29, 12), (2026, 10, 25, 0), (2026, 1, 1, 7)])
def test_each_car_has_made_trips_that_the_vendor_can_tell(tmp_path: Path, clock: tuple[int, int, int, int]) -> None:
    now, simulator = datetime(*clock, tzinfo=UTC), Simulator(tmp_path)
    add_trips(simulator, now)
    for car in simulator.accounts["driver"].cars:
        trips = [read_trip(describe_trip(car, trip, ("data:trip", "data:position"))) for trip in car.trips]
        assert len(trips) > DAYS
        ended_at, mileage = now - timedelta(days=DAYS + 1), 0.0
        for trip, made in zip(trips, car.trips, strict=True):
            assert trip
            assert ended_at < trip.started_at < trip.ended_at < now
            assert made.start_mileage >= mileage
            ended_at, mileage = trip.ended_at, made.start_mileage + made.distance
        assert mileage == pytest.approx(car.mileage)


def test_electric_cars_have_been_charged_as_it_is_kept(cars: list[Car]) -> None:
    now = datetime(2026, 3, 30, 12, tzinfo=UTC)
    for car in cars:
        if car.battery_level is None:
            continue
        charges = make_charges(car, now)
        ended_at = now - timedelta(days=DAYS + 1)
        for made in charges:
            charge = Charge.restore(made)
            assert charge
            assert charge.as_dict() == made
            assert charge.ended_at
            assert ended_at < charge.started_at < charge.ended_at < now
            ended_at = charge.ended_at
        assert len(charges) == 10


@pytest.mark.usefixtures("every_entity_enabled", "three_cars")
@pytest.mark.parametrize("name", ["electric", "hybrid", "combustion"])
async def test_an_entity_shows_each_act_of_the_garage(harness: Harness, name: str) -> None:
    """What is said to be told or read changes an entity, and the demo knows which."""
    vendor, car = harness.vendor, harness.vendor.cars[name]
    entry = await harness.add_account()
    left, seen = list(controls(car)), set()
    while left:
        waiting = []
        for act, value in left:
            effect = foresee(car, ACTS[act], value, vendor.monitors.watching(car)).effect
            if effect is Effect.NOTHING:
                waiting.append((act, value))
                continue
            key = SHOWN_BY[act] if act in SHOWN_BY else SHOWN_BY[f"{act} {value}"]
            shown = effect in {Effect.TOLD, Effect.READ} and key is not None
            before = harness.state(car, *key.split(".")) if key and shown else None
            ACTS[act](vendor.garage, car, value)
            await vendor.idle()
            if effect is Effect.READ:
                await entry.runtime_data.cars[car.vin].async_refresh()
            await harness.settle()
            if key and before:
                after = harness.state(car, *key.split("."))
                assert (after.state, after.attributes) != (before.state, before.attributes), (act, value)
                seen.add(key)
        assert len(waiting) < len(left), waiting
        left = waiting
    assert len(seen) >= 8
