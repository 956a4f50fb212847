"""The triggers of a monitor: what each looks at in a car, and when it fires."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
import json
from math import asin, cos, hypot, radians, sin, sqrt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from . import documents
from .data import DATA, Datum, Operator, Value
from .durations import parse_duration

if TYPE_CHECKING:
    from .cars import Car

_EARTH_RADIUS = 6371.0
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, kw_only=True)
class Trigger(ABC):
    """A trigger. One that is `momentary` is true only of the very change that it is about."""

    name: str
    scope: str
    momentary: bool = False

    @abstractmethod
    def look(self, car: Car) -> Value:
        """Say what the car is like, of all that matters to this trigger."""

    @abstractmethod
    def fires(self, now: Value, before: Value, *, held: bool) -> bool:
        """Tell whether it is true, given what was seen before and whether it was true then."""

    def describe(self, car: Car, now: Value, before: Value) -> dict[str, Any] | None:  # noqa: ARG002 - nothing to say
        """Describe what made it fire, if a message has words for that."""
        return None


@dataclass(frozen=True, kw_only=True)
class DataTrigger(Trigger):
    """Watches one value. `wanted` is what it is compared with, `previous` what it must have been before."""

    data: str
    operator: Operator
    wanted: tuple[str, ...]
    previous: tuple[str, ...] | None

    @classmethod
    def parse(cls, name: str, body: dict[str, Any]) -> DataTrigger:
        """Read what was posted, or raise ValueError."""
        datum, operator = DATA[body["data"]], Operator(body["op"])
        if operator not in datum.operators:
            raise ValueError(f"{body['data']} cannot be watched with {operator}.")
        _check_value(datum, operator, body.get("value"))
        previous = body.get("previous")
        if previous:
            if not datum.previous:
                raise ValueError(f"{body['data']} cannot be asked for what it was.")
            _check_value(datum, Operator(previous["op"]), previous["value"])
        return cls(
            name=name,
            scope=datum.scope,
            momentary=operator is Operator.CHANGE,
            data=body["data"],
            operator=operator,
            wanted=tuple(body.get("value", ())),
            previous=tuple(previous["value"]) if previous else None,
        )

    def look(self, car: Car) -> Value:
        """Read the value."""
        return DATA[self.data].read(car)

    def fires(self, now: Value, before: Value, *, held: bool) -> bool:
        """Compare the value. What it was before matters only until the trigger is true."""
        matches = _changed(now, before) if self.momentary else _compare(self.operator, now, self.wanted)
        return matches and (held or self.previous is None or _is_among(before, self.previous))

    def describe(self, car: Car, now: Value, before: Value) -> dict[str, Any]:
        """Describe the value, and the one before if that was asked for."""
        described: dict[str, Any] = {"data": self.data, "value": self._value(car, now, before)}
        if self.previous is not None and before is not None:
            described["previous"] = _literal(before)
        return described

    def _value(self, car: Car, now: Value, before: Value) -> dict[str, Any]:
        if not isinstance(now, frozenset):
            return {"type": "string", "body": {"literalValue": _literal(now)}}
        told = (now ^ before) if self.momentary and isinstance(before, frozenset) else now
        alerts = [alert for alert in told if self.momentary or alert.type in self.wanted]
        alerts.sort(key=lambda alert: alert.id)
        return {"type": "obj.alert", "body": {"objectValues": [documents.alert(car, alert) for alert in alerts]}}


@dataclass(frozen=True, kw_only=True)
class ZoneTrigger(Trigger):
    """True inside of a circle, or outside of it. Who hides the position is neither."""

    inside: bool
    radius: float
    longitude: float
    latitude: float

    @classmethod
    def parse(cls, name: str, body: dict[str, Any]) -> ZoneTrigger:
        """Read what was posted."""
        place = body["place"]
        return cls(
            name=name,
            scope="data:position",
            inside=body["transition"] == "In",
            radius=place["radius"],
            longitude=place["center"]["longitude"],
            latitude=place["center"]["latitude"],
        )

    def look(self, car: Car) -> Value:
        """Measure the distance to the center, in km."""
        position = car.status().get("lastPosition")
        if position is None:
            return None
        longitude, latitude, *_ = map(radians, position["geometry"]["coordinates"])
        east, north = longitude - radians(self.longitude), latitude - radians(self.latitude)
        part = cos(latitude) * cos(radians(self.latitude))
        chord = hypot(sin(north / 2), sqrt(part) * sin(east / 2))
        return 2 * _EARTH_RADIUS * asin(min(chord, 1.0))

    def fires(self, now: Value, before: Value, *, held: bool) -> bool:  # noqa: ARG002 - where it was does not matter
        """Compare the distance with the radius."""
        return isinstance(now, float) and (now <= self.radius) is self.inside


@dataclass(frozen=True, kw_only=True)
class TimeTrigger(Trigger):
    """True within any of its spans of time. Weeks of the year are not told apart."""

    spans: tuple[Callable[[datetime], bool], ...]
    zone: ZoneInfo

    @classmethod
    def parse(cls, name: str, body: dict[str, Any]) -> TimeTrigger:
        """Read what was posted, or raise ValueError."""
        try:
            zone = ZoneInfo(body.get("timeZone", "Europe/Paris"))
        except ZoneInfoNotFoundError as error:
            raise ValueError("There is no such time zone.") from error
        spans = tuple(_daily(entry) if entry.get("recurrence") != "None" else _once(entry) for entry in body["times"])
        return cls(name=name, scope="data:telemetry", spans=spans, zone=zone)

    def look(self, car: Car) -> Value:  # noqa: ARG002 - time is the same for all cars
        """Tell whether it is time."""
        now = datetime.now(self.zone)
        return any(span(now) for span in self.spans)

    def fires(self, now: Value, before: Value, *, held: bool) -> bool:  # noqa: ARG002 - what was so does not matter
        """Say the same."""
        return now is True


def parse_trigger(body: dict[str, Any]) -> Trigger:
    """Read a trigger that keeps to the contract's shape, or raise ValueError."""
    name = body["name"]
    if "data" in body:
        return DataTrigger.parse(name, body["data"])
    return ZoneTrigger.parse(name, body["zone"]) if "zone" in body else TimeTrigger.parse(name, body["time"])


def _check_value(datum: Datum, operator: Operator, value: list[str] | None) -> None:
    if operator is Operator.CHANGE:
        if value is not None:
            raise ValueError("A change has no value.")
    elif not value or (operator is not Operator.INCLUDED and len(value) != 1):
        raise ValueError(f"{operator} has the wrong number of values.")
    elif datum.numeric:
        float(value[0])
    elif unknown := set(value) - set(datum.words):
        raise ValueError(f"No value for that: {', '.join(sorted(unknown))}.")


def _changed(now: Value, before: Value) -> bool:
    return now != before and now is not None


def _compare(operator: Operator, now: Value, wanted: tuple[str, ...]) -> bool:
    if isinstance(now, (int, float)) and not isinstance(now, bool):
        bound = float(wanted[0])
        return {Operator.GREATER: now > bound, Operator.LOWER: now < bound, Operator.EQUALS: now == bound}[operator]
    return _is_among(now, wanted)


def _is_among(now: Value, wanted: tuple[str, ...]) -> bool:
    if isinstance(now, frozenset):
        return any(alert.type in wanted for alert in now)
    return now is not None and _literal(now) in wanted


def _literal(value: Value) -> str:
    if isinstance(value, frozenset):
        return ",".join(sorted(alert.type for alert in value))
    return value if isinstance(value, str) else json.dumps(value)


def _once(entry: dict[str, Any]) -> Callable[[datetime], bool]:
    start = datetime.fromisoformat(entry["start"])
    if start.tzinfo is None or "occurence" in entry:
        raise ValueError("A time without recurrence has a whole date and no occurence.")
    end = start + parse_duration(entry["duration"]) if "duration" in entry else None
    return lambda now: start <= now and (end is None or now < end)


def _daily(entry: dict[str, Any]) -> Callable[[datetime], bool]:
    if "duration" not in entry:
        raise ValueError("A daily time has a duration.")
    start, duration = parse_duration(entry["start"]), parse_duration(entry["duration"])
    days = entry.get("occurence", {}).get("day", _DAYS)

    def spans(now: datetime) -> bool:
        midnights = (now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=ago) for ago in (0, 1))
        starts = [midnight + start for midnight in midnights if _DAYS[midnight.weekday()] in days]
        return any(begun <= now < begun + duration for begun in starts)

    return spans
