"""The commands of an account on a bench: a vendor, written by hand, and what becomes of the remotes."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.account.commands import Commands
from custom_components.stellantis.account.outcomes import Outcome, Outcomes
from custom_components.stellantis.account.wake_ups import WakeUps
from custom_components.stellantis.api.client import StellantisClient
from custom_components.stellantis.api.errors import NoDataError, StellantisError
from custom_components.stellantis.api.remotes import Progress, Remote, UserRemote
from custom_components.stellantis.api.status import Status
from custom_components.stellantis.api.vehicle import Vehicle
from custom_components.stellantis.coordinator import VehicleCoordinator
from custom_components.stellantis.translate import NoUrlError

from .parts import SUCCESS, make_car, remote_message


class Vendor:
    """Plays the API: accepts each remote, at once or when `answering` is set, unless there are `refusals` left."""

    can_read_status = True

    def __init__(self) -> None:
        self.answering = asyncio.Event()
        self.answering.set()
        self.refusals: list[StellantisError] = []
        self.posts: list[tuple[str, str, Remote]] = []
        self.labels: list[str] = []
        self.listed: list[UserRemote] = []
        self.looks: list[StellantisError] = []
        self.arrived = asyncio.Queue[Remote]()
        self.progress: Progress | None = None
        self.asked = 0
        self.when_asked: Callable[[], None] = lambda: None
        self.reads: list[str] = []

    async def send_remote(self, vehicle_id: str, callback_id: str, remote: Remote, label: str) -> str:
        self.labels.append(label)
        self.posts.append((vehicle_id, callback_id, remote))
        self.arrived.put_nowait(remote)
        number = len(self.posts)
        await self.answering.wait()
        if self.refusals:
            raise self.refusals.pop(0)
        return f"remote {number}"

    async def remotes(self, *_ids: str) -> list[UserRemote]:
        if self.looks:
            raise self.looks.pop(0)
        return self.listed

    async def remote_progress(self, *_ids: str) -> Progress:
        self.asked += 1
        self.when_asked()
        if self.progress is None:
            raise NoDataError
        return self.progress

    async def status(self, vehicle: Vehicle) -> Status:
        self.reads.append(vehicle.vin)
        return Status()


class Bench:
    """The commands of an account with the cars `one` and `two`."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self.vendor = Vendor()
        self.cars = {vin: make_car(hass, entry, self.vendor, vin) for vin in ("one", "two")}
        self.wake_ups = {vin: WakeUps(None) for vin in self.cars}
        self.told: list[Outcome] = []
        self.sent: list[Remote] = []
        self.untold: list[datetime | None] = []
        self._sent_more = asyncio.Event()
        self.saved: dict[str, dict[str, Any]] = {}
        self.repairs = 0
        self.has_address = True
        self.has_callback = True
        self.is_told = True
        self._hass = hass
        self._entry = entry
        self._outcomes = Outcomes(hass, entry, on_late=lambda: None)
        for vin in self.cars:
            self._outcomes.async_listen(vin, self.told.append)
        self.commands = self._make_commands()

    def _make_commands(self) -> Commands:
        return Commands(
            self._hass,
            self._entry,
            cast("StellantisClient", self.vendor),
            self.cars,
            outcomes=self._outcomes,
            wake_ups=self.wake_ups,
            wake_up_limit=2,
            callback_id=self._callback_id,
            repair_callback=self._repair_callback,
            is_told=lambda: self.is_told,
            save=self._save,
            on_sent=self._note_sent,
            on_untold=self.untold.append,
        )

    def start(self, remote: Remote, vin: str = "one") -> asyncio.Task[None]:
        """Send a remote and go on, once it has got as far as it can."""
        return self._hass.async_create_task(self.commands.async_send(self.cars[vin], remote))

    def message(
        self, number: int, progress: Progress = SUCCESS, vin: str = "one", *, date: datetime | None = None
    ) -> None:
        """Let a message about the remote that was posted as this one arrive."""
        posted = self.vendor.posts[number - 1 : number]
        remote_type = posted[0][2].type if posted else None
        self.commands.handle(remote_message(f"remote {number}", vin, progress, date, remote_type))

    def locked(self, vin: str = "one") -> bool | None:
        doors = self.cars[vin].data.doors
        return doors.locked if doors else None

    async def until_sent(self, remotes: int) -> None:
        """Wait until the vendor is known to have accepted so many remotes."""
        while len(self.sent) < remotes:
            self._sent_more.clear()
            await self._sent_more.wait()

    async def async_restart(self) -> None:
        """Stop, and start with nothing but the cars and the wake-ups."""
        self.commands.close()
        await self.settle()
        self.commands = self._make_commands()

    async def settle(self) -> None:
        """Let all that needs no further message go on to its end."""
        await self._hass.async_block_till_done(wait_background_tasks=True)

    async def pass_time(self, seconds: float) -> None:
        """Let the timers of the next seconds run off now."""
        async_fire_time_changed(self._hass, dt_util.utcnow() + timedelta(seconds=seconds))
        await self.settle()

    async def async_stop(self) -> None:
        self.commands.close()
        for car in self.cars.values():
            await car.async_shutdown()

    async def _callback_id(self) -> str:
        if not self.has_callback:
            raise NoUrlError
        return "callback"

    async def _save(self) -> None:
        self.saved = {vin: self.commands.as_dict(vin) for vin in self.cars}

    def _note_sent(self, _car: VehicleCoordinator, remote: Remote) -> None:
        self.sent.append(remote)
        self._sent_more.set()

    async def _repair_callback(self) -> str:
        if not self.has_address:
            raise NoUrlError
        self.repairs += 1
        return f"callback, repaired {self.repairs} times"


async def failure(calling: asyncio.Task[None]) -> str | None:
    """Return the key of what the caller is told."""
    with pytest.raises(HomeAssistantError) as raised:
        await calling
    return raised.value.translation_key
