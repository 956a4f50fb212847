"""Which remotes are under way, and which message belongs to which.

A message may come before the answer to the request that caused it, before its car is known, twice, or after a restart.
"""

import asyncio
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
import logging
import secrets
import time
from typing import Any, Final, Protocol

from homeassistant.util import dt as dt_util

from ..api.lenient import as_list, as_object, as_text, parse_date
from ..api.messages import MAX_BATCH, RemoteMessage
from ..api.remotes import Progress, Remote, UserRemote
from ..coordinator import Requester, VehicleCoordinator

_LOGGER = logging.getLogger(__name__)

_MAX_REMEMBERED: Final = 100
"""How many remotes that have ended, or that were given up, are remembered."""
_MAX_UNANSWERED: Final = 20
_TOLD_WITHIN: Final = timedelta(hours=72)
"""How long the vendor tries to deliver a message."""
_NEEDED_FOR: Final = 3600.0
"""Seconds for which a remote keeps the callback that it reports to: the vendor is asked about it for as long."""


@dataclass(slots=True, eq=False)
class Command:
    """A remote that is being sent, or is under way.

    `remote_id` is empty until the vendor is known to have accepted it, and `accepted` is set then. `label` is found
    again in the vendor's list. `end` is how the remote ended, once that is known. `wakes` is whether the vendor has
    said that it wakes the car up.
    """

    car: VehicleCoordinator
    remote: Remote
    requester: Requester
    label: str = field(init=False)
    callback_id: str = ""
    remote_id: str = ""
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    end: asyncio.Future[Progress] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _began: float = field(default_factory=time.monotonic)
    sent_at: datetime = field(default_factory=dt_util.utcnow)
    progress: Progress | None = None
    wakes: bool = False

    def __post_init__(self) -> None:
        """Make the label: the remote's type, and a word that no other remote has."""
        self.label = f"{self.remote.type} {secrets.token_hex(4)}"

    def can_be(self, listed: UserRemote) -> bool:
        """Tell whether it can be this one in the vendor's list, by its type and body."""
        bodies = (None, self.remote.body, self.remote.tutorial_body)
        return listed.type == self.remote.type and listed.action in bodies

    @property
    def seconds(self) -> float:
        """How many seconds ago it was sent, whatever has become of the clock."""
        return time.monotonic() - self._began


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCommand:
    """What is known of a remote that was sent before a restart.

    `callback_id` is the callback that it reports to, empty if that was not stored. `label` is set if the answer with
    its id had not come: the vendor may have accepted it.
    """

    remote_type: str | None = None
    action: str | None = None
    sent_at: datetime | None = None
    callback_id: str = ""
    label: str | None = None

    def can_be(self, listed: UserRemote) -> bool:
        """Tell whether it can be this one in the vendor's list, by its type: its body is not known any more."""
        return listed.type == self.remote_type and listed.action is None

    @property
    def age(self) -> float:
        """How many seconds ago it was sent, as far as that is known."""
        return (dt_util.utcnow() - self.sent_at).total_seconds() if self.sent_at else 0.0

    @classmethod
    def restore(cls, stored: object) -> EarlierCommand:
        """Read what `as_dict` made."""
        known: Mapping[str, Any] = as_object(stored)
        return cls(
            remote_type=as_text(known.get("type")),
            action=as_text(known.get("action")),
            sent_at=parse_date(known.get("sent_at")),
            callback_id=as_text(known.get("callback_id")) or "",
            label=as_text(known.get("label")),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON."""
        sent_at = self.sent_at.isoformat() if self.sent_at else None
        known = {"type": self.remote_type, "action": self.action, "sent_at": sent_at}
        others = {"callback_id": self.callback_id or None, "label": self.label}
        return known | {key: value for key, value in others.items() if value is not None}


_UNKNOWN: Final = EarlierCommand()


class Lost(Protocol):
    """A remote whose answer was lost."""

    @property
    def label(self) -> str | None:
        """What it is called in the vendor's list."""

    def can_be(self, listed: UserRemote) -> bool:
        """Tell whether it can be this one, which has no label."""


class Ledger:
    """The remotes of one account: under way, ended, and from before a restart. `cars` are the account's, by VIN."""

    def __init__(self, cars: Mapping[str, VehicleCoordinator]) -> None:
        """Start with no remote."""
        self._cars = cars
        self._under_way: OrderedDict[str, Command] = OrderedDict()
        # Remotes whose request has no answer (yet): the vendor may have accepted them.
        self._unanswered: deque[Command] = deque(maxlen=_MAX_UNANSWERED)
        self._ended: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_MAX_REMEMBERED))
        self._wake_ups: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_MAX_REMEMBERED))
        self._before_restart: dict[str, dict[str, EarlierCommand]] = {}
        # Messages for cars to which a remote is being posted: the answer with its id may come after its messages.
        self._early: dict[str, list[RemoteMessage]] = {}
        # Messages for cars that are not known yet, while the account starts.
        self._unassigned: deque[RemoteMessage] = deque(maxlen=MAX_BATCH)

    @contextmanager
    def posting(self, vin: str, handle: Callable[[RemoteMessage], None]) -> Iterator[None]:
        """While the one remote is posted to this car, keep messages that belong to no other; then `handle` them."""
        self._early[vin] = []
        try:
            yield
        finally:
            for message in [*self._early.pop(vin), *self._take_unassigned(self._under_way)]:
                handle(message)

    def add_unanswered(self, command: Command) -> None:
        """Remember a remote that the vendor may accept: its request is sent."""
        if command not in self._unanswered:
            self._unanswered.append(command)

    def settle(self, command: Command) -> None:
        """Note that it is known whether the vendor has accepted this remote."""
        if command in self._unanswered:
            self._unanswered.remove(command)

    def is_unanswered(self, command: Command) -> bool:
        """Tell whether it is still not known if the vendor has accepted this remote."""
        return command in self._unanswered

    def add(self, command: Command) -> None:
        """Remember a remote that the vendor has accepted; of too many, the oldest is forgotten."""
        self.settle(command)
        self._under_way[command.remote_id] = command
        while len(self._under_way) > _MAX_REMEMBERED:
            self._under_way.popitem(last=False)

    def assign(self, message: RemoteMessage) -> Command | EarlierCommand | None:
        """Return the remote that a message belongs to.

        None if the message is kept for later, says nothing new, or can belong to one of several remotes whose answers
        were lost. A `Command` without `remote_id`, or an `EarlierCommand` with a `label`, is the one whose answer was
        lost: the message shows that the vendor has accepted it. An `EarlierCommand` without any value stands for a
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
        elif earlier := self._before_restart.get(vin, {}).get(message.remote_id):
            return earlier
        elif len(unanswered := self.unanswered(vin, message.remote_type)) <= 1:
            return unanswered[0] if unanswered else _UNKNOWN
        return None

    def find(self, vin: str, lost: Lost, listed: Iterable[UserRemote]) -> UserRemote | None:
        """Find a remote whose answer was lost in the vendor's list, by its label.

        In a list without labels it is the only pending one that it can be. Raises LookupError if several can be it, or
        one that has ended: that may be a remote from before all that is remembered.
        """
        known = {*self._under_way, *self._ended[vin], *self._before_restart.get(vin, {})}
        unknown = [each for each in listed if each.id not in known]
        if labelled := next((each for each in unknown if each.label == lost.label), None):
            return labelled
        possible = [each for each in unknown if each.label is None and lost.can_be(each)]
        if not possible:
            return None
        if len(possible) > 1 or possible[0].progress is None or possible[0].progress.done:
            raise LookupError
        return possible[0]

    def identify(self, vin: str, label: str, remote_id: str) -> EarlierCommand:
        """Note the id of a remote from before a restart whose answer had not come."""
        earlier = replace(self._before_restart[vin].pop(label), label=None)
        self._before_restart[vin][remote_id] = earlier
        return earlier

    def forget(self, vin: str, label: str) -> None:
        """Forget a remote from before a restart that the vendor has not got."""
        self._before_restart[vin].pop(label, None)

    def unanswered(self, vin: str, remote_type: str | None) -> list[Command | EarlierCommand]:
        """Return the remotes of this type to this car of which it is not known whether the vendor has accepted them."""
        found: list[Command | EarlierCommand] = [
            each for each in self._unanswered if each.car.vehicle.vin == vin and each.remote.type == remote_type
        ]
        earlier = self.earlier(vin).values()
        return found + [each for each in earlier if each.label and each.remote_type == remote_type]

    def is_open(self, vin: str, remote_id: str) -> bool:
        """Tell whether a remote has been sent, perhaps before a restart, and its end is not known."""
        return remote_id in self._under_way or remote_id in self._before_restart.get(vin, {})

    def is_needed(self, callback_id: str) -> bool:
        """Tell whether a remote reports to this callback whose end may still come."""
        commands = [(each.callback_id, each.seconds) for each in (*self._unanswered, *self._under_way.values())]
        earlier = [(each.callback_id, each.age) for sent in self._before_restart.values() for each in sent.values()]
        return any(each == callback_id and age < _NEEDED_FOR for each, age in (*commands, *earlier))

    def note_wake_up(self, vin: str, remote_id: str) -> bool:
        """Note that a remote wakes the car up; returns whether that is news."""
        if remote_id in self._wake_ups[vin]:
            return False
        self._wake_ups[vin].append(remote_id)
        return True

    def end(self, vin: str, remote_id: str) -> bool:
        """Note that a remote has ended; returns whether that is news."""
        if remote_id in self._ended[vin]:
            return False
        self._under_way.pop(remote_id, None)
        self._before_restart.get(vin, {}).pop(remote_id, None)
        self._ended[vin].append(remote_id)
        return True

    def earlier(self, vin: str) -> dict[str, EarlierCommand]:
        """Return the remotes from before a restart whose end is not known, by their ids, else by their labels."""
        return {each: sent for each, sent in self._before_restart.get(vin, {}).items() if each not in self._under_way}

    def restore(self, vin: str, stored: object) -> list[RemoteMessage]:
        """Go on with what `as_dict` made of the remotes of a car; returns the messages that have waited for the car."""
        known: Mapping[str, Any] = as_object(stored)
        sent = {key: EarlierCommand.restore(each) for key, each in as_object(known.get("sent")).items()}
        oldest = dt_util.utcnow() - _TOLD_WITHIN
        going_on = {command.label for command in (*self._unanswered, *self._under_way.values())}
        self._before_restart[vin] = {
            key: each
            for key, each in sent.items()
            if each.sent_at and each.sent_at > oldest and key not in self._ended[vin] and each.label not in going_on
        }
        for remembered, key in ((self._ended[vin], "ended"), (self._wake_ups[vin], "wake_ups")):
            remembered.extend(each for each in map(str, as_list(known.get(key))) if each not in remembered)
        return self._take_unassigned(self._before_restart[vin], vin)

    def _take_unassigned(self, remote_ids: Container[str], vin: str | None = None) -> list[RemoteMessage]:
        """Take out the messages without a car that belong to one of these remotes, or to the car with this VIN."""
        waiting = [
            message
            for message in self._unassigned
            if message.remote_id in remote_ids or (vin and message.attributes.get("vin") == vin)
        ]
        for message in waiting:
            self._unassigned.remove(message)
        return waiting

    def with_vin(self, message: RemoteMessage) -> RemoteMessage:
        """Return a message with the VIN of its car, if the remote is known: the vendor may have left it out."""
        if message.attributes.get("vin") in self._cars:
            return message
        vins = (vin for vin, remotes in self._before_restart.items() if message.remote_id in remotes)
        vin = next(vins, None)
        return message if vin is None else replace(message, attributes={**message.attributes, "vin": vin})

    def as_dict(self, vin: str) -> dict[str, Any]:
        """Return the remotes of a car that are under way, and those that have ended, as JSON."""
        commands = {
            command.remote_id or command.label: command for command in (*self._unanswered, *self._under_way.values())
        }
        sent = {
            key: EarlierCommand(
                remote_type=command.remote.type,
                action=command.remote.action,
                sent_at=command.sent_at,
                callback_id=command.callback_id,
                label=None if command.remote_id else command.label,
            )
            for key, command in commands.items()
            if command.car.vehicle.vin == vin
        }
        sent = {**self._before_restart.get(vin, {}), **sent}
        return {
            "sent": {key: each.as_dict() for key, each in sent.items()},
            "ended": list(self._ended[vin]),
            "wake_ups": list(self._wake_ups[vin]),
        }
