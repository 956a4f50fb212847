"""The trips of a car without a Home Assistant, and what a year of history costs: `python -m tests.history.bench`."""

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import gc
import json
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from time import perf_counter
import tracemalloc
from typing import Any, Final, Self, cast

from homeassistant.util.json import load_json_object

from custom_components.stellantis.api.status.storing import store
from custom_components.stellantis.api.trips import TripFault
from custom_components.stellantis.history.charges import Charge
from custom_components.stellantis.history.storage import CarHistory
from custom_components.stellantis.history.trips import KeptTrip, Trips

TRIPS: Final = 700
CHARGES: Final = 300
RUNS: Final = 7


class Bench:
    """Plays what trips need beside the history: an entry, its statistics and the disk, which do nothing."""

    history: CarHistory

    def async_create_background_task(self, _hass: object, task: Coroutine[Any, Any, None], _name: str) -> None:
        task.close()

    async def async_save(self, _data: object) -> None:
        """Write nothing to the disk."""

    def async_update(self, _trips: object) -> None:
        """Write no statistics."""

    def start(self, stored: object = None) -> Trips:
        """Start with what is stored."""
        self.history = CarHistory(cast("Any", self), stored)
        return Trips(
            cast("Any", None),
            cast("Any", self),
            self.history,
            cast("Any", self),
            capacity=lambda: None,
            keep_positions=False,
        )

    def restart(self) -> Trips:
        """Start with what has been kept, as it is on the disk."""
        return self.start(json.loads(json.dumps({"trips": list(self.history.trips), "state": self.history.state})))


def make_year() -> dict[str, Any]:
    """Make what is stored of a car that is driven twice a day and charged on most days."""
    now = datetime.now(UTC).replace(microsecond=0)
    trips = [
        KeptTrip(
            id=f"{number:032x}",
            started_at=(ended_at := now - timedelta(hours=12.5 * number)) - timedelta(minutes=40),
            ended_at=ended_at,
            distance=12.3 + number,
            duration=timedelta(minutes=40),
            electricity=2.123,
            average_speed=33.1234,
            battery_before=80.0,
            battery_after=75.0,
            zone_from="Home",
            zone_to="Work",
            updated_at=ended_at,
            faults=() if number % 10 else (TripFault(fault="data_lacking", cause="connection"),),
        )
        for number in range(TRIPS)
    ]
    charges = [
        Charge(
            started_at=(ended_at := now - timedelta(hours=29 * number)) - timedelta(hours=8),
            ended_at=ended_at,
            from_level=40.0,
            to_level=80.0,
            energy=20.123,
            duration=28800.0,
            average_power=2.515,
            place="Home",
            cost=4.2,
            result="finished",
        )
        for number in range(CHARGES)
    ]
    return {"trips": [store(trip) for trip in trips], "charges": [charge.as_dict() for charge in charges], "state": {}}


@dataclass(frozen=True)
class Cost:
    """Milliseconds to load, those of them in which the file is read as JSON, and bytes of memory while it is kept."""

    load: float
    floor: float
    memory: int

    @classmethod
    def measure(cls, path: Path) -> Self:
        """Measure the fastest of some runs: a busy machine slows any of them."""
        runs = [_time(path) for _ in range(RUNS)]
        tracemalloc.start()
        kept = _load(path)
        gc.collect()
        memory, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (len(kept.all), kept.state["count"]) == (TRIPS, TRIPS)
        return cls(min(load for load, _ in runs), min(floor for _, floor in runs), memory)


def write_year(path: Path) -> None:
    """Write the file as Home Assistant does."""
    path.write_text(json.dumps({"data": make_year()}, indent=2))


def _time(path: Path) -> tuple[float, float]:
    start = perf_counter()
    load_json_object(path)
    read = perf_counter()
    _load(path)
    end = perf_counter()
    return (end - read) * 1000, (read - start) * 1000


def _load(path: Path) -> Trips:
    return Bench().start(load_json_object(path)["data"])


def main() -> None:
    """Say what a year costs."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "history")
        write_year(path)
        size, cost = path.stat().st_size, Cost.measure(path)
    sys.stdout.write(
        f"{TRIPS} trips and {CHARGES} charges, {size / 1e6:.2f} MB on disk: loaded in {cost.load:.1f} ms, "
        f"of which {cost.floor:.1f} ms to read the JSON; {cost.memory / 1e6:.2f} MB of memory\n"
    )


if __name__ == "__main__":
    main()
