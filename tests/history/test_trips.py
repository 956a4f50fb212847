"""The trips of a car, in whatever order and units they are told."""

from homeassistant.util.dt import utcnow
from hypothesis import given, settings
import pytest

from custom_components.stellantis.api.trips import read_trip
from custom_components.stellantis.history import storage
from custom_components.stellantis.history.trips import ENERGIES

from ..helpers.trip_strategies import Month, months
from .bench import Bench


@settings(max_examples=max(200, settings().max_examples))
@given(months())
def test_the_sums_of_trips_are_what_the_car_drove(month: Month) -> None:
    trips, batches = month
    bench = Bench()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "KEPT_FOR", utcnow() - trips[0].started_at + storage.KEPT_FOR)
        kept = bench.start()
        used = dict.fromkeys(ENERGIES, 0.0)
        for batch in batches:
            if not batch:
                kept = bench.restart()
            kept.async_add([trip for each in batch if (trip := read_trip(each))])
            for energy in ENERGIES:
                before, used[energy] = used[energy], kept.used(energy) or 0.0
                assert used[energy] >= before
    assert [trip.started_at for trip in kept.all] == [trip.started_at for trip in trips]
    assert sum(trip.distance or 0 for trip in kept.all) == pytest.approx(sum(trip.distance for trip in trips))
    for energy in ENERGIES:
        driven = sum(getattr(trip, energy) for trip in trips)
        assert used[energy] == pytest.approx(driven, rel=0.01, abs=0.01)
