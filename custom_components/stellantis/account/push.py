"""The vendor's monitors, kept in step, and what they push.

They belong to the callback, and with it to the entry: found again by their labels, renewed when what they are to watch
has changed, never duplicated. While all monitors of a car run, it is polled as a safety net only.
"""

import logging
from typing import TYPE_CHECKING

from ..api.errors import BadRequestError, ForbiddenError, NoDataError, RateLimitError, StellantisError
from ..api.messages import MonitorMessage
from ..api.monitors import LIMIT, Monitor, UserMonitor, monitors
from ..const import CONF_CHARGING_REFRESH, CONF_MOVING_REFRESH
from ..coordinator import VehicleCoordinator
from ..repairs import async_hide_issue, async_show_issue
from ..translate import AUTHENTICATION_ERRORS

if TYPE_CHECKING:
    from .account import Account

_LOGGER = logging.getLogger(__name__)


class Monitors:
    """The monitors of one account."""

    def __init__(self, account: Account) -> None:
        """Start with none known."""
        self._account = account
        self._cars: dict[str, str] = {}
        self._states: dict[str, dict[str, str]] = {}
        self._refused: set[str] = set()

    async def async_reconcile(self, callback_id: str) -> None:
        """Find, create or mend the monitors of every car. Raises a StellantisError if that has to be tried again."""
        refusals: list[StellantisError] = []
        failures: list[StellantisError] = []
        for vin, car in list(self._account.cars.items()):
            wanted = self._wanted(car)
            try:
                refused = await self._async_reconcile_car(car, callback_id, wanted) if wanted else []
            except (RateLimitError, *AUTHENTICATION_ERRORS):
                raise
            except StellantisError as err:  # which may be this car's alone
                failures.append(err)
                continue
            if self._account.cars.get(vin) is not car:
                continue
            if refused and vin not in self._refused:
                self._refused.add(vin)
                _LOGGER.info("%s is polled, for the vendor does not push all it reports: %r", car.name, refused[0])
            if not refused:
                self._refused.discard(vin)
            car.set_pushed(pushed=bool(wanted) and not refused)
            refusals += refused
        if any(isinstance(err, ForbiddenError) for err in refusals):
            async_show_issue(self._account.hass, self._account.entry, "push_refused")
        else:
            async_hide_issue(self._account.hass, self._account.entry, "push_refused")
        if failures:
            raise failures[0]

    def state(self, vin: str) -> dict[str, str]:
        """Return which of a car's monitors run, and why the vendor refused the others."""
        return self._states.get(vin, {})

    def stop(self) -> None:
        """Poll every car: there is nowhere to push to."""
        async_hide_issue(self._account.hass, self._account.entry, "push_refused")
        for car in self._account.cars.values():
            car.set_pushed(pushed=False)

    def handle(self, message: MonitorMessage) -> None:
        """Take in what a car has reported."""
        vins = (message.attributes.get("vin", ""), self._cars.get(message.monitor_id, ""))
        car = next((car for vin in vins if (car := self._account.cars.get(vin))), None)
        if car is None:
            _LOGGER.debug("A report of a car that is not in the account was dropped")
            return
        before = car.data
        car.async_push(message.report(car.vehicle.motorization), whole=message.has_status)
        news = ", ".join(sorted(car.data.changed(before))) or "nothing new"
        _LOGGER.debug("%s reports%s: %s", car.name, " again" if message.refresh else "", news)

    def _wanted(self, car: VehicleCoordinator) -> list[Monitor]:
        options = self._account.options
        return monitors(
            self._account.client.scopes,
            car.vehicle.motorization,
            charging_refresh=60 * options[CONF_CHARGING_REFRESH],
            moving_refresh=60 * options[CONF_MOVING_REFRESH],
            charge_limit=car.charge_limit.watched,
        )

    async def _async_reconcile_car(
        self, car: VehicleCoordinator, callback_id: str, wanted: list[Monitor]
    ) -> list[StellantisError]:
        """Keep the monitors of a car in step; returns why the vendor refuses some, if it does."""
        client, vehicle = self._account.client, car.vehicle
        labels = {monitor.key: monitor.label for monitor in wanted}
        found = [one for one in await client.monitors(vehicle.id, callback_id) if one.key]
        found.sort(key=lambda one: one.label not in labels.values())
        ours: dict[str | None, UserMonitor] = {}
        for one in found:
            if one.key in ours or one.key not in labels:
                await client.delete_monitor(vehicle.id, callback_id, one.id)
            else:
                ours[one.key] = one
        refused: list[StellantisError] = []
        states = self._states[vehicle.vin] = {}
        for monitor in wanted:
            try:
                monitor_id = await self._async_keep(vehicle.id, callback_id, monitor, ours.get(monitor.key))
            except (BadRequestError, ForbiddenError, NoDataError) as err:
                if monitor.key != LIMIT:  # the level is pushed every few minutes without it
                    refused.append(err)
                states[monitor.key] = type(err).__name__
            else:
                self._cars[monitor_id] = vehicle.vin
                states[monitor.key] = "Running"
        return refused

    async def _async_keep(self, vehicle_id: str, callback_id: str, wanted: Monitor, found: UserMonitor | None) -> str:
        client = self._account.client
        if found is None:
            return await client.create_monitor(vehicle_id, callback_id, wanted)
        if found.label != wanted.label:
            await client.update_monitor(vehicle_id, callback_id, found.id, wanted)
        if found.status != "Running":
            await client.resume_monitor(vehicle_id, callback_id, found.id)
        return found.id
