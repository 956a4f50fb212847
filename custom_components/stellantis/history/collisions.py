"""The collisions of a car: each is told once, whatever tells of it first."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util.dt import utcnow

from ..api.collisions import CollisionRecord, Impact
from ..api.status import EmergencyCall, Status
from ..api.status.storing import restore, store

EMERGENCY_CALL: Final = "emergency_call"
COLLISION: Final = "collision"
KINDS: Final = (COLLISION, EMERGENCY_CALL)

TELL_FOR: Final = timedelta(days=7)
"""How long after a collision it is still told: Home Assistant may have been down."""
TOGETHER: Final = timedelta(minutes=10)
"""What is reported within this time is one collision: the dates are those of two clocks."""
MOST_KEPT: Final = 100
MOST_UNTOLD: Final = 20
"""How many collisions are kept for an entity that does not exist yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """What is told of a collision; `record` is what the vendor has recorded of it, if it has."""

    kind: str
    at: datetime
    record: CollisionRecord | None = None

    @property
    def attributes(self) -> dict[str, Any]:
        """All of it as attributes of an event; side and severity are those of the hardest impact."""
        record = self.record
        impacts = record.impacts if record else ()
        hardest = impacts[0] if impacts else Impact()
        return {
            "side": hardest.side,
            "severity": hardest.severity,
            "tipped_over": record.tipped_over if record else None,
            "pedestrian": record.pedestrian if record else None,
            "occurred_at": self.at.isoformat(),
            "impacts": [asdict(impact) for impact in impacts],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A collision that has been told; without an id the vendor had no record of it."""

    kind: str
    at: datetime
    id: str | None = None

    def is_of(self, record: CollisionRecord) -> bool:
        """Return whether this is what the vendor has recorded."""
        return _together(self.at, record.at) if self.id is None else self.id == record.id

    def is_call(self, at: datetime) -> bool:
        """Return whether this is the emergency call of about this time. One may follow a collision that needed none."""
        return self.kind == EMERGENCY_CALL and _together(self.at, at)


@dataclass(slots=True, kw_only=True)
class _Known:
    """What outlives a restart.

    Nothing from before `since` is told: the car was not known then. `state` is what the car last said of its emergency
    call, and `looked_at` when it said anything. `called_at` is that of an emergency call that is still to be told.
    """

    since: datetime = field(default_factory=lambda: utcnow().replace(microsecond=0))  # the vendor's are whole seconds
    looked_at: datetime | None = None
    state: str | None = None
    called_at: datetime | None = None
    told: tuple[_Told, ...] = ()
    untold: tuple[Collision, ...] = ()


class Collisions:
    """The collisions of one car. `read` has them read; `save` writes to disk what has been told."""

    def __init__(self, stored: object, status: Status, *, read: Callable[[], None], save: Callable[[], None]) -> None:
        """Go on with what is stored; `status` is what was known of the car then."""
        self._known = known = _restore(stored)
        self._status = status
        if known.looked_at is None and status.blocks:
            known.looked_at = utcnow()
            known.state = status.emergency_call.state if status.emergency_call else None
        self._read = read
        self._save = save
        self._listener: Callable[[Collision], None] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON."""
        known: dict[str, Any] = store(self._known)
        return known

    @property
    def state(self) -> dict[str, Any]:
        """What diagnostics tell."""
        return {"told": len(self._known.told), "untold": len(self._known.untold)}

    @callback
    def async_take(self, status: Status) -> None:
        """Take in what is known of the car: if its emergency call has reacted, the collisions are read."""
        if status is self._status or not status.blocks:
            return
        self._status = status
        known, call, now = self._known, status.emergency_call, utcnow()
        before, looked_at = known.state, known.looked_at
        known.looked_at = now
        if call is None or call.state == before:
            return
        known.state = call.state
        if call.detected and looked_at and self._is_news(call, before, looked_at):
            # Some cars never change the date of a report.
            known.called_at = call.at if _is_recent(call.at) else now
            self._read()

    @callback
    def async_add(self, records: Iterable[CollisionRecord]) -> None:
        """Tell what is new of what the vendor has recorded, and an emergency call also if there is no record of it."""
        known = self._known
        new = {record.id: record for record in records if self._is_new(record)}
        called_at, known.called_at = known.called_at, None
        happened: list[Collision] = []
        if called_at and _is_recent(called_at) and not any(told.is_call(called_at) for told in known.told):
            near = [record for record in new.values() if _together(record.at, called_at)]
            record = min(near, key=lambda each: abs(each.at - called_at), default=None)
            happened.append(Collision(kind=EMERGENCY_CALL, at=record.at if record else called_at, record=record))
            if record:
                del new[record.id]
        happened += [Collision(kind=COLLISION, at=record.at, record=record) for record in new.values()]
        if happened:
            self._tell(sorted(happened, key=lambda each: each.at))

    @callback
    def async_listen(self, listener: Callable[[Collision], None]) -> CALLBACK_TYPE:
        """Call `listener` with each collision, first with what nobody has heard; returns how to stop."""
        self._listener = listener
        untold, self._known.untold = self._known.untold, ()
        for collision in untold:
            if _is_recent(collision.at):
                listener(collision)
        if untold:
            self._save()

        @callback
        def stop() -> None:
            self._listener = None

        return stop

    def _is_news(self, call: EmergencyCall, before: str | None, looked_at: datetime) -> bool:
        """Return whether an emergency call has reacted not long ago, and since the car is known."""
        if before is None:
            return call.at >= self._known.since and _is_recent(call.at)
        return _is_recent(looked_at) or _is_recent(call.at)

    def _is_new(self, record: CollisionRecord) -> bool:
        is_told = any(told.is_of(record) for told in self._known.told)
        return record.at >= self._known.since and _is_recent(record.at) and not is_told

    def _tell(self, happened: list[Collision]) -> None:
        known = self._known
        told = (_Told(kind=each.kind, at=each.at, id=each.record.id if each.record else None) for each in happened)
        recent = [each for each in known.told if _is_recent(each.at)]
        known.told = (*recent, *told)[-MOST_KEPT:]
        if self._listener is None:
            known.untold = (*known.untold, *happened)[-MOST_UNTOLD:]
        else:
            for collision in happened:
                self._listener(collision)
        self._save()


def _together(at: datetime, other: datetime) -> bool:
    return abs(at - other) <= TOGETHER


def _is_recent(at: datetime) -> bool:
    return utcnow() - at < TELL_FOR


def _restore(stored: object) -> _Known:
    try:
        known: _Known = restore(_Known, stored)
    except TypeError, ValueError:
        return _Known()
    return known
