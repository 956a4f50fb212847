"""Send a remote, follow it to its end, raise what went wrong.

A car carries out one remote at a time: remotes to one car wait for each other, remotes to two cars do not. The end
arrives as a message, which may come before the answer to the request that caused it, twice, late, out of order or
never; then the vendor is asked.
"""

import asyncio
from collections import OrderedDict, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
import logging
import time
from typing import TYPE_CHECKING, Any, Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from ..api.errors import NoDataError, StellantisError
from ..api.lenient import as_list, as_object, as_text, parse_date
from ..api.messages import RemoteMessage
from ..api.remotes import ALREADY_DONE, ASSUMED, TOO_MANY_WAKE_UPS, WAKING_UP, Charging, Progress, Remote, WakeUp
from ..api.status import Status
from ..const import CONF_WAKE_UP_LIMIT, DOMAIN
from ..coordinator import VehicleCoordinator
from ..translate import AUTHENTICATION_ERRORS, error_key, translate, translation
from .outcomes import CAUSES, EVENT_REMOTE, UNKNOWN_ACTION, Asker, Ending, Result, cause_name, remote_name

if TYPE_CHECKING:
    from .account import Account

_LOGGER = logging.getLogger(__name__)

ASK_AFTER: Final = (20.0, 60.0, 120.0)
"""Seconds after which the vendor is asked how far a remote has come, if no message has told its end."""
GIVE_UP_AFTER: Final = 180.0
"""Seconds after which the caller is told that there is no end; a later end is still taken in."""
_REMEMBERED: Final = 100
"""How many remotes that have ended, or that were given up, are remembered."""
_TOLD_WITHIN: Final = timedelta(hours=72)
"""How long the vendor tries to tell an end."""


@dataclass(slots=True, eq=False)
class _Command:
    """A remote that the vendor has accepted."""

    car: VehicleCoordinator
    remote: Remote
    asker: Asker
    callback_id: str
    remote_id: str
    end: asyncio.Future[Progress] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    sent: float = field(default_factory=time.monotonic)
    sent_at: datetime = field(default_factory=dt_util.utcnow)
    progress: Progress | None = None
    woke: bool = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.sent


class Commands:
    """The remotes of one account."""

    def __init__(self, account: Account) -> None:
        """Start with no remote under way."""
        self._account = account
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._sent: OrderedDict[str, _Command] = OrderedDict()
        # Those that were sent before a restart, by their VIN and id: what they are and when that was.
        self._before: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._ended: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))
        # While a remote is being posted its id is not known yet: the messages for its car are kept until it is.
        self._early: dict[str, list[RemoteMessage]] = {}
        # And those for cars that are not known yet, while the account starts.
        self._unassigned: deque[RemoteMessage] = deque(maxlen=_REMEMBERED)
        self._posts: set[asyncio.Task[_Command]] = set()
        self._closed = False

    async def async_send(self, car: VehicleCoordinator, remote: Remote, asker: Asker | None = None) -> None:
        """Ask a car to carry out a remote, and return when it has.

        Raises a translated HomeAssistantError that names the vendor's cause if it has not.
        """
        with car.asking(remote):
            async with self._turns[car.vehicle.vin]:
                self._check_wake_ups(car, remote)
                progress = await self._async_carry_out(car, remote.completed(car.programs), asker or Asker())
        if not progress.succeeded:
            key = CAUSES.get(progress.cause, "unknown_cause")
            raise HomeAssistantError(**translation(key, car=car.vehicle.name, cause=progress.cause))

    def handle(self, message: RemoteMessage) -> None:
        """Take in a message about a remote, whenever it comes."""
        if any(message.remote_id in ended for ended in self._ended.values()):
            _LOGGER.debug("A remote's end was told again")
        elif command := self._sent.get(message.remote_id):
            self._take_in(command, message.progress, message)
        elif (early := self._early.get(message.attributes.get("vin", ""))) is not None:
            early.append(message)
        elif message.attributes.get("vin") not in self._account.cars:
            self._unassigned.append(message)
        elif message.progress.done:
            self._handle_forgotten(message)

    def close(self) -> None:
        """End the wait of every caller: nothing is listening for messages any more."""
        self._closed = True
        for post in self._posts:
            post.cancel()
        for command in self._sent.values():
            command.end.cancel()

    def restore(self, vin: str, stored: object) -> None:
        """Go on with what `as_dict` made of the remotes of a car before a restart."""
        known: Mapping[str, Any] = as_object(stored)
        sent = {remote_id: as_object(remote) for remote_id, remote in as_object(known.get("sent")).items()}
        oldest = dt_util.utcnow() - _TOLD_WITHIN
        self._before[vin] = {
            remote_id: remote
            for remote_id, remote in sent.items()
            if (sent_at := parse_date(remote.get("sent_at"))) and sent_at > oldest
        }
        self._ended[vin].extend(map(str, as_list(known.get("ended"))))
        for message in [message for message in self._unassigned if message.attributes.get("vin") == vin]:
            self._unassigned.remove(message)
            self.handle(message)

    def as_dict(self, vin: str) -> dict[str, Any]:
        """Return the remotes of a car that are under way, and those that have ended, as JSON."""
        sent = {
            remote_id: {
                "type": command.remote.type,
                "action": command.remote.action,
                "sent_at": command.sent_at.isoformat(),
            }
            for remote_id, command in self._sent.items()
            if command.car.vehicle.vin == vin
        }
        return {"sent": {**self._before.get(vin, {}), **sent}, "ended": list(self._ended[vin])}

    def _check_wake_ups(self, car: VehicleCoordinator, remote: Remote) -> None:
        limit = self._account.options[CONF_WAKE_UP_LIMIT]
        if isinstance(remote, WakeUp) and 0 < limit <= car.wake_ups.count:
            raise ServiceValidationError(**translation("wake_up_limit", car=car.vehicle.name, limit=str(limit)))

    async def _async_carry_out(self, car: VehicleCoordinator, remote: Remote, asker: Asker) -> Progress:
        command = await self._async_start(car, remote, asker)
        asking = self._account.entry.async_create_background_task(
            self._account.hass, self._async_ask(command), "ask for the end of a remote"
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
            asking.cancel()

    async def _async_start(self, car: VehicleCoordinator, remote: Remote, asker: Asker) -> _Command:
        if self._closed:
            raise _interrupted(car)
        post = self._account.hass.async_create_task(self._async_post(car, remote, asker), "send a remote")
        self._posts.add(post)
        try:
            return await post
        except asyncio.CancelledError:
            if self._closed:
                raise _interrupted(car) from None
            raise
        finally:
            self._posts.discard(post)

    async def _async_post(self, car: VehicleCoordinator, remote: Remote, asker: Asker) -> _Command:
        """Post a remote; a callback that the vendor does not know (any more) is repaired, once."""
        vin = car.vehicle.vin
        self._early[vin] = []
        try:
            callback_id = await self._account.callback.async_id()
            try:
                remote_id = await self._account.client.send_remote(car.vehicle.id, callback_id, remote)
            except NoDataError:
                callback_id = await self._account.callback.async_repair()
                remote_id = await self._account.client.send_remote(car.vehicle.id, callback_id, remote)
            command = _Command(car, remote, asker, callback_id, remote_id)
            self._remember(command)
        except StellantisError as err:
            if isinstance(err, AUTHENTICATION_ERRORS):
                self._account.entry.async_start_reauth(self._account.hass)
            self._end(
                car,
                Ending(
                    result=Result.FAILED,
                    remote=remote_name(remote.type),
                    action=remote.action,
                    failure_cause=error_key(err),
                    asker=asker,
                ),
            )
            raise HomeAssistantError(**translate(err)) from err
        finally:
            for message in self._early.pop(vin):
                self.handle(message)
        _LOGGER.debug("%s sent", remote.type)
        return command

    def _remember(self, command: _Command) -> None:
        if isinstance(command.remote, WakeUp):
            self._count_wake_up(command)
        if command.remote == Charging(immediate=True):
            command.car.charge_limit.async_allow()
        self._sent[command.remote_id] = command
        while len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)

    async def _async_ask(self, command: _Command) -> None:
        """Ask the vendor for the end that no message has told."""
        for before, after in pairwise((0.0, *ASK_AFTER)):
            await asyncio.sleep(after - before)
            try:
                progress = await self._account.client.remote_progress(
                    command.car.vehicle.id, command.callback_id, command.remote_id
                )
            except StellantisError as err:
                _LOGGER.debug("%s: the vendor does not say how far it has come: %r", command.remote.type, err)
                continue
            self._take_in(command, progress)

    def _take_in(self, command: _Command, progress: Progress, message: RemoteMessage | None = None) -> None:
        _LOGGER.debug("%s: %s", command.remote.type, progress.cause)
        command.progress = progress
        if progress.status == WAKING_UP and not command.woke:
            self._count_wake_up(command)
        if not progress.done or self._sent.pop(command.remote_id, None) is None:
            return
        car = command.car
        self._ended[car.vehicle.vin].append(command.remote_id)
        _LOGGER.info("%s: %s: %s after %.1f s", car.vehicle.name, command.remote.type, progress.cause, command.seconds)
        at = (message and message.date) or dt_util.utcnow()
        self._take_in_refusal(car, progress, at, woke=command.woke)
        if not command.end.done():  # the caller may have gone
            command.end.set_result(progress)
        outcome = command.remote.outcome(at) if progress.succeeded else None
        if outcome is not None and car in self._account.cars.values():
            car.async_report(outcome)
            # A car that has been woken up reports what no monitor watches.
            if isinstance(command.remote, WakeUp) or not (car.pushed or isinstance(command.remote, ASSUMED)):
                self._read(car)
        self._tell(command, _result(progress), None if progress.succeeded else cause_name(progress.cause))

    def _handle_forgotten(self, message: RemoteMessage) -> None:
        """Take in the end of a remote that was sent before a restart: what it changed, the car tells."""
        vin = message.attributes["vin"]
        car = self._account.cars[vin]
        _LOGGER.debug("The end of a remote arrived that nobody waits for")
        self._ended[vin].append(message.remote_id)
        before = self._before.get(vin, {}).pop(message.remote_id, {})
        sent_at, progress, at = parse_date(before.get("sent_at")), message.progress, message.date or dt_util.utcnow()
        kind = message.remote_type or as_text(before.get("type"))
        ending = Ending(
            result=_result(progress),
            remote=remote_name(kind),
            action=as_text(before.get("action")) or UNKNOWN_ACTION,
            failure_cause=None if progress.succeeded else cause_name(progress.cause),
            duration=round(max((at - sent_at).total_seconds(), 0.0), 1) if sent_at else None,
        )
        self._take_in_refusal(car, progress, at)
        for assumed in ASSUMED:  # which the car does not tell
            remote = assumed(on=ending.action == assumed(on=True).action)
            if progress.succeeded and (kind, ending.action) == (assumed.type, remote.action):
                car.async_report(remote.outcome(at) or Status())
        self._end(car, ending)
        car.async_update_listeners()  # which also writes down that it has been told
        if progress.succeeded:  # of which not all is pushed
            self._read(car)

    def _tell(self, command: _Command, result: Result, cause: str | None = None) -> None:
        ending = Ending(
            result=result,
            remote=remote_name(command.remote.type),
            action=command.remote.action,
            failure_cause=cause,
            duration=round(command.seconds, 1),
            asker=command.asker,
        )
        self._end(command.car, ending)

    def _end(self, car: VehicleCoordinator, ending: Ending) -> None:
        """Tell the end of a remote to the car's event entity and to the logbook."""
        hass = self._account.hass
        car.async_end(ending)
        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, car.vehicle.vin), self._account.entry.entry_id
        )
        data = {
            "device_id": device.id if device else None,
            "entity_id": ending.asker.entity_id,
            "result": ending.result,
            "remote": ending.remote,
            "action": ending.action,
            "failure_cause": ending.failure_cause,
            "duration": ending.duration,
        }
        hass.bus.async_fire(EVENT_REMOTE, data, context=ending.asker.context)

    def _count_wake_up(self, command: _Command) -> None:
        command.woke = True
        command.car.wake_ups.add()
        command.car.async_update_listeners()

    def _take_in_refusal(
        self, car: VehicleCoordinator, progress: Progress, at: datetime, *, woke: bool = False
    ) -> None:
        if not progress.succeeded and progress.cause == TOO_MANY_WAKE_UPS:
            car.wake_ups.refuse(at, counted=woke)
            self._account.async_check_wake_ups()

    def _read(self, car: VehicleCoordinator) -> None:
        """Read the car's status once."""
        self._account.entry.async_create_background_task(
            self._account.hass, car.async_request_refresh(), "read a car after a remote"
        )


def _result(progress: Progress) -> Result:
    if not progress.succeeded:
        return Result.FAILED
    return Result.ALREADY_DONE if progress.status == ALREADY_DONE else Result.SUCCESS


def _interrupted(car: VehicleCoordinator) -> HomeAssistantError:
    return HomeAssistantError(**translation("command_interrupted", car=car.vehicle.name))
