"""Send a remote, follow it to its end, raise what went wrong.

A car carries out one remote at a time: remotes to one car wait for each other, remotes to two cars do not. Each runs in
a task of its own, to its end: a caller that goes away only stops waiting. The end arrives as a message, which may come
before the answer to the request that caused it, twice, late, out of order or never; so the vendor is asked too.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util

from ..api.client import StellantisClient
from ..api.errors import BadAnswerError, HungUpError, NoAnswerError, NoDataError, StellantisError, VendorError
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
from ..coordinator import Pending, Requester, VehicleCoordinator
from ..translate import error_key, translate, translation
from .edits import Edits, Run
from .ledger import Command, EarlierCommand, Ledger
from .outcomes import UNKNOWN_ACTION, Outcome, Outcomes, Result
from .questions import Questions
from .wake_ups import WakeUps

_LOGGER = logging.getLogger(__name__)

GIVE_UP_AFTER: Final = 180.0
"""Seconds after which the vendor is asked once more, and the caller's wait fails; a later end is still taken in."""
UNANSWERED: Final = "command_unanswered"
"""The failure cause of a remote of which it is not known whether the vendor has accepted it."""

_ANSWER_LOST: Final = (BadAnswerError, HungUpError, NoAnswerError, VendorError)
"""The errors after which the vendor may have accepted a remote all the same."""


class Commands:
    """The remotes of one account.

    `cars` and `wake_ups` are the account's, by VIN. `wake_up_limit` is how often a car may be woken in a month, 0 for
    as often as the vendor allows. `callback_id` returns the id of the callback that messages go to, `repair_callback`
    finds, creates or mends that callback first; both raise a StellantisError. `is_told` returns whether messages can
    come. `save` writes what `as_dict` tells to disk. `on_sent` is called with each remote that the vendor has accepted,
    `on_untold` with when a remote was sent whose end had to be asked for.
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
        is_told: Callable[[], bool],
        save: Callable[[], Coroutine[Any, Any, None]],
        on_sent: Callable[[VehicleCoordinator, Remote], None],
        on_untold: Callable[[datetime | None], None],
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
        self._save = save
        self._on_sent = on_sent
        self._ledger = Ledger(cars)
        self._questions = Questions(
            hass,
            entry,
            client,
            cars,
            self._ledger,
            callback_id=callback_id,
            is_told=is_told,
            on_accepted=self._accept,
            on_identified=self._identify,
            on_missing=self._forget_earlier,
            on_progress=self.handle,
            on_untold=on_untold,
        )
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._runs: set[asyncio.Task[None]] = set()
        self._edits = Edits(hass)
        self._earlier_end = asyncio.Event()
        self._closed = False

    async def async_send(self, car: VehicleCoordinator, remote: Remote, requester: Requester | None = None) -> None:
        """Have a car carry out a remote, and return when it has.

        Raises a translated HomeAssistantError that names the vendor's cause if it has not. A caller that is cancelled
        does not stop a remote that is under way; one that still waits for the car's turn is not sent any more.
        """
        if self._edits.settle(car.vehicle.vin):
            await asyncio.sleep(0)  # an edit that was made before takes its turn before
        await self._async_wait(car, self._start(car, Run(Pending(remote, requester or Requester()))))

    async def async_edit(self, car: VehicleCoordinator, remote: Remote, requester: Requester) -> None:
        """Do what `async_send` does, once the requester's entity has not been edited for `EDIT_PAUSE` seconds.

        Of the edits until then the last is sent, and all callers get its end. It is sent earlier if the car is asked
        for something else. An unload drops it: the callers are told, and the entity shows what the car has reported.
        """
        run = self._edits.find(requester.entity_id)
        if run:
            car.async_replace_pending(run.pending, remote, requester)
        else:
            run = self._start(car, Run(Pending(remote, requester)), edit=True)
        await self._async_wait(car, run)

    def handle(self, message: RemoteMessage) -> None:
        """Take in a message about a remote, whenever it comes."""
        message = self._ledger.with_vin(message)
        vin, found = message.attributes.get("vin", ""), self._ledger.assign(message)
        match found:
            case Command(remote_id=""):
                self._accept(found, message.remote_id)
            case EarlierCommand(label=str(label)):
                found = self._identify(vin, label, message.remote_id)
            case None if self._ledger.unanswered(vin, message.remote_type):
                look = self._questions.async_look(vin, message.remote_type)
                self._entry.async_create_background_task(self._hass, look, "find out which remote a message is about")
        if message.progress.status == WAKING_UP:  # it may come after the end
            sent_at = found.sent_at if found else None
            self._count_wake_up(
                found.car.vehicle.vin if isinstance(found, Command) else vin,
                message.remote_id,
                sent_at or message.date or dt_util.utcnow(),
            )
        match found:
            case Command():
                self._take_in(found, message.progress, message.date)
            case EarlierCommand() if message.progress.done:
                self._take_in_earlier(found, message)

    def is_needed(self, callback_id: str) -> bool:
        """Tell whether a remote reports to this callback whose end may still come."""
        return self._ledger.is_needed(callback_id)

    def close(self) -> None:
        """End the wait of every caller, and ask nothing more. A message that still comes is taken in."""
        self._closed = True
        for run in self._runs:
            run.cancel()
        self._questions.close()

    def restore(self, vin: str, stored: object) -> None:
        """Go on with what `as_dict` made of the remotes of a car before a restart."""
        for message in self._ledger.restore(vin, stored):
            self.handle(message)
        for key, earlier in self._ledger.earlier(vin).items():
            self._questions.follow_earlier(vin, key, earlier.age)

    def as_dict(self, vin: str) -> dict[str, Any]:
        """Return the remotes of a car that are under way, and those that have ended, as JSON."""
        return self._ledger.as_dict(vin)

    # A remote on its way

    def _start(self, car: VehicleCoordinator, run: Run, *, edit: bool = False) -> Run:
        if self._closed:
            raise _not_sent(car)
        work = self._async_run(car, run, edit=edit)
        run.task = self._entry.async_create_background_task(self._hass, work, "carry out a remote")
        self._runs.add(run.task)
        run.task.add_done_callback(self._forget_run)
        return run

    async def _async_wait(self, car: VehicleCoordinator, run: Run) -> None:
        """Wait for the end of a remote. It is not sent any more if all its callers have gone before."""
        run.callers += 1
        try:
            await asyncio.shield(run.task)
        except asyncio.CancelledError:
            if run.task.cancelled():
                raise (_interrupted(car) if run.pending.under_way else _not_sent(car)) from None
            if run.callers == 1 and not run.pending.under_way:
                run.task.cancel()
            raise
        finally:
            run.callers -= 1

    async def _async_run(self, car: VehicleCoordinator, run: Run, *, edit: bool) -> None:
        """Carry out a remote once it is the car's turn."""
        pending = run.pending
        with car.pending(pending):
            if edit:
                await self._edits.async_wait(car.vehicle.vin, run)
            async with self._turns[car.vehicle.vin]:
                await self._async_wait_for_earlier(car)
                pending.under_way = True
                self._check_wake_ups(car, pending.remote)
                if pending.remote.repeats_status and not car.pushed:
                    await car.async_refresh()
                remote = pending.remote.completed(car.programs, car.preconditioning)
                progress = await self._async_carry_out(Command(car, remote, pending.requester))
        if not progress.succeeded:
            key = FAILURE_CAUSES.get(progress.cause, "unknown_cause")
            raise HomeAssistantError(**translation(key, car=car.vehicle.name, cause=progress.cause))

    async def _async_wait_for_earlier(self, car: VehicleCoordinator) -> None:
        """Wait for the end of a remote that was sent just before a restart: the vendor would refuse the next one."""
        vin = car.vehicle.vin
        for key, earlier in self._ledger.earlier(vin).items():
            if earlier.age < GIVE_UP_AFTER:
                await self._questions.async_ask_earlier(vin, key)
        with suppress(TimeoutError):
            while recent := [each.age for each in self._ledger.earlier(vin).values() if each.age < GIVE_UP_AFTER]:
                self._earlier_end.clear()
                async with asyncio.timeout(GIVE_UP_AFTER - min(recent)):
                    await self._earlier_end.wait()

    def _forget_run(self, run: asyncio.Task[None]) -> None:
        self._runs.discard(run)
        if not run.cancelled():
            run.exception()  # retrieve it, or asyncio logs it when the caller has gone

    def _check_wake_ups(self, car: VehicleCoordinator, remote: Remote) -> None:
        limit = self._wake_up_limit
        if isinstance(remote, WakeUp) and 0 < limit <= self._wake_ups[car.vehicle.vin].count:
            raise ServiceValidationError(**translation("wake_up_limit", car=car.vehicle.name, limit=str(limit)))

    async def _async_carry_out(self, command: Command) -> Progress:
        await self._async_post(command)
        await asyncio.wait([command.end], timeout=GIVE_UP_AFTER)
        if not command.end.done():
            await self._questions.async_ask(command)
        if command.end.done():
            return command.end.result()
        last = command.progress.status if command.progress else "Accepted"
        self._tell(command, Result.TIMED_OUT)
        raise HomeAssistantError(
            **translation("command_timeout", car=command.car.vehicle.name, seconds=f"{GIVE_UP_AFTER:.0f}", status=last)
        )

    async def _async_post(self, command: Command) -> None:
        """Post a remote. If the answer is lost, find out whether the vendor has accepted it."""
        lost: StellantisError | None = None
        with self._ledger.posting(command.car.vehicle.vin, self.handle):
            try:
                command.callback_id = await self._callback_id()
                lost = await self._async_request(command)
            except StellantisError as err:
                self._ledger.settle(command)
                self._tell_refusal(command, error_key(err))
                raise HomeAssistantError(**translate(err)) from err
        if lost:
            await self._async_confirm(command, lost)

    async def _async_request(self, command: Command) -> StellantisError | None:
        """Post a remote; a callback that the vendor does not know (any more) is repaired, once.

        Returns the error with which the answer was lost. It is not sent again then: the car might do it twice.
        """
        try:
            return await self._async_request_once(command)
        except NoDataError as err:
            unknown, command.callback_id = command.callback_id, await self._repair_callback()
            if command.callback_id == unknown:
                return err  # the vendor knows the callback, so nobody knows what its 404 was about
        return await self._async_request_once(command)

    async def _async_request_once(self, command: Command) -> StellantisError | None:
        self._ledger.add_unanswered(command)
        await self._save()  # after a crash, the vendor is asked whether it has accepted it
        try:
            remote_id = await self._client.send_remote(
                command.car.vehicle.id, command.callback_id, command.remote, command.label
            )
        except _ANSWER_LOST as err:
            if err.before_request:
                raise
            _LOGGER.debug("%s: there is no answer that says whether it was accepted: %r", command.remote.type, err)
            return err
        self._accept(command, remote_id)
        return None

    async def _async_confirm(self, command: Command, lost: StellantisError) -> None:
        """Return if the vendor has accepted a remote whose answer was lost; raise if not, or if nobody knows."""
        accepted = await self._questions.async_find(command)
        if accepted:
            return
        # A request without any answer may still be on its way to the vendor.
        if accepted is False and not isinstance(lost, NoAnswerError):
            self._ledger.settle(command)
            self._tell_refusal(command, error_key(lost))
            raise HomeAssistantError(**translate(lost)) from lost
        self._tell_refusal(command, UNANSWERED)
        raise HomeAssistantError(**translation("command_unanswered", car=command.car.vehicle.name))

    def _accept(self, command: Command, remote_id: str) -> None:
        """Note that the vendor has accepted a remote."""
        car, remote = command.car, command.remote
        command.remote_id = remote_id
        command.accepted.set()
        self._ledger.add(command)
        if isinstance(remote, WakeUp):
            self._count_wake_up(car.vehicle.vin, remote_id, command.sent_at)
        self._on_sent(car, remote)
        self._questions.follow(command)
        _LOGGER.debug("%s sent", remote.type)

    def _identify(self, vin: str, label: str, remote_id: str) -> EarlierCommand:
        """Note that the vendor has accepted a remote from before a restart whose answer was lost."""
        earlier = self._ledger.identify(vin, label, remote_id)
        if earlier.remote_type == WakeUp.type:
            self._count_wake_up(vin, remote_id, earlier.sent_at or dt_util.utcnow())
        self._questions.follow_earlier(vin, remote_id)
        return earlier

    def _forget_earlier(self, vin: str, label: str) -> None:
        """Note that the vendor has not got a remote from before a restart: the next one need not wait for it."""
        self._ledger.forget(vin, label)
        self._earlier_end.set()

    # What it tells

    def _save_end(self, *, told: bool) -> None:
        """Save that an end was told, or it would be told again after a crash.

        While the car's event entity does not exist yet, it would not be told at all after a crash.
        """
        if told:
            self._entry.async_create_background_task(self._hass, self._save(), "save the end of a remote")

    def _take_in(self, command: Command, progress: Progress, date: datetime | None) -> None:
        """Take in the progress of a remote, reported at this date; None if the vendor had to be asked.

        An end without a date is only known to be no older than the remote: it changes nothing that has been reported
        since.
        """
        vin, remote = command.car.vehicle.vin, command.remote
        _LOGGER.debug("%s: %s", remote.type, progress.cause)
        command.progress = progress
        command.wakes = command.wakes or progress.status == WAKING_UP
        if not progress.done or not self._ledger.end(vin, command.remote_id):
            return
        _LOGGER.info("%s: %s: %s after %.1f s", command.car.vehicle.name, remote.type, progress.cause, command.seconds)
        self._take_in_refusal(vin, command.remote_id, progress, command.sent_at)
        if command.wakes and progress.succeeded:
            self._wake_ups[vin].accept()
        command.end.set_result(progress)
        car = self._cars.get(vin)  # it may have left the account and come back
        # Reports are dated in whole seconds.
        ended_at = date or command.sent_at - timedelta(seconds=1)
        expected = remote.expected_status(ended_at) if progress.succeeded else None
        if expected is not None and car:
            car.async_report_outcome(expected, command.requester, sent_at=command.sent_at)
        # A car that has been woken up also reports values that no monitor watches.
        if car and (not car.pushed or (progress.succeeded and isinstance(remote, WakeUp))):
            self._read(car)
        told = self._tell(command, _result(progress), _failure_cause(progress))
        (car or command.car).async_update_listeners()
        self._save_end(told=told)

    def _take_in_earlier(self, earlier: EarlierCommand, message: RemoteMessage) -> None:
        """Handle the result of a remote sent before a restart, or of one of which nothing is known.

        What it changed arrives in the car's next report.
        """
        vin = message.attributes["vin"]
        car = self._cars[vin]
        self._ledger.end(vin, message.remote_id)
        self._earlier_end.set()
        _LOGGER.debug("The end of a remote arrived that nobody waits for")
        now = dt_util.utcnow()
        progress, at = message.progress, message.date or earlier.sent_at or now
        remote_type, action = message.remote_type or earlier.remote_type, earlier.action or UNKNOWN_ACTION
        self._take_in_refusal(vin, message.remote_id, progress, earlier.sent_at or at)
        # The car never reports some changes, so set the assumed state here.
        unreported = find_unreported(remote_type or "", action) if progress.succeeded else None
        if unreported and (expected := unreported.expected_status(at)):
            car.async_report_outcome(expected, Requester(), sent_at=earlier.sent_at or at)
        outcome = Outcome(
            result=_result(progress),
            remote=_remote_name(remote_type),
            action=action,
            failure_cause=_failure_cause(progress),
            duration=_seconds_between(earlier.sent_at, message.date or now),
        )
        told = self._outcomes.async_tell(vin, outcome)
        car.async_update_listeners()
        self._save_end(told=told)
        if progress.succeeded:  # not every change is pushed
            self._read(car)

    def _tell(self, command: Command, result: Result, cause: str | None = None) -> bool:
        outcome = Outcome(
            result=result,
            remote=command.remote.name,
            action=command.remote.action,
            failure_cause=cause,
            duration=round(command.seconds, 1),
            sent_at=command.sent_at,
            requester=command.requester,
        )
        return self._outcomes.async_tell(command.car.vehicle.vin, outcome)

    def _tell_refusal(self, command: Command, cause: str) -> None:
        """Tell that the vendor has not accepted a remote, as far as it is known."""
        outcome = Outcome(
            result=Result.FAILED,
            remote=command.remote.name,
            action=command.remote.action,
            failure_cause=cause,
            requester=command.requester,
        )
        self._outcomes.async_tell(command.car.vehicle.vin, outcome)

    def _count_wake_up(self, vin: str, remote_id: str, at: datetime) -> None:
        """Count that a remote of this time wakes the car up, once."""
        car = self._cars.get(vin)
        if car and self._ledger.note_wake_up(vin, remote_id):
            self._wake_ups[vin].add(at)
            car.async_update_listeners()

    def _take_in_refusal(self, vin: str, remote_id: str, progress: Progress, at: datetime) -> None:
        """Take in that the vendor does not wake the car with a remote of this time."""
        if progress.succeeded or progress.cause != TOO_MANY_WAKE_UPS:
            return
        wake_ups = self._wake_ups[vin]
        wake_ups.refuse(at)
        # Note it also if it was not counted before: a message that it wakes the car up may still come.
        if not self._ledger.note_wake_up(vin, remote_id):
            wake_ups.take_back(at)

    def _read(self, car: VehicleCoordinator) -> None:
        """Read the car's status once."""
        if self._closed:
            return
        self._entry.async_create_background_task(self._hass, car.async_request_refresh(), "read a car after a remote")


def _result(progress: Progress) -> Result:
    if not progress.succeeded:
        return Result.FAILED
    return Result.ALREADY_DONE if progress.status == ALREADY_DONE else Result.SUCCESS


def _seconds_between(earlier: datetime | None, later: datetime) -> float | None:
    return round(max((later - earlier).total_seconds(), 0.0), 1) if earlier else None


def _failure_cause(progress: Progress) -> str | None:
    """Return our name for why a remote failed; a cause that is not documented is shown as it is."""
    return None if progress.succeeded else FAILURE_CAUSES.get(progress.cause, progress.cause)


def _remote_name(remote_type: str | None) -> str | None:
    """Return our name for a type of remote; one that is not known here is shown in the vendor's words."""
    return remote_names().get(remote_type or "", slug(remote_type))


def _interrupted(car: VehicleCoordinator) -> HomeAssistantError:
    return HomeAssistantError(**translation("command_interrupted", car=car.vehicle.name))


def _not_sent(car: VehicleCoordinator) -> HomeAssistantError:
    return HomeAssistantError(**translation("command_not_sent", car=car.vehicle.name))
