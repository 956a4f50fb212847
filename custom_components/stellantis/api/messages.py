"""What the vendor posts to the callback (contract, "Callbacks", "Remotes", "Monitors", and the webhook template)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
import json
from typing import Any, Final

from .errors import MessageError
from .lenient import as_list, as_object, as_objects, as_text, parse_date
from .remotes import Progress
from .status import Status

MAX_BATCH: Final = 100
"""The vendor sends at most this many messages at once; what comes beyond is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteMessage:
    """How far a remote has come. `attributes` are the ones of type Body that were registered with the callback.

    `remote_type` is the remote's type, if the vendor says it.
    """

    attributes: Mapping[str, str] = field(repr=False)
    date: datetime | None
    remote_id: str
    remote_type: str | None = None
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorMessage:
    """What a car reports. `refresh` is whether the trigger fired before and still holds; `event` is as it came."""

    attributes: Mapping[str, str] = field(repr=False)
    date: datetime | None
    monitor_id: str
    refresh: bool
    event: Mapping[str, Any] = field(repr=False)

    @property
    def has_status(self) -> bool:
        """Whether a whole status rides along."""
        return any(part for kind, part in self._extensions if kind == "vehicle.status")

    def report(self, motorization: str | None) -> Status:
        """Return all that the message tells of a car with this motorization."""
        at = self.date or datetime.now(UTC)
        told = [(kind, _READERS[kind](part, motorization, at)) for kind, part in self._extensions if kind in _READERS]
        if not any(status.blocks for kind, status in told if kind == "vehicle.status"):
            values = [("value", status) for status in self._values(motorization, at)]
            told = values + told  # of the same date the whole is right: not all alerts have to be news
        return reduce(Status.merge, (status for _, status in told), Status())

    def _values(self, motorization: str | None, at: datetime) -> list[Status]:
        return [
            Status.parse_value(data, item.get("value"), at, motorization)
            for item in as_objects(self.event.get("values"))
            if (data := as_text(item.get("data")))
        ]

    @property
    def _extensions(self) -> list[tuple[str, Any]]:
        """What rides along, and of which type it is."""
        extensions = [(as_text(item.get("type")) or "", item) for item in as_objects(self.event.get("extensions"))]
        return [(kind, part) for kind, extension in extensions for part in _parts(kind, extension.get("body"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage:
    """A message of a type that is not known here, or without what its type needs."""

    attributes: Mapping[str, str] = field(repr=False)


type Message = MonitorMessage | RemoteMessage | UnknownMessage


def parse(body: bytes) -> list[Message]:
    """Read one message or a batch of them.

    Raises MessageError if the body is not JSON, or too deep. An item that is no message does not cost the others.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise MessageError("not JSON") from err
    items = content if isinstance(content, list) else [content]
    return [_message(as_object(item)) for item in items[:MAX_BATCH]]


def _message(item: Mapping[str, Any]) -> Message:
    attributes, date = _attributes(item.get("attributes")), parse_date(item.get("date"))
    message: Message | None = None
    if item.get("type") == "Remote":
        message = _remote(as_object(item.get("remoteEvent")), attributes, date)
    elif item.get("type") == "Monitor":
        message = _monitor(as_object(item.get("monitorEvent")), attributes, date)
    return message or UnknownMessage(attributes=attributes)


def _remote(event: Mapping[str, Any], attributes: Mapping[str, str], date: datetime | None) -> RemoteMessage | None:
    remote_id, event_status = event.get("remoteActionId"), event.get("eventStatus")
    progress = Progress.parse(event_status) if isinstance(event_status, dict) else None
    if not isinstance(remote_id, str) or progress is None:
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


# What can ride along. Each item of a body has it under a short name, or is it.

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
    # Alerts count together: those that are not among them are over. But what cannot be read does not say so.
    lists = [as_objects(part) for part in parts if isinstance(part, list | dict)]
    return [[alert for alerts in lists for alert in alerts]] if lists or body == [] else []


def _unwrap(item: Mapping[str, Any], names: tuple[str, ...]) -> object:
    return next((item[name] for name in names if name in item), item)


def _within(key: str) -> Callable[[Any, str | None, datetime], Status]:
    return lambda part, motorization, at: Status.parse({key: part}, motorization, at)


_READERS: Final[Mapping[str, Callable[[Any, str | None, datetime], Status]]] = {
    "vehicle.alarm": _within("alarm"),
    "vehicle.alerts": lambda part, _motorization, at: Status.parse_alerts(part, at),
    "vehicle.doorsState": _within("doorsState"),
    "vehicle.maintenance": lambda part, _motorization, at: Status.parse_maintenance(part, at),
    "vehicle.position": _within("lastPosition"),
    "vehicle.status": Status.parse,
    "vehicle.trip": lambda part, _motorization, _at: Status.parse_trips(part),
}
