"""The vendor's monitors, kept in step, and what they push, handed to the cars.

The monitors belong to the callback, and with it to the entry: found again by their labels, renewed when what they are
to watch has changed, never duplicated. While all monitors of a car run, it is polled as a safety net only.
"""

from collections.abc import Callable, Mapping
from functools import partial
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..api.client import RegistrationStatus, StellantisClient
from ..api.errors import BadRequestError, ForbiddenError, NoDataError, RateLimitError, StellantisError
from ..api.messages import MonitorMessage
from ..api.monitors import LIMIT, Monitor, UserMonitor, monitors
from ..const import CONF_CHARGING_REFRESH, CONF_MOVING_REFRESH
from ..coordinator import VehicleCoordinator
from ..issues import Issue, async_hide_issue, async_show_issue
from ..translate import AUTHENTICATION_ERRORS
from .registered import Change, Registrar

_LOGGER = logging.getLogger(__name__)


class Push:
    """What the vendor pushes for one account.

    `cars` are the account's, by VIN. `charge_limit` returns the battery level, in percent, that is to be pushed as
    soon as a car reaches it; None for none.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        cars: Mapping[str, VehicleCoordinator],
        options: Mapping[str, int],
        *,
        charge_limit: Callable[[VehicleCoordinator], int | None],
    ) -> None:
        """Start with no monitor known."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._cars = cars
        self._options = options
        self._charge_limit = charge_limit
        self._vins: dict[str, str] = {}  # by the ids of their monitors
        self._states: dict[str, dict[str, str]] = {}
        self._refused: set[str] = set()

    async def async_reconcile(self, callback_id: str) -> None:
        """Find, create or mend the monitors of every car. Raises a StellantisError if that has to be tried again."""
        refusals: list[StellantisError] = []
        failures: list[StellantisError] = []
        for car in [car for car in self._cars.values() if not car.missing]:
            try:
                refusals += await self._async_reconcile_car(car, callback_id)
            except (RateLimitError, *AUTHENTICATION_ERRORS):
                raise
            except StellantisError as err:  # it may concern this car alone
                failures.append(err)
        if any(isinstance(err, ForbiddenError) for err in refusals):
            async_show_issue(self._hass, self._entry, Issue.PUSH_REFUSED)
        else:
            async_hide_issue(self._hass, self._entry, Issue.PUSH_REFUSED)
        if failures:
            raise failures[0]

    def state(self, vin: str) -> dict[str, str]:
        """Return which of a car's monitors run, and why the vendor refused the others."""
        return self._states.get(vin, {})

    def stop(self) -> None:
        """Poll every car: there is nowhere to push to."""
        async_hide_issue(self._hass, self._entry, Issue.PUSH_REFUSED)
        for car in self._cars.values():
            car.set_pushed(pushed=False)

    def handle(self, message: MonitorMessage) -> None:
        """Take in what a car has reported."""
        vins = (message.attributes.get("vin", ""), self._vins.get(message.monitor_id, ""))
        car = next((car for vin in vins if (car := self._cars.get(vin))), None)
        if car is None:
            _LOGGER.debug("A report of a car that is not in the account was dropped")
            return
        before = car.data
        car.async_push(message.report(car.vehicle.motorization), whole=message.has_status)
        news = ", ".join(sorted(car.data.changed(before))) or "nothing new"
        _LOGGER.debug("%s reports%s: %s", car.name, " again" if message.refresh else "", news)

    async def _async_reconcile_car(self, car: VehicleCoordinator, callback_id: str) -> list[StellantisError]:
        """Keep the monitors of a car in step; returns why the vendor refuses some, if it does."""
        vin = car.vehicle.vin
        wanted = self._wanted(car)
        refused = await self._async_keep_monitors(car, callback_id, wanted) if wanted else []
        if self._cars.get(vin) is not car or car.missing:
            return []
        if refused and vin not in self._refused:
            self._refused.add(vin)
            _LOGGER.info("%s is polled, for the vendor does not push all it reports: %r", car.name, refused[0])
        if not refused:
            self._refused.discard(vin)
        car.set_pushed(pushed=bool(wanted) and not refused)
        return refused

    def _wanted(self, car: VehicleCoordinator) -> list[Monitor]:
        return monitors(
            self._client.scopes,
            car.vehicle.motorization,
            charging_refresh=60 * self._options[CONF_CHARGING_REFRESH],
            moving_refresh=60 * self._options[CONF_MOVING_REFRESH],
            charge_limit=self._charge_limit(car),
        )

    async def _async_keep_monitors(
        self, car: VehicleCoordinator, callback_id: str, wanted: list[Monitor]
    ) -> list[StellantisError]:
        vehicle = car.vehicle
        registrar = self._registrar(vehicle.id, callback_id)
        labels = {monitor.label for monitor in wanted}
        found = await self._client.monitors(vehicle.id, callback_id)
        found.sort(key=lambda each: each.label not in labels)
        ours = await registrar.async_choose(found, [monitor.key for monitor in wanted])
        refused: list[StellantisError] = []
        states = self._states[vehicle.vin] = {}
        for monitor in wanted:
            try:
                monitor_id = await registrar.async_keep(ours.get(monitor.key), monitor, partial(_log_change, monitor))
            except (BadRequestError, ForbiddenError, NoDataError) as err:
                if monitor.key != LIMIT:  # the level is pushed every few minutes without it
                    refused.append(err)
                states[monitor.key] = type(err).__name__
            else:
                self._vins[monitor_id] = vehicle.vin
                states[monitor.key] = RegistrationStatus.RUNNING
        return refused

    def _registrar(self, vehicle_id: str, callback_id: str) -> Registrar[UserMonitor, Monitor]:
        client, path = self._client, (vehicle_id, callback_id)
        return Registrar(
            key=lambda found: found.key,
            create=partial(client.create_monitor, *path),
            update=partial(client.update_monitor, *path),
            resume=partial(client.resume_monitor, *path),
            delete=partial(client.delete_monitor, *path),
            differs=lambda found, wanted: found.label != wanted.label,
        )


def _log_change(monitor: Monitor, change: Change) -> None:
    _LOGGER.debug("The monitor %s has been %s", monitor.key, change)
