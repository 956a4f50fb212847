"""Which remotes are under way, and which message belongs to which.

A message may come before the answer to the request that caused it, before its car is known, twice, or after a restart.
"""

import asyncio
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
import time
from typing import Any, Final

from homeassistant.util import dt as dt_util

from ..api.lenient import as_list, as_object, as_text, parse_date
from ..api.messages import MAX_BATCH, RemoteMessage
from ..api.remotes import Progress, Remote
from ..coordinator import VehicleCoordinator
from .outcomes import Requester

_LOGGER = logging.getLogger(__name__)

_MAX_REMEMBERED: Final = 100
"""How many remotes that have ended, or that were given up, are remembered."""
_TOLD_WITHIN: Final = timedelta(hours=72)
"""How long the vendor tries to deliver a message."""


@dataclass(slots=True, eq=False)
class Command:
    """A remote that the vendor has accepted. `end` is how it ended, once that is known."""

    car: VehicleCoordinator
    remote: Remote
    requester: Requester
    callback_id: str
    remote_id: str
    end: asyncio.Future[Progress] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    sent: float = field(default_factory=time.monotonic)
    sent_at: datetime = field(default_factory=dt_util.utcnow)
    progress: Progress | None = None
    wake_up_counted: bool = False

    @property
    def seconds(self) -> float:
        """How long ago it was sent."""
        return time.monotonic() - self.sent


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCommand:
    """What is known of a remote that was sent before a restart."""

    remote_type: str | None = None
    action: str | None = None
    sent_at: datetime | None = None

    @classmethod
    def restore(cls, stored: object) -> EarlierCommand:
        """Read what `as_dict` made."""
        known: Mapping[str, Any] = as_object(stored)
        return cls(
            remote_type=as_text(known.get("type")),
            action=as_text(known.get("action")),
            sent_at=parse_date(known.get("sent_at")),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON."""
        sent_at = self.sent_at.isoformat() if self.sent_at else None
        return {"type": self.remote_type, "action": self.action, "sent_at": sent_at}


class Ledger:
    """The remotes of one account: under way, ended, and from before a restart. `cars` are the account's, by VIN."""

    def __init__(self, cars: Mapping[str, VehicleCoordinator]) -> None:
        """Start with no remote."""
        self._cars = cars
        self._under_way: OrderedDict[str, Command] = OrderedDict()
        self._ended: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_MAX_REMEMBERED))
        self._before_restart: dict[str, dict[str, EarlierCommand]] = {}
        # Messages for cars to which a remote is being posted: the answer with its id may come after its messages.
        self._early: dict[str, list[RemoteMessage]] = {}
        # Messages for cars that are not known yet, while the account starts.
        self._unassigned: deque[RemoteMessage] = deque(maxlen=MAX_BATCH)

    @property
    def under_way(self) -> list[Command]:
        """The remotes whose end is not known."""
        return list(self._under_way.values())

    @contextmanager
    def posting(self, vin: str, handle: Callable[[RemoteMessage], None]) -> Iterator[None]:
        """While the one remote is posted to this car, keep messages that belong to no other; then `handle` them."""
        self._early[vin] = []
        try:
            yield
        finally:
            for message in self._early.pop(vin):
                handle(message)

    def add(self, command: Command) -> None:
        """Remember a remote that the vendor has accepted; of too many, the oldest is forgotten."""
        self._under_way[command.remote_id] = command
        while len(self._under_way) > _MAX_REMEMBERED:
            self._under_way.popitem(last=False)

    def assign(self, message: RemoteMessage) -> Command | EarlierCommand | None:
        """Return the remote that a message belongs to.

        None if the message is kept for later or says nothing new. An `EarlierCommand` without any value stands for a
        remote of which nothing is known.
        """
        vin = message.attributes.get("vin", "")
        if any(message.remote_id in ended for ended in self._ended.values()):
            _LOGGER.debug("A remote's end was told again")
            return None
        if command := self._under_way.get(message.remote_id):
            return command
        if vin in self._early:
            self._early[vin].append(message)
        elif vin not in self._cars:
            self._unassigned.append(message)
        else:
            return self._before_restart.get(vin, {}).get(message.remote_id, EarlierCommand())
        return None

    def end(self, vin: str, remote_id: str) -> bool:
        """Note that a remote has ended; returns whether that is news."""
        if remote_id in self._ended[vin]:
            return False
        self._under_way.pop(remote_id, None)
        self._before_restart.get(vin, {}).pop(remote_id, None)
        self._ended[vin].append(remote_id)
        return True

    def restore(self, vin: str, stored: object) -> list[RemoteMessage]:
        """Go on with what `as_dict` made of the remotes of a car; returns the messages that have waited for the car."""
        known: Mapping[str, Any] = as_object(stored)
        sent = {remote_id: EarlierCommand.restore(each) for remote_id, each in as_object(known.get("sent")).items()}
        oldest = dt_util.utcnow() - _TOLD_WITHIN
        self._before_restart[vin] = {
            remote_id: each for remote_id, each in sent.items() if each.sent_at and each.sent_at > oldest
        }
        self._ended[vin].extend(map(str, as_list(known.get("ended"))))
        waiting = [message for message in self._unassigned if message.attributes.get("vin") == vin]
        for message in waiting:
            self._unassigned.remove(message)
        return waiting

    def as_dict(self, vin: str) -> dict[str, Any]:
        """Return the remotes of a car that are under way, and those that have ended, as JSON."""
        sent = {
            remote_id: EarlierCommand(
                remote_type=command.remote.type, action=command.remote.action, sent_at=command.sent_at
            )
            for remote_id, command in self._under_way.items()
            if command.car.vehicle.vin == vin
        }
        sent = {**self._before_restart.get(vin, {}), **sent}
        return {
            "sent": {remote_id: each.as_dict() for remote_id, each in sent.items()},
            "ended": list(self._ended[vin]),
        }
