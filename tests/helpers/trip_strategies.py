"""Trips at random, and what is told of them in ways that hurt."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

PARIS: Final = ZoneInfo("Europe/Paris")
EVENINGS: Final = [
    datetime(2025, 3, 29, 22, tzinfo=PARIS),  # clocks are put forward in the night
    datetime(2025, 10, 25, 22, tzinfo=PARIS),  # and back
    datetime(2025, 1, 31, 23, tzinfo=PARIS),
    datetime(2025, 12, 31, 23, tzinfo=PARIS),
]

type Json = dict[str, Any]


@dataclass
class Driven:
    """A trip as it was."""

    id: str
    started_at: datetime
    ended_at: datetime
    distance: float
    electricity: float
    fuel: float

    def told(self, draw: st.DrawFn, update: int, *, whole: bool) -> Json:
        """Tell it as some car does: in some zone, in some units, and not all of it at first."""
        zone = draw(st.sampled_from([UTC, PARIS]))
        took = (self.ended_at - self.started_at).total_seconds()
        begun = whole or draw(st.booleans())
        told: Json = {
            "id": self.id,
            "startedAt": f"{self.started_at.astimezone(zone).isoformat()}" if begun else None,
            "stoppedAt": f"{self.ended_at.astimezone(zone).isoformat()}",
            "updatedAt": f"{(self.ended_at + timedelta(seconds=update)).isoformat()}",
            "duration": took / draw(st.sampled_from([1, 60, 0.001] if begun else [1])),
            "distance": self.distance * draw(st.sampled_from([1, 1000])),
            "done": True,
        }
        if whole or draw(st.booleans()):
            told["energyConsumptions"] = [
                consumption
                for kind, used, finer in (("Electric", self.electricity, 1000), ("Fuel", self.fuel, 100))
                for consumption in [
                    {
                        "type": kind,
                        "consumption": used * draw(st.sampled_from([1, finer])),
                        "avgConsumption": used * finer * 100 / self.distance,
                    }
                ]
                if used
            ]
        return told


type Month = tuple[list[Driven], list[list[Json]]]
"""The trips of a car, and what is told of them in batches; an empty one is a restart."""


@st.composite
def months(draw: st.DrawFn) -> Month:
    """Make some trips."""
    at = draw(st.sampled_from(EVENINGS)).astimezone(UTC)
    trips: list[Driven] = []
    told: list[Json] = []
    for number in range(draw(st.integers(1, 8))):
        took = draw(st.integers(5, 180))
        distance = round(took * draw(st.integers(2, 20)) / 10, 1)
        at += timedelta(minutes=draw(st.integers(1, 700)))
        used = distance * draw(st.integers(10, 30)) / 100
        trip = Driven(
            f"{number}",
            at,
            at + timedelta(minutes=took),
            distance,
            round(used, 3),
            draw(st.sampled_from([0.0, round(used / 2, 3)])),
        )
        trips.append(trip)
        at = trip.ended_at
        told += [trip.told(draw, update, whole=False) for update in range(draw(st.integers(0, 2)))]
        told += [trip.told(draw, 10, whole=True)] * draw(st.integers(1, 2))
        told += [{"id": f"{number}", "startedAt": told[-1]["startedAt"], "done": False}]
    told = draw(st.permutations(told))
    size = draw(st.integers(1, 20))
    batches = [told[start : start + size] for start in range(0, len(told), size)]
    batches.insert(draw(st.integers(0, len(batches))), [])
    return trips, batches
