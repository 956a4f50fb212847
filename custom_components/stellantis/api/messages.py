"""What the vendor posts to the callback (contract, "Callbacks" and "Remotes", and the webhook template)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
import json
from typing import Any, Final

from .errors import MessageError
from .remotes import Progress
from .shapes import as_list, as_object
from .status import parse_date

MAX_BATCH: Final = 100
"""The vendor sends at most this many messages at once; what comes beyond is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteMessage:
    """How far a remote has come. `attributes` are the ones of type Body that were registered with the callback."""

    attributes: Mapping[str, str] = field(repr=False)
    date: datetime | None
    remote_id: str
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage:
    """A message of a type that is not known here, or without what its type needs."""

    attributes: Mapping[str, str] = field(repr=False)


type Message = RemoteMessage | UnknownMessage


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
    attributes = _attributes(item.get("attributes"))
    event = item.get("remoteEvent")
    if item.get("type") == "Remote" and isinstance(event, dict):
        remote_id, event_status = event.get("remoteActionId"), event.get("eventStatus")
        progress = Progress.parse(event_status) if isinstance(event_status, dict) else None
        if isinstance(remote_id, str) and progress is not None:
            return RemoteMessage(
                attributes=attributes,
                date=parse_date(item.get("date")),
                remote_id=remote_id,
                progress=progress,
            )
    return UnknownMessage(attributes=attributes)


def _attributes(attributes: object) -> dict[str, str]:
    pairs = [(item.get("key"), item.get("value")) for item in map(as_object, as_list(attributes))]
    return {key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str)}
