"""What the vendor posts to the callback (docs/vendor-api.md, "Callbacks", "Remotes", "Monitors")."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from .errors import MessageError
from .lenient import as_list, as_object, as_objects, as_text, parse_date, parse_json
from .monitors import EMERGENCY_CALL
from .remotes import Progress
from .status import Block, Reading, Status, StatusReader
from .trips import TripRecord, read_trip

MAX_BATCH: Final = 100
"""The vendor sends at most this many messages at once; what comes beyond is not read."""
MAX_BODY: Final = MAX_BATCH * 20 * 1024
"""Bytes of a message or a batch: five times what a batch of whole statuses has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteMessage:
    """How far a remote has come. `attributes` are the callback's attributes of type Body.

    `remote_type` is the remote's type, if the message has one.
    """

    attributes: Mapping[str, str] = field(repr=False)
    date: datetime | None
    remote_id: str
    remote_type: str | None = None
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a monitor's message says of a car: `status` lacks what the same reader has read before.

    `whole` is whether it has a whole status that can be read, `readable` whether it has anything that can be. `trips`
    are those that have ended.
    """

    status: Status
    whole: bool
    readable: bool
    trips: list[TripRecord] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorMessage:
    """What a car reports.

    `refresh` is whether this repeats an earlier message because the condition still holds; `event` is the unread
    `monitorEvent`.
    """

    attributes: Mapping[str, str] = field(repr=False)
    date: datetime | None
    monitor_id: str
    refresh: bool
    event: Mapping[str, Any] = field(repr=False)

    @property
    def data(self) -> list[str]:
        """What the monitor has seen change, such as `vehicle.alert`."""
        return [data for item in as_objects(self.event.get("values")) if (data := as_text(item.get("data")))]

    def read(self, reader: StatusReader) -> Report:
        """Read the values of the message that may be new, with the reader of the car."""
        at = self.date or datetime.now(UTC)
        extensions = self._extensions
        parts = [(kind, _READERS[kind](part, reader, at)) for kind, part in extensions if kind in _READERS]
        whole = any(reading.readable for kind, reading in parts if kind == "vehicle.status")
        told = [reading.blocks for _, reading in parts]
        if not whole:
            # At the same date the later counts: all alerts, not only the new ones.
            told = self._values(reader.motorization, at) + told
        elif EMERGENCY_CALL in self.data and not reader.has_found("emergency_call"):
            # Not every car has this in its status.
            calls = (blocks.get("emergency_call") for blocks in self._values(reader.motorization, at))
            told += [{"emergency_call": call} for call in calls if call]
        readable = any(reading.readable for _, reading in parts) or any(told)
        trips = [item for kind, part in extensions if kind == "vehicle.trip" for item in as_objects(part)]
        return Report(
            status=_join(told),
            whole=whole,
            readable=readable,
            trips=[trip for item in trips if (trip := read_trip(item))],
        )

    def _values(self, motorization: str | None, at: datetime) -> list[Mapping[str, Block]]:
        return [
            Status.parse_value(data, item.get("value"), at, motorization).blocks
            for item in as_objects(self.event.get("values"))
            if (data := as_text(item.get("data")))
        ]

    @property
    def _extensions(self) -> list[tuple[str, Any]]:
        """The extensions of the message, each with its type."""
        extensions = [(as_text(item.get("type")) or "", item) for item in as_objects(self.event.get("extensions"))]
        return [(kind, part) for kind, extension in extensions for part in _parts(kind, extension.get("body"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage:
    """A message of an unknown type, or one that lacks what its type needs."""

    attributes: Mapping[str, str] = field(repr=False)


type Message = MonitorMessage | RemoteMessage | UnknownMessage


def split(body: bytes) -> list[object]:
    """Return the messages of a batch, or one alone, unread.

    Raises MessageError if the body is not JSON, or too deep.
    """
    try:
        content = parse_json(body)
    except ValueError as err:
        raise MessageError("not JSON") from err
    items = content if isinstance(content, list) else [content]
    return items[:MAX_BATCH]


def parse(message: object) -> Message:
    """Read one message; one that cannot be read becomes an UnknownMessage."""
    item = as_object(message)
    attributes, date = _attributes(item.get("attributes")), parse_date(item.get("date"))
    read: Message | None = None
    if item.get("type") == "Remote":
        read = _remote(as_object(item.get("remoteEvent")), attributes, date)
    elif item.get("type") == "Monitor":
        read = _monitor(as_object(item.get("monitorEvent")), attributes, date)
    return read or UnknownMessage(attributes=attributes)


def _remote(event: Mapping[str, Any], attributes: Mapping[str, str], date: datetime | None) -> RemoteMessage | None:
    remote_id, event_status = as_text(event.get("remoteActionId")), event.get("eventStatus")
    progress = Progress.parse(event_status) if isinstance(event_status, dict) else None
    if remote_id is None or progress is None:
        return None
    return RemoteMessage(
        attributes=attributes,
        date=date,
        remote_id=remote_id,
        remote_type=as_text(event.get("remoteType")),
        progress=progress,
    )


def _monitor(event: Mapping[str, Any], attributes: Mapping[str, str], date: datetime | None) -> MonitorMessage | None:
    if (monitor_id := as_text(event.get("monitorId"))) is None:
        return None
    return MonitorMessage(
        attributes=attributes, date=date, monitor_id=monitor_id, refresh=event.get("refresh") is True, event=event
    )


def _attributes(attributes: object) -> dict[str, str]:
    pairs = [(item.get("key"), item.get("value")) for item in map(as_object, as_list(attributes))]
    return {key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str)}


# The extensions of a message. An item of their body holds the object under a short name, or is the object.

_SHORT_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "vehicle.alarm": ("alarm",),
    "vehicle.alerts": ("alerts",),
    "vehicle.doorsState": ("doorsState", "doorState"),
    "vehicle.maintenance": ("maintenance",),
    "vehicle.position": ("position",),
    "vehicle.status": ("status",),
    "vehicle.trip": ("trip",),
}


def _parts(kind: str, body: object) -> list[Any]:
    parts = [_unwrap(item, _SHORT_NAMES.get(kind, ())) for item in as_objects(body)]
    if kind != "vehicle.alerts":
        return [part for part in parts if isinstance(part, dict)]
    # Join all lists: an alert missing from them has ended. An unreadable body is not an empty list.
    lists = [as_objects(part) for part in parts if isinstance(part, list | dict)]
    return [[alert for alerts in lists for alert in alerts]] if lists or body == [] else []


def _unwrap(item: Mapping[str, Any], names: tuple[str, ...]) -> object:
    return next((item[name] for name in names if name in item), item)


def _join(parts: Iterable[Mapping[str, Block]]) -> Status:
    joined: dict[str, Any] = {}
    for blocks in parts:
        for name, block in blocks.items():
            joined[name] = joined[name].merge(block) if name in joined else block
    return Status(**joined)


def _within(key: str) -> Callable[[Any, StatusReader, datetime], Reading]:
    return lambda part, reader, at: reader.read({key: part}, at)


def _apart(status: Status) -> Reading:
    return Reading(status.blocks, bool(status.blocks))


_READERS: Final[Mapping[str, Callable[[Any, StatusReader, datetime], Reading]]] = {
    "vehicle.alarm": _within("alarm"),
    "vehicle.alerts": lambda part, _reader, at: _apart(Status.parse_alerts(part, at)),
    "vehicle.doorsState": _within("doorsState"),
    "vehicle.maintenance": lambda part, _reader, at: _apart(Status.parse_maintenance(part, at)),
    "vehicle.position": _within("lastPosition"),
    "vehicle.status": lambda part, reader, at: reader.read(part, at),
    "vehicle.trip": lambda part, _reader, _at: _apart(Status.parse_trips(part)),
}
