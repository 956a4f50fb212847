"""Ask the vendor what becomes of remotes, in case no message tells it.

A remote may be accepted although the answer to its request was lost, and its end may never be pushed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
import logging
from typing import Any, Final, Literal

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..api.client import StellantisClient
from ..api.errors import StellantisError
from ..api.messages import RemoteMessage
from ..api.remotes import Progress, UserRemote
from ..coordinator import VehicleCoordinator
from .ledger import Command, Ledger, Lost

_LOGGER = logging.getLogger(__name__)

CHECK_AFTER: Final = (20.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 2400.0, 3600.0)
"""Seconds after which the vendor is asked about a remote, as long as nothing has told its end."""
ASK_AFTER: Final = (5.0, 10.0, 20.0, 40.0, 80.0, 150.0, *CHECK_AFTER[3:])
"""The same while no message can tell it."""
LOOK_AFTER: Final = (0.0, 3.0, 7.0)
"""Seconds before each look for a remote whose answer was lost, while its caller waits."""
ON_THE_WAY: Final = 60.0
"""Seconds for which a request of before a restart may still be on its way to the vendor."""


class Questions:
    """What the vendor of one account is asked about remotes.

    `cars` are the account's, by VIN. `callback_id` returns the id of the callback that messages go to, or raises a
    StellantisError. `is_told` returns whether messages can come. `on_accepted` is called with a remote whose answer was
    lost and its id, `on_identified` with the VIN, the label and the id of one from before a restart, `on_missing` with
    the VIN and the label of one that the vendor has not got, `on_progress` with each answer, as if it were a message.
    `on_untold` is called with when a remote was sent, if that is known, whose end no message has told before an answer
    does.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        cars: Mapping[str, VehicleCoordinator],
        ledger: Ledger,
        *,
        callback_id: Callable[[], Awaitable[str]],
        is_told: Callable[[], bool],
        on_accepted: Callable[[Command, str], None],
        on_identified: Callable[[str, str, str], object],
        on_missing: Callable[[str, str], None],
        on_progress: Callable[[RemoteMessage], None],
        on_untold: Callable[[datetime | None], None],
    ) -> None:
        """Start with nothing to ask."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._cars = cars
        self._ledger = ledger
        self._callback_id = callback_id
        self._is_told = is_told
        self._on_accepted = on_accepted
        self._on_identified = on_identified
        self._on_missing = on_missing
        self._on_progress = on_progress
        self._on_untold = on_untold
        self._timers: set[CALLBACK_TYPE] = set()
        self._closed = False

    def follow(self, command: Command) -> None:
        """Ask about a remote, ever more seldom, until its end is known."""
        vin = command.car.vehicle.vin
        self._ask_later(partial(self.async_ask, command), partial(self._ledger.is_open, vin, command.remote_id))

    def follow_earlier(self, vin: str, key: str, age: float = 0.0) -> None:
        """Ask about a remote from before a restart, of this age in seconds, until its end is known.

        However old it is, it is asked about once while no message can tell its end.
        """
        self._ask_later(
            partial(self.async_ask_earlier, vin, key),
            partial(self._ledger.is_open, vin, key),
            after=age if self._is_told() else min(age, ASK_AFTER[-2]),
            age=age,
        )

    async def async_ask_earlier(self, vin: str, key: str) -> None:
        """Ask how far a remote from before a restart has come; `key` is its id, or its label if that is not known."""
        car, earlier = self._cars.get(vin), self._ledger.earlier(vin).get(key)
        if car is None or earlier is None:
            return
        try:
            callback_id = earlier.callback_id or await self._callback_id()
        except StellantisError as err:
            _LOGGER.debug("There is no callback to ask about a remote of: %r", err)
            return
        if earlier.label is None:
            await self._async_read_progress(car, callback_id, key, earlier.sent_at)
            return
        found = await self._async_find_listed(car, callback_id, earlier)
        if found and key in self._ledger.earlier(vin):
            self._on_identified(vin, key, found.id)
            self._handle_progress(car, found.id, found.progress)
        elif found is False and earlier.age > ON_THE_WAY:
            self._on_missing(vin, key)

    async def async_ask(self, command: Command) -> None:
        """Ask how far a remote has come, in case the message with the end never comes."""
        await self._async_read_progress(command.car, command.callback_id, command.remote_id, command.sent_at)

    async def async_find(self, command: Command) -> bool | None:
        """Find out whether the vendor has accepted a remote whose answer was lost; None if that cannot be told.

        Unless it is found, it is looked for later too.
        """
        accepted: bool | None = None
        for seconds in LOOK_AFTER:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await command.accepted.wait()  # a message tells it too
            accepted = command.accepted.is_set() or await self._async_look(command)
            if accepted:
                return True
        self._ask_later(
            partial(self._async_look, command),
            partial(self._ledger.is_unanswered, command),
            at_last=partial(self._ledger.settle, command),
        )
        return accepted

    async def async_look(self, vin: str, remote_type: str | None) -> None:
        """Look for the remotes to a car of which a message can tell: the vendor's list says which one it is."""
        for lost in self._ledger.unanswered(vin, remote_type):
            if isinstance(lost, Command):
                await self._async_look(lost)
            else:
                await self.async_ask_earlier(vin, str(lost.label))

    def close(self) -> None:
        """Ask no more."""
        self._closed = True
        for cancel in self._timers:
            cancel()
        self._timers.clear()

    async def _async_look(self, command: Command) -> bool | None:
        """Look for a remote whose answer was lost in the vendor's list; None if that does not tell."""
        found = await self._async_find_listed(command.car, command.callback_id, command)
        if found and self._ledger.is_unanswered(command):
            self._on_accepted(command, found.id)
            self._handle_progress(command.car, found.id, found.progress)
        return None if found is None else bool(found) or command.accepted.is_set()

    async def _async_find_listed(
        self, car: VehicleCoordinator, callback_id: str, lost: Lost
    ) -> UserRemote | Literal[False] | None:
        """Return a remote in the vendor's list, False if it is not there, None if that cannot be told."""
        try:
            listed = await self._client.remotes(car.vehicle.id, callback_id)
            return self._ledger.find(car.vehicle.vin, lost, listed) or False
        except StellantisError as err:
            _LOGGER.debug("The vendor does not list the remotes: %r", err)
        except LookupError:
            _LOGGER.debug("The vendor's list does not tell one remote from another")
        return None

    def _ask_later(
        self,
        ask: Callable[[], Awaitable[object]],
        is_open: Callable[[], bool],
        *,
        after: float = 0.0,
        age: float = 0.0,
        at_last: Callable[[], None] = lambda: None,
    ) -> None:
        """Ask the vendor about a remote, ever more seldom, as long as `is_open` says.

        `after` is when it was asked last, and `age` the time, both in seconds since the remote was sent.
        `at_last` is called when it is not asked any more.
        """
        following = next((each for each in (CHECK_AFTER if self._is_told() else ASK_AFTER) if each > after), None)
        if following is None:
            at_last()
        if following is None or self._closed:
            return

        async def ask_and_go_on() -> None:
            await ask()
            if is_open():
                self._ask_later(ask, is_open, after=following, age=following, at_last=at_last)

        @callback
        def fire(_now: datetime) -> None:
            self._timers.discard(cancel)
            if is_open():
                self._entry.async_create_background_task(self._hass, ask_and_go_on(), "ask about a remote")

        cancel = async_call_later(self._hass, following - age, fire)
        self._timers.add(cancel)

    async def _async_read_progress(
        self, car: VehicleCoordinator, callback_id: str, remote_id: str, sent_at: datetime | None
    ) -> None:
        vehicle = car.vehicle
        try:
            progress = await self._client.remote_progress(vehicle.id, callback_id, remote_id)
        except StellantisError as err:
            _LOGGER.debug("The vendor does not say how far a remote has come: %r", err)
        else:
            if progress and progress.done and self._ledger.is_open(vehicle.vin, remote_id):
                self._on_untold(sent_at)
            self._handle_progress(car, remote_id, progress)

    def _handle_progress(self, car: VehicleCoordinator, remote_id: str, progress: Progress | None) -> None:
        """Take in the answer to a question as if it were a message."""
        if progress:
            attributes = {"vin": car.vehicle.vin}
            self._on_progress(RemoteMessage(attributes=attributes, date=None, remote_id=remote_id, progress=progress))
