"""Stop a charge at a level of the battery: the vendor has no remote for it."""

from collections.abc import Mapping
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..api.lenient import as_number, as_object
from ..api.remotes import Charging
from ..api.status import ChargingStatus

if TYPE_CHECKING:
    from ..coordinator import VehicleCoordinator
    from .account import Account

_LOGGER = logging.getLogger(__name__)

LEAST: Final = 50
OFF: Final = 100
"""The limits that can be set, in percent: a charge ends at 100 % by itself."""
_AGAIN_BELOW: Final = 5
"""Percent below the limit at which a charge is a new one, though the cable was not pulled."""
_TRIES: Final = 3
"""How many reports of a car that goes on charging are answered before it is left alone."""


class ChargeLimit:
    """The limit of one car. A charge is stopped once: who starts it again means it."""

    def __init__(self, account: Account, car: VehicleCoordinator, stored: object) -> None:
        """Go on with what `as_dict` made."""
        known: Mapping[str, Any] = as_object(stored)
        self._account = account
        self._car = car
        self.percent = int(as_number(known.get("percent"), LEAST, OFF) or OFF)
        self._done = known.get("done") is True
        self._tries = 0
        self._stopping = False

    @property
    def watched(self) -> int | None:
        """The level that is worth a push; None while there is no limit, or nothing to stop a charge with."""
        return self.percent if self.percent != OFF and "charging" in self._car.vehicle.capabilities else None

    @callback
    def async_set(self, percent: int) -> None:
        """Stop charging at another level."""
        if percent == self.percent:
            return
        self.percent = percent
        self._forget()
        self._car.async_update_listeners()
        self._account.callback.async_step()  # the monitor follows
        charging = self._car.data.charging
        if self.watched is not None and charging and charging.status == ChargingStatus.IN_PROGRESS:
            # It may have been reached since the last report: a monitor speaks when that happens, not when it is so.
            self._account.entry.async_create_background_task(
                self._account.hass, self._car.async_request_refresh(), "read a car that charges"
            )

    @callback
    def async_check(self) -> None:
        """Stop a charge that has reached the limit."""
        charging, battery = self._car.data.charging, self._car.data.battery
        if self.watched is None or self._account.cars.get(self._car.vehicle.vin) is not self._car:
            return
        if charging is None or battery is None or battery.level is None:
            return
        # A level from before the charge began says nothing of it.
        charges = charging.status == ChargingStatus.IN_PROGRESS
        charges = charges and battery.date_of("level") >= charging.date_of("status")
        if charging.plugged is False or battery.level < self.percent - _AGAIN_BELOW:
            self._forget()
        elif charges and self._reached:
            if self._car.asked(Charging) == Charging(immediate=True):
                self._done = True
            elif not self._done and not self._stopping:
                self._stopping = True
                self._account.entry.async_create_background_task(
                    self._account.hass, self._async_stop(), "stop a charge at its limit"
                )

    @callback
    def async_allow(self) -> None:
        """Let a charge go on that Home Assistant has been asked to start above the limit."""
        self._done = self._done or self._reached

    @property
    def _reached(self) -> bool:
        battery = self._car.data.battery
        return battery is not None and battery.level is not None and battery.level >= self.percent

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON."""
        return {"percent": self.percent, "done": self._done}

    def _forget(self) -> None:
        self._done, self._tries = False, 0

    async def _async_stop(self) -> None:
        self._tries += 1
        try:
            await self._account.commands.async_send(self._car, Charging(immediate=False))
        except HomeAssistantError as err:
            self._done = self._tries >= _TRIES
            _LOGGER.warning("%s: charging could not be stopped at %d %%: %s", self._car.name, self.percent, err)
        else:
            self._done = True
            _LOGGER.info("%s: charging has been stopped at %d %%", self._car.name, self.percent)
        finally:
            self._stopping = False
