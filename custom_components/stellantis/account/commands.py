"""Send a remote, follow it to its end, raise what went wrong.

A car carries out one remote at a time: remotes to one car wait for each other, remotes to two cars do not. The end
arrives as a message, which may come before the answer to the request that caused it, twice, late, out of order or
never; then its progress is read.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from itertools import pairwise
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util

from ..api.client import StellantisClient
from ..api.errors import NoDataError, StellantisError
from ..api.failure_causes import FAILURE_CAUSES, TOO_MANY_WAKE_UPS
from ..api.messages import RemoteMessage
from ..api.remotes import (
    ALREADY_DONE,
    WAKING_UP,
    Progress,
    Remote,
    WakeUp,
    find_unreported,
    remote_names,
)
from ..api.words import slug
from ..coordinator import VehicleCoordinator
from ..translate import AUTHENTICATION_ERRORS, error_key, translate, translation
from .ledger import Command, EarlierCommand, Ledger
from .outcomes import UNKNOWN_ACTION, Outcome, Outcomes, Requester, Result
from .wake_ups import WakeUps

_LOGGER = logging.getLogger(__name__)

CHECK_AFTER: Final = (20.0, 60.0, 120.0)
"""Seconds after which the progress of a remote is read, if no message has reported its end."""
GIVE_UP_AFTER: Final = 180.0
"""Seconds after which the caller's wait fails; a later end is still taken in."""


class Commands:
    """The remotes of one account.

    `cars` and `wake_ups` are the account's, by VIN. `wake_up_limit` is how often a car may be woken in a month, 0 for
    as often as the vendor allows. `callback_id` returns the id of the callback that messages go to, `repair_callback`
    finds, creates or mends that callback first; both raise a StellantisError. `on_sent` is called with each
    remote that the vendor has accepted, `on_wake_ups_refused` when it wakes a car no more this month.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        cars: Mapping[str, VehicleCoordinator],
        *,
        outcomes: Outcomes,
        wake_ups: Mapping[str, WakeUps],
        wake_up_limit: int,
        callback_id: Callable[[], Awaitable[str]],
        repair_callback: Callable[[], Awaitable[str]],
        on_sent: Callable[[VehicleCoordinator, Remote], None],
        on_wake_ups_refused: Callable[[], None],
    ) -> None:
        """Start with no remote under way."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._cars = cars
        self._outcomes = outcomes
        self._wake_ups = wake_ups
        self._wake_up_limit = wake_up_limit
        self._callback_id = callback_id
        self._repair_callback = repair_callback
        self._on_sent = on_sent
        self._on_wake_ups_refused = on_wake_ups_refused
        self._ledger = Ledger(cars)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._posts: dict[str, asyncio.Task[Command]] = {}  # by VIN
        self._closed = False

    async def async_send(self, car: VehicleCoordinator, remote: Remote, requester: Requester | None = None) -> None:
        """Have a car carry out a remote, and return when it has.

        Raises a translated HomeAssistantError that names the vendor's cause if it has not.
        """
        with car.pending(remote):
            async with self._turn(car.vehicle.vin):
                self._check_wake_ups(car, remote)
                progress = await self._async_carry_out(car, remote.completed(car.programs), requester or Requester())
        if not progress.succeeded:
            key = FAILURE_CAUSES.get(progress.cause, "unknown_cause")
            raise HomeAssistantError(**translation(key, car=car.vehicle.name, cause=progress.cause))

    def handle(self, message: RemoteMessage) -> None:
        """Take in a message about a remote, whenever it comes."""
        match self._ledger.assign(message):
            case Command() as command:
                self._take_in(command, message.progress, message.date)
            case EarlierCommand() as earlier if message.progress.done:
                self._take_in_earlier(earlier, message)

    def close(self) -> None:
        """End the wait of every caller: nothing is listening for messages any more."""
        self._closed = True
        for post in self._posts.values():
            post.cancel()
        for command in self._ledger.under_way:
            command.end.cancel()

    def restore(self, vin: str, stored: object) -> None:
        """Go on with what `as_dict` made of the remotes of a car before a restart."""
        for message in self._ledger.restore(vin, stored):
            self.handle(message)

    def as_dict(self, vin: str) -> dict[str, Any]:
        """Return the remotes of a car that are under way, and those that have ended, as JSON."""
        return self._ledger.as_dict(vin)

    @asynccontextmanager
    async def _turn(self, vin: str) -> AsyncIterator[None]:
        """Wait for the car's turn. It lasts until the vendor has answered, even if the caller is cancelled before."""
        turn = self._turns[vin]
        await turn.acquire()
        try:
            yield
        finally:
            if post := self._posts.get(vin):
                post.add_done_callback(lambda _post: turn.release())
            else:
                turn.release()

    def _check_wake_ups(self, car: VehicleCoordinator, remote: Remote) -> None:
        limit = self._wake_up_limit
        if isinstance(remote, WakeUp) and 0 < limit <= self._wake_ups[car.vehicle.vin].count:
            raise ServiceValidationError(**translation("wake_up_limit", car=car.vehicle.name, limit=str(limit)))

    async def _async_carry_out(self, car: VehicleCoordinator, remote: Remote, requester: Requester) -> Progress:
        command = await self._async_start(car, remote, requester)
        checking = self._entry.async_create_background_task(
            self._hass, self._async_check_progress(command), "read the progress of a remote"
        )
        try:
            async with asyncio.timeout(GIVE_UP_AFTER):
                return await asyncio.shield(command.end)
        except TimeoutError:
            last = command.progress.status if command.progress else "Accepted"
            self._tell(command, Result.TIMED_OUT)
            raise HomeAssistantError(
                **translation("command_timeout", car=car.vehicle.name, seconds=f"{GIVE_UP_AFTER:.0f}", status=last)
            ) from None
        except asyncio.CancelledError:
            if command.end.cancelled():
                raise _interrupted(car) from None
            raise
        finally:
            checking.cancel()

    async def _async_start(self, car: VehicleCoordinator, remote: Remote, requester: Requester) -> Command:
        """Send a remote in a task of its own: a cancelled caller must not lose the id in the vendor's answer."""
        if self._closed:
            raise _interrupted(car)
        post = self._hass.async_create_task(self._async_post(car, remote, requester), "send a remote")
        self._posts[car.vehicle.vin] = post
        post.add_done_callback(partial(self._forget_post, car.vehicle.vin))
        try:
            return await asyncio.shield(post)
        except asyncio.CancelledError:
            if self._closed:
                raise _interrupted(car) from None
            raise

    def _forget_post(self, vin: str, post: asyncio.Task[Command]) -> None:
        del self._posts[vin]
        if not post.cancelled():
            post.exception()  # retrieve it, or asyncio logs it when the caller has gone

    async def _async_post(self, car: VehicleCoordinator, remote: Remote, requester: Requester) -> Command:
        """Post a remote; a callback that the vendor does not know (any more) is repaired, once."""
        with self._ledger.posting(car.vehicle.vin, self.handle):
            try:
                callback_id = await self._callback_id()
                try:
                    remote_id = await self._client.send_remote(car.vehicle.id, callback_id, remote)
                except NoDataError:
                    callback_id = await self._repair_callback()
                    remote_id = await self._client.send_remote(car.vehicle.id, callback_id, remote)
            except StellantisError as err:
                self._tell_refusal(car, remote, requester, err)
                raise HomeAssistantError(**translate(err)) from err
            command = Command(car, remote, requester, callback_id, remote_id)
            self._ledger.add(command)
            if isinstance(remote, WakeUp):
                self._count_wake_up(command)
            self._on_sent(car, remote)
        _LOGGER.debug("%s sent", remote.type)
        return command

    async def _async_check_progress(self, command: Command) -> None:
        """Read the progress, in case the message with the end never comes."""
        for before, after in pairwise((0.0, *CHECK_AFTER)):
            await asyncio.sleep(after - before)
            try:
                progress = await self._client.remote_progress(
                    command.car.vehicle.id, command.callback_id, command.remote_id
                )
            except StellantisError as err:
                _LOGGER.debug("%s: the vendor does not say how far it has come: %r", command.remote.type, err)
                continue
            self._take_in(command, progress, None)

    def _take_in(self, command: Command, progress: Progress, date: datetime | None) -> None:
        """Take in the progress of a remote, reported at this date, or now."""
        car, remote = command.car, command.remote
        _LOGGER.debug("%s: %s", remote.type, progress.cause)
        command.progress = progress
        if progress.status == WAKING_UP and not command.wake_up_counted:
            self._count_wake_up(command)
        if not progress.done or not self._ledger.end(car.vehicle.vin, command.remote_id):
            return
        _LOGGER.info("%s: %s: %s after %.1f s", car.vehicle.name, remote.type, progress.cause, command.seconds)
        at = date or dt_util.utcnow()
        self._take_in_refusal(car, progress, at, counted=command.wake_up_counted)
        if not command.end.done():  # the caller may have given up
            command.end.set_result(progress)
        expected = remote.expected_status(at) if progress.succeeded else None
        if expected is not None and self._is_current(car):
            car.async_report(expected)
            # A car that has been woken up also reports values that no monitor watches.
            if isinstance(remote, WakeUp) or (remote.reported and not car.pushed):
                self._read(car)
        self._tell(command, _result(progress), _failure_cause(progress))

    def _take_in_earlier(self, earlier: EarlierCommand, message: RemoteMessage) -> None:
        """Handle the result of a remote sent before a restart. What it changed arrives in the car's next report."""
        vin = message.attributes["vin"]
        car = self._cars[vin]
        self._ledger.end(vin, message.remote_id)
        _LOGGER.debug("The end of a remote arrived that nobody waits for")
        progress, at = message.progress, message.date or dt_util.utcnow()
        remote_type, action = message.remote_type or earlier.remote_type, earlier.action or UNKNOWN_ACTION
        self._take_in_refusal(car, progress, at)
        # The car never reports some changes, so set the assumed state here.
        unreported = find_unreported(remote_type or "", action) if progress.succeeded else None
        if unreported and (expected := unreported.expected_status(at)):
            car.async_report(expected)
        outcome = Outcome(
            result=_result(progress),
            remote=_remote_name(remote_type),
            action=action,
            failure_cause=_failure_cause(progress),
            duration=round(max((at - earlier.sent_at).total_seconds(), 0.0), 1) if earlier.sent_at else None,
        )
        self._outcomes.async_tell(vin, outcome)
        car.async_update_listeners()  # the listeners also save the ledger
        if progress.succeeded:  # not every change is pushed
            self._read(car)

    def _tell(self, command: Command, result: Result, cause: str | None = None) -> None:
        outcome = Outcome(
            result=result,
            remote=command.remote.name,
            action=command.remote.action,
            failure_cause=cause,
            duration=round(command.seconds, 1),
            requester=command.requester,
        )
        self._outcomes.async_tell(command.car.vehicle.vin, outcome)

    def _tell_refusal(
        self, car: VehicleCoordinator, remote: Remote, requester: Requester, err: StellantisError
    ) -> None:
        """Tell that the vendor has not accepted a remote."""
        if isinstance(err, AUTHENTICATION_ERRORS):
            self._entry.async_start_reauth(self._hass)
        outcome = Outcome(
            result=Result.FAILED,
            remote=remote.name,
            action=remote.action,
            failure_cause=error_key(err),
            requester=requester,
        )
        self._outcomes.async_tell(car.vehicle.vin, outcome)

    def _count_wake_up(self, command: Command) -> None:
        command.wake_up_counted = True
        self._wake_ups[command.car.vehicle.vin].add()
        command.car.async_update_listeners()

    def _take_in_refusal(
        self, car: VehicleCoordinator, progress: Progress, at: datetime, *, counted: bool = False
    ) -> None:
        """Take in that the vendor does not wake the car; `counted` is whether the wake-up has been counted."""
        if progress.succeeded or progress.cause != TOO_MANY_WAKE_UPS:
            return
        wake_ups = self._wake_ups[car.vehicle.vin]
        wake_ups.refuse(at)
        if counted:
            wake_ups.take_back(at)
        self._on_wake_ups_refused()

    def _is_current(self, car: VehicleCoordinator) -> bool:
        return self._cars.get(car.vehicle.vin) is car

    def _read(self, car: VehicleCoordinator) -> None:
        """Read the car's status once."""
        self._entry.async_create_background_task(self._hass, car.async_request_refresh(), "read a car after a remote")


def _result(progress: Progress) -> Result:
    if not progress.succeeded:
        return Result.FAILED
    return Result.ALREADY_DONE if progress.status == ALREADY_DONE else Result.SUCCESS


def _failure_cause(progress: Progress) -> str | None:
    """Return our name for why a remote failed; a cause that is not documented is shown as it is."""
    return None if progress.succeeded else FAILURE_CAUSES.get(progress.cause, progress.cause)


def _remote_name(remote_type: str | None) -> str | None:
    """Return our name for a type of remote; one that is not known here is shown in the vendor's words."""
    return remote_names().get(remote_type or "", slug(remote_type))


def _interrupted(car: VehicleCoordinator) -> HomeAssistantError:
    return HomeAssistantError(**translation("command_interrupted", car=car.vehicle.name))
