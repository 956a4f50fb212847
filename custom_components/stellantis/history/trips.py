"""The trips of a car: each is kept once, however often and in whatever order the vendor tells it."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Self

from homeassistant.components.zone import async_active_zone
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.dt import utcnow

from ..api.lenient import as_number, as_object
from ..api.status import Position
from ..api.status.storing import restore, store
from ..api.trips import Point, TripRecord, electricity_of_levels
from .statistics import TripStatistics
from .storage import CarHistory, Record, Records, oldest

RECENT: Final = timedelta(days=30)
"""The days of which the average consumption is told."""

AT_ONCE: Final = timedelta(seconds=10)
SOON: Final = timedelta(minutes=5)
"""A position that is reported so long before the end of a trip, or after it, is where the trip ended."""

TOTALS: Final = "trip_totals"

type Energy = Literal["electricity", "fuel"]

ENERGIES: Final[tuple[Energy, ...]] = ("electricity", "fuel")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTrip(TripRecord):
    """A trip with the names of the zones where it began and ended. `start` and `stop` are kept only if wished for.

    `by_levels` says that the vendor has not told `electricity`: it is that of the levels.
    """

    zone_from: str | None = None
    zone_to: str | None = None
    by_levels: bool | None = None


@dataclass(slots=True)
class _Total:
    """What all trips have used, also those that are no longer kept. `shown` never decreases."""

    counted: float = 0.0
    shown: float = 0.0

    @classmethod
    def restore(cls, stored: object) -> Self | None:
        """Read what was stored of a total."""
        counted, shown = (as_number(as_object(stored).get(name), least=0) for name in ("counted", "shown"))
        return None if counted is None or shown is None else cls(counted, shown)

    def add(self, used: float) -> None:
        """Add what a trip has used, or the difference if the vendor corrects it."""
        self.counted = max(self.counted + used, 0.0)
        self.shown = max(self.shown, self.counted)


class Trips:
    """The trips of one car, and what they add up to."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        history: CarHistory,
        statistics: TripStatistics,
        *,
        capacity: Callable[[], float | None],
        keep_positions: bool,
    ) -> None:
        """Take what is stored; a trip that cannot be read is left out.

        `capacity` returns the usable capacity of the battery in kWh, once it is known.
        """
        self._hass = hass
        self._entry = entry
        self._history = history
        self._statistics = statistics
        self._capacity = capacity
        self._estimated_with: float | None = None
        self._keep_positions = keep_positions
        restored = [trip for record in history.trips if (trip := _restore(record))]
        allowed = [self._allowed(trip) for trip in restored]
        self._trips = {trip.started_at: trip for trip in allowed}
        if len(restored) < len(history.trips) or allowed != restored:
            history.trips = Records([store(trip) for trip in allowed])
            history.async_schedule_save()
        self._totals = self._restore_totals()
        self._statistics.async_update(self.all)

    @property
    def all(self) -> list[KeptTrip]:
        """All trips, oldest first."""
        return list(self._trips.values())

    @property
    def state(self) -> dict[str, Any]:
        """What diagnostics tell: neither positions nor zones."""
        faults = Counter(fault.fault for trip in self._trips.values() for fault in trip.faults)
        return {**self._history.trips.state, "faults": dict(faults)}

    def used(self, energy: Energy) -> float | None:
        """Return what all trips have used, in kWh or litres; None if no trip has told it."""
        total = self._totals.get(energy)
        return None if total is None else round(total.shown, 3)

    def average(self, energy: Energy) -> float | None:
        """Return what the trips of the last 30 days have used for 100 km, in kWh or litres."""
        since = utcnow() - RECENT
        told = [
            (used, trip.distance)
            for trip in self._trips.values()
            if trip.started_at >= since and trip.distance and (used := _used(trip, energy)) is not None
        ]
        distance = sum(distance for _, distance in told)
        return round(100 * sum(used for used, _ in told) / distance, 2) if distance else None

    @callback
    def async_estimate(self) -> None:
        """Estimate what trips used that were told before the capacity was known."""
        if (capacity := self._capacity()) and capacity != self._estimated_with:
            self._estimated_with = capacity
            unknown = [trip for trip in self._trips.values() if trip.electricity is None]
            self.async_add([trip for trip in unknown if electricity_of_levels(trip, capacity) is not None])

    @callback
    def async_add(self, trips: Iterable[TripRecord], position: Position | None = None) -> bool:
        """Take in trips; return whether any of them says something new. `position` is where the car is."""
        before = set(self._trips)
        changed = {at for trip in trips if (at := self._add(_parked(trip, position)))}
        if not changed:
            return False
        if before | changed <= self._trips.keys():
            self._history.trips.add(*(store(self._trips[at]) for at in changed))
        else:  # one has turned out to have begun at another time
            self._history.trips = Records([store(trip) for trip in self._trips.values()])
        # What is stored is limited: the oldest are dropped.
        kept = sorted(self._trips)[len(self._trips) - len(self._history.trips) :]
        self._trips = {at: self._trips[at] for at in kept}
        self._history.state[TOTALS] = {energy: asdict(total) for energy, total in self._totals.items()}
        self._entry.async_create_background_task(self._hass, self._history.async_save(), "save the trips of a car")
        self._statistics.async_update(self.all)
        return True

    def _add(self, trip: TripRecord) -> datetime | None:
        """Take in a trip; return when it began if it says something new."""
        if trip.started_at < oldest():
            return None
        before, after = self._find(trip), self._located(trip)
        if before:
            after = _merge(before, after)
        if after.electricity is None and (capacity := self._capacity()):
            used = electricity_of_levels(after, capacity)
            after = replace(after, electricity=used, by_levels=None if used is None else True)
        if before:
            if after == before:
                return None
            del self._trips[before.started_at]
        replaced = self._trips.get(after.started_at)
        self._trips[after.started_at] = after
        for energy in ENERGIES:
            used, *earlier = (_used(each, energy) if each else None for each in (after, before, replaced))
            if used is not None or earlier != [None, None]:
                total = self._totals.setdefault(energy, _Total())
                total.add((used or 0.0) - sum(each or 0.0 for each in earlier))
        return after.started_at

    def _find(self, trip: TripRecord) -> KeptTrip | None:
        at_that_time = self._trips.get(trip.started_at)
        if at_that_time and at_that_time.id == trip.id:
            return at_that_time
        return next((kept for kept in self._trips.values() if kept.id == trip.id), at_that_time)

    def _located(self, trip: TripRecord) -> KeptTrip:
        """Return a trip with its zones, and with its positions only if they are wished for."""
        values = {each.name: getattr(trip, each.name) for each in fields(TripRecord)}
        return self._allowed(KeptTrip(**values, zone_from=self._zone(trip.start), zone_to=self._zone(trip.stop)))

    def _allowed(self, trip: KeptTrip) -> KeptTrip:
        allowed = self._keep_positions or (trip.start is None and trip.stop is None)
        return trip if allowed else replace(trip, start=None, stop=None)

    def _zone(self, point: Point | None) -> str | None:
        zone = async_active_zone(self._hass, point.latitude, point.longitude) if point else None
        return zone.name if zone else None

    def _restore_totals(self) -> dict[Energy, _Total]:
        """Read the totals; without any, add up the trips."""
        stored = as_object(self._history.state.get(TOTALS))
        totals: dict[Energy, _Total] = {}
        for energy in ENERGIES:
            told = [used for trip in self._trips.values() if (used := _used(trip, energy)) is not None]
            if (total := _Total.restore(stored.get(energy))) or told:
                totals[energy] = total or _Total(sum(told), sum(told))
        return totals


def _parked(trip: TripRecord, position: Position | None) -> TripRecord:
    """Return a trip that ended where the car is. Many cars do not say where a trip ended, but report from there."""
    if trip.stop or not position or not -AT_ONCE <= position.reported_at - trip.ended_at <= SOON:
        return trip
    return replace(trip, stop=Point(latitude=position.latitude, longitude=position.longitude))


def _restore(record: Record) -> KeptTrip | None:
    try:
        trip: KeptTrip = restore(KeptTrip, record)
    except TypeError, ValueError:
        return None
    return trip


def _used(trip: TripRecord, energy: Energy) -> float | None:
    return trip.electricity if energy == "electricity" else trip.fuel


def _merge(before: KeptTrip, after: KeptTrip) -> KeptTrip:
    """Join what the vendor told of one trip: the latest counts, and what it leaves out is as it was.

    The zones are those of the first time: the user may have moved a zone since. What the levels say of the electricity
    gives way to what the vendor tells of it, and holds as long as the levels do.
    """
    told = replace(before, electricity=None, by_levels=None) if before.by_levels else before
    outdated = before.updated_at and after.updated_at and after.updated_at < before.updated_at
    newer, older = (told, after) if outdated else (after, told)
    left_out = {each.name: getattr(older, each.name) for each in fields(newer) if getattr(newer, each.name) is None}
    zones = {name: getattr(before, name) or getattr(after, name) for name in ("zone_from", "zone_to")}
    merged = replace(newer, **{**left_out, **zones})
    if merged.electricity is None and _levels(merged) == _levels(before):
        return replace(merged, electricity=before.electricity, by_levels=before.by_levels)
    return merged


def _levels(trip: TripRecord) -> tuple[float | None, float | None]:
    return trip.battery_before, trip.battery_after
