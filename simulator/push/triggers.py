"""The triggers of a monitor: what each reads of a car, and when it is true."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
import json
from math import asin, cos, hypot, radians, sin, sqrt
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulator.base.durations import parse_duration
from simulator.cars import documents
from simulator.cars.car import Car

from .data import DATA, Datum, Operator, Value

_EARTH_RADIUS = 6371.0
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, kw_only=True)
class Trigger(ABC):
    """A trigger. A `momentary` one is true only for the report that changes the value."""

    name: str
    scope: str
    momentary: bool = False

    @abstractmethod
    def read(self, car: Car) -> Value:
        """Read the value that the trigger depends on."""

    @abstractmethod
    def fires(self, now: Value, before: Value, *, held: bool) -> bool:
        """Tell whether the trigger is true. `before` is the value of the last evaluation, `held` its result."""

    def describe(self, car: Car, now: Value, before: Value) -> dict[str, Any] | None:  # noqa: ARG002 - overridden
        """Describe the value for a message; None if this kind of trigger has no value there."""
        return None


@dataclass(frozen=True, kw_only=True)
class DataTrigger(Trigger):
    """Compares one value with `wanted`. If `previous` is given, the old value must be one of these."""

    data: str
    operator: Operator
    wanted: tuple[str, ...]
    previous: tuple[str, ...] | None

    @classmethod
    def parse(cls, name: str, body: dict[str, Any]) -> DataTrigger:
        """Parse the trigger's body, or raise ValueError."""
        datum, operator = DATA[body["data"]], Operator(body["op"])
        if operator not in datum.operators:
            raise ValueError(f"{body['data']} cannot be watched with {operator}.")
        _check_value(datum, operator, body.get("value"))
        previous = body.get("previous")
        if previous:
            if not datum.previous:
                raise ValueError(f"{body['data']} cannot be watched for its previous value.")
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

    def read(self, car: Car) -> Value:
        """Read the value of the data."""
        return DATA[self.data].read(car)

    def fires(self, now: Value, before: Value, *, held: bool) -> bool:
        """Compare the value. The condition on the old value applies only when the trigger becomes true."""
        matches = _changed(now, before) if self.momentary else _compare(self.operator, now, self.wanted)
        return matches and (held or self.previous is None or _is_among(before, self.previous))

    def describe(self, car: Car, now: Value, before: Value) -> dict[str, Any]:
        """Describe the value, and the old value if the trigger has a condition on it."""
        described: dict[str, Any] = {"data": self.data, "value": self._value(car, now, before)}
        if self.previous is not None and before is not None:
            described["previous"] = _literal(before)
        return described

    def _value(self, car: Car, now: Value, before: Value) -> dict[str, Any]:
        if not isinstance(now, frozenset):
            return {"type": "string", "body": {"literalValue": _literal(now)}}
        listed = (now ^ before) if self.momentary and isinstance(before, frozenset) else now
        alerts = [alert for alert in listed if self.momentary or alert.type in self.wanted]
        alerts.sort(key=lambda alert: alert.id)
        return {
            "type": "obj.alert",
            "body": {"objectValues": [documents.describe_alert(car, alert) for alert in alerts]},
        }


@dataclass(frozen=True, kw_only=True)
class ZoneTrigger(Trigger):
    """True while the car is inside a circle, or outside. A car that hides its position is neither."""

    inside: bool
    radius: float
    longitude: float
    latitude: float

    @classmethod
    def parse(cls, name: str, body: dict[str, Any]) -> ZoneTrigger:
        """Parse the trigger's body."""
        place = body["place"]
        return cls(
            name=name,
            scope="data:position",
            inside=body["transition"] == "In",
            radius=place["radius"],
            longitude=place["center"]["longitude"],
            latitude=place["center"]["latitude"],
        )

    def read(self, car: Car) -> Value:
        """Return the distance to the centre in km (haversine formula)."""
        position = car.status().get("lastPosition")
        if position is None:
            return None
        longitude, latitude, *_ = map(radians, position["geometry"]["coordinates"])
        east, north = longitude - radians(self.longitude), latitude - radians(self.latitude)
        part = cos(latitude) * cos(radians(self.latitude))
        chord = hypot(sin(north / 2), sqrt(part) * sin(east / 2))
        return 2 * _EARTH_RADIUS * asin(min(chord, 1.0))

    def fires(self, now: Value, before: Value, *, held: bool) -> bool:  # noqa: ARG002 - only the present distance counts
        """Compare the distance with the radius."""
        return isinstance(now, float) and (now <= self.radius) is self.inside


@dataclass(frozen=True, kw_only=True)
class TimeTrigger(Trigger):
    """True during any of the given spans of time. The trigger's `week` is ignored."""

    spans: tuple[Callable[[datetime], bool], ...]
    zone: ZoneInfo

    @classmethod
    def parse(cls, name: str, body: dict[str, Any]) -> TimeTrigger:
        """Parse the trigger's body, or raise ValueError."""
        try:
            zone = ZoneInfo(body.get("timeZone", "Europe/Paris"))
        except ZoneInfoNotFoundError as error:
            raise ValueError("There is no such time zone.") from error
        spans = tuple(_daily(entry) if entry.get("recurrence") != "None" else _once(entry) for entry in body["times"])
        return cls(name=name, scope="data:telemetry", spans=spans, zone=zone)

    def read(self, car: Car) -> Value:  # noqa: ARG002 - time is the same for all cars
        """Tell whether the present time is in any span."""
        now = datetime.now(self.zone)
        return any(span(now) for span in self.spans)

    def fires(self, now: Value, before: Value, *, held: bool) -> bool:  # noqa: ARG002 - only the present counts
        """Tell whether the present time is in any span."""
        return now is True


def parse_trigger(body: dict[str, Any]) -> Trigger:
    """Parse the body of a trigger that conforms to the schema, or raise ValueError."""
    name = body["name"]
    if "data" in body:
        return DataTrigger.parse(name, body["data"])
    return ZoneTrigger.parse(name, body["zone"]) if "zone" in body else TimeTrigger.parse(name, body["time"])


def _check_value(datum: Datum, operator: Operator, value: list[str] | None) -> None:
    if operator is Operator.CHANGE:
        if value is not None:
            raise ValueError("onChange takes no value.")
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
