"""Send a remote, follow it to its end, raise what went wrong.

A car carries out one remote at a time: remotes to one car wait for each other, remotes to two cars do not. The end
arrives as a message, which may come before the answer to the request that caused it, twice, late, out of order or
never; then the vendor is asked.
"""

import asyncio
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from itertools import pairwise
import logging
import time
from typing import TYPE_CHECKING, Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .api.errors import NoDataError, StellantisError
from .api.messages import RemoteMessage
from .api.remotes import Progress, Remote, WakeUp
from .coordinator import VehicleCoordinator
from .errors import AUTHENTICATION_ERRORS, translate, translation

if TYPE_CHECKING:
    from .account import Account

_LOGGER = logging.getLogger(__name__)

ASK_AFTER: Final = (20.0, 60.0, 120.0)
"""Seconds after which the vendor is asked how far a remote has come, if no message has told its end."""
GIVE_UP_AFTER: Final = 180.0
"""Seconds after which the caller is told that there is no end; a later end is still taken in."""
_REMEMBERED: Final = 100
"""How many remotes that have ended, or that were given up, are remembered."""

# The failure causes and final statuses of the contract, each with a sentence of its own.
_CAUSES: Final = {
    "GeneralError": "general_error",
    "VehicleError": "vehicle_error",
    "WrongCommand": "wrong_command",
    "VehicleConnectionTimeout": "vehicle_connection_timeout",
    "MissingRights": "missing_rights",
    "NotPossibleDueToVehicleBatteryLevel": "battery_level",
    "NotPossibleDueToVehiclePrivacyLevel": "privacy_level",
    "TooManyWakeUpsOverMonth": "too_many_wake_ups",
    "TooManyRequestInShortTime": "too_many_requests_in_short_time",
    "SameActionInProgress": "same_action_in_progress",
    "NotPossibleDueToVehicleStolenState": "stolen_state",
    "VehicleInUse": "vehicle_in_use",
    "TooManyRequestSent": "too_many_requests_sent",
    "DoorsOpen": "doors_open",
    "VehicleErrorOrCidInside": "vehicle_error_or_key_inside",
    "CidInside": "key_inside",
    "ExternalChargingSystemError": "external_charging_system_error",
    "VehicleChargingSystemError": "vehicle_charging_system_error",
    "VehicleIsNotLocked": "vehicle_not_locked",
    "CanceledByDriver": "canceled_by_driver",
    "VehicleBatteryChargeTooLow": "battery_charge_too_low",
}


@dataclass(slots=True, eq=False)
class _Command:
    """A remote that the vendor has accepted."""

    car: VehicleCoordinator
    remote: Remote
    callback_id: str
    remote_id: str
    end: asyncio.Future[Progress] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    sent: float = field(default_factory=time.monotonic)
    progress: Progress | None = None


class Commands:
    """The remotes of one account."""

    def __init__(self, account: Account) -> None:
        """Start with no remote under way."""
        self._account = account
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._sent: OrderedDict[str, _Command] = OrderedDict()
        self._ended: deque[str] = deque(maxlen=_REMEMBERED)
        # While a remote is being posted its id is not known yet: the messages for its car are kept until it is.
        self._early: dict[str, list[RemoteMessage]] = {}
        self._posts: set[asyncio.Task[_Command]] = set()
        self._closed = False

    async def async_send(self, car: VehicleCoordinator, remote: Remote) -> None:
        """Ask a car to carry out a remote, and return when it has.

        Raises a translated HomeAssistantError that names the vendor's cause if it has not.
        """
        with car.asking(remote):
            async with self._turns[car.vehicle.vin]:
                progress = await self._async_carry_out(car, remote)
        if not progress.succeeded:
            key = _CAUSES.get(progress.cause, "unknown_cause")
            raise HomeAssistantError(**translation(key, car=car.vehicle.name, cause=progress.cause))

    def handle(self, message: RemoteMessage) -> None:
        """Take in a message about a remote, whenever it comes."""
        if message.remote_id in self._ended:
            _LOGGER.debug("A remote's end was told again")
        elif command := self._sent.get(message.remote_id):
            self._take_in(command, message.progress, message)
        elif (early := self._early.get(message.attributes.get("vin", ""))) is not None:
            early.append(message)
        elif message.progress.done:
            self._handle_forgotten(message)

    def close(self) -> None:
        """End the wait of every caller: nothing is listening for messages any more."""
        self._closed = True
        for post in self._posts:
            post.cancel()
        for command in self._sent.values():
            command.end.cancel()

    async def _async_carry_out(self, car: VehicleCoordinator, remote: Remote) -> Progress:
        command = await self._async_start(car, remote)
        asking = self._account.entry.async_create_background_task(
            self._account.hass, self._async_ask(command), "ask for the end of a remote"
        )
        try:
            async with asyncio.timeout(GIVE_UP_AFTER):
                return await asyncio.shield(command.end)
        except TimeoutError:
            last = command.progress.status if command.progress else "Accepted"
            raise HomeAssistantError(
                **translation("command_timeout", car=car.vehicle.name, seconds=f"{GIVE_UP_AFTER:.0f}", status=last)
            ) from None
        except asyncio.CancelledError:
            if command.end.cancelled():
                raise _interrupted(car) from None
            raise
        finally:
            asking.cancel()

    async def _async_start(self, car: VehicleCoordinator, remote: Remote) -> _Command:
        if self._closed:
            raise _interrupted(car)
        post = self._account.hass.async_create_task(self._async_post(car, remote), "send a remote")
        self._posts.add(post)
        try:
            return await post
        except asyncio.CancelledError:
            if self._closed:
                raise _interrupted(car) from None
            raise
        finally:
            self._posts.discard(post)

    async def _async_post(self, car: VehicleCoordinator, remote: Remote) -> _Command:
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
            command = _Command(car, remote, callback_id, remote_id)
            self._remember(command)
        except AUTHENTICATION_ERRORS as err:
            self._account.entry.async_start_reauth(self._account.hass)
            raise HomeAssistantError(**translate(err)) from err
        except StellantisError as err:
            raise HomeAssistantError(**translate(err)) from err
        finally:
            for message in self._early.pop(vin):
                self.handle(message)
        _LOGGER.debug("%s sent", remote.type)
        return command

    def _remember(self, command: _Command) -> None:
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
        if not progress.done or self._sent.pop(command.remote_id, None) is None:
            return
        self._ended.append(command.remote_id)
        seconds = time.monotonic() - command.sent
        _LOGGER.info("%s: %s: %s after %.1f s", command.car.vehicle.name, command.remote.type, progress.cause, seconds)
        at = (message and message.date) or dt_util.utcnow()
        outcome = command.remote.outcome(at) if progress.succeeded else None
        if outcome is not None and command.car in self._account.cars.values():
            command.car.async_report(outcome)
            # A car that has been woken up reports what no monitor watches.
            if not command.car.pushed or isinstance(command.remote, WakeUp):
                self._read(command.car)
        if not command.end.done():  # the caller may have gone
            command.end.set_result(progress)

    def _handle_forgotten(self, message: RemoteMessage) -> None:
        """Take in the end of a remote that was sent before a restart: what it changed, the car tells."""
        self._ended.append(message.remote_id)
        car = self._account.cars.get(message.attributes.get("vin", ""))
        _LOGGER.debug("The end of a remote of %s arrived that nobody waits for", "a car" if car else "an unknown car")
        if car and message.progress.succeeded and not car.pushed:
            self._read(car)

    def _read(self, car: VehicleCoordinator) -> None:
        """Read the car's status once."""
        self._account.entry.async_create_background_task(
            self._account.hass, car.async_request_refresh(), "read a car after a remote"
        )


def _interrupted(car: VehicleCoordinator) -> HomeAssistantError:
    return HomeAssistantError(**translation("command_interrupted", car=car.vehicle.name))
