"""One account of the vendor: its cars come and go, and its parts are wired together here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_track_time_change, async_track_time_interval
from homeassistant.util import dt as dt_util

from ..api.client import StellantisClient
from ..api.errors import StellantisError
from ..api.lenient import as_object
from ..api.remotes import Remote, SwitchCharging
from ..api.status import Status
from ..api.vehicle import Capability, Vehicle
from ..const import CONF_WAKE_UP_LIMIT, DEFAULT_OPTIONS, DOMAIN
from ..coordinator import VehicleCoordinator
from ..issues import Issue, async_hide_issue, async_show_issue
from ..oauth import EntryToken
from ..translate import PASSING_ERRORS
from .callback import Callback
from .charge_limit import ChargeLimit
from .commands import Commands
from .outcomes import Outcomes
from .push import Push
from .receiver import Receiver
from .storage import CarStorage, StoredCar
from .wake_ups import WakeUps

_LOGGER = logging.getLogger(__name__)

DAY: Final = timedelta(days=1)
"""How often the list of cars is read."""
CERTIFICATE_NOTICE: Final = timedelta(days=30)
"""How long before a client certificate expires the user is warned."""

type StellantisConfigEntry = ConfigEntry[Account]
type CarListener = Callable[[VehicleCoordinator], None]


class Account:
    """One account of the vendor. `cars`, `wake_ups` and `charge_limits` go by VIN."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: StellantisConfigEntry,
        client: StellantisClient,
        token: EntryToken,
        certificate_expires: datetime,
    ) -> None:
        """Start without cars; `async_start` reads them."""
        self._hass = hass
        self._entry = entry
        self.client = client
        self.token = token
        self.certificate_expires = certificate_expires
        self.options: Mapping[str, int] = {**DEFAULT_OPTIONS, **entry.options}
        self.cars: dict[str, VehicleCoordinator] = {}
        self.wake_ups: dict[str, WakeUps] = {}
        self.charge_limits: dict[str, ChargeLimit] = {}
        self._listed = False
        self._car_listeners: list[CarListener] = []
        self._storage = CarStorage(hass, entry, self._to_store)
        self.outcomes = Outcomes(hass, entry)
        self.push = Push(hass, entry, client, self.cars, self.options, charge_limit=self._level_to_monitor)
        self.callback = Callback(
            hass,
            entry,
            client,
            keep_monitors=self.push.async_reconcile,
            stop_monitors=self.push.stop,
            catch_up=self._async_catch_up,
        )
        self.commands = Commands(
            hass,
            entry,
            client,
            self.cars,
            outcomes=self.outcomes,
            wake_ups=self.wake_ups,
            wake_up_limit=self.options[CONF_WAKE_UP_LIMIT],
            callback_id=self.callback.async_id,
            repair_callback=self.callback.async_repair,
            on_sent=self._allow_charge,
            on_wake_ups_refused=self._async_check_wake_ups,
        )
        self.receiver = Receiver(hass, entry, on_remote=self.commands.handle, on_report=self.push.handle)

    async def async_start(self) -> None:
        """Listen for messages, then read the cars. Raises a StellantisError if they cannot be listed."""
        await self._storage.async_load()
        # Listen first: messages that arrive while the cars are read must not be lost.
        self.receiver.async_listen()
        self._entry.async_on_unload(self.commands.close)
        self._entry.async_on_unload(self._async_hide_issues)
        try:
            await self.async_read_cars()
        except PASSING_ERRORS as err:
            if not self._storage.vehicles:
                raise
            _LOGGER.info("The list of cars could not be read, those of the last time are taken: %r", err)
            # Do not read them now: the start would wait for each request to fail. `catch_up` reads them later.
            self._announce([self._add(vehicle) for vehicle in self._storage.vehicles])
        self._async_check_certificate()
        self._async_check_wake_ups()
        self._entry.async_on_unload(
            async_track_time_interval(self._hass, self._async_daily_round, DAY, cancel_on_shutdown=True)
        )
        self._entry.async_on_unload(
            async_track_time_change(self._hass, self._async_begin_day, hour=0, minute=0, second=0)
        )
        self.callback.async_keep()

    async def async_stop(self) -> None:
        """Finish a refresh of the token that is under way, and save what is known of the cars."""
        await self.token.async_settle()
        await self._storage.async_close()

    def on_car(self, listener: CarListener) -> None:
        """Call `listener` with each car, now and when another one appears."""
        self._car_listeners.append(listener)
        for car in self.cars.values():
            listener(car)

    # The cars of the account

    async def async_read_cars(self) -> None:
        """Read the list of cars: add new ones, remove those that are gone."""
        vehicles = {vehicle.vin: vehicle for vehicle in await self.client.vehicles()}
        self._listed = True
        for vin, car in self.cars.items():
            car.vehicle = vehicles.get(vin, car.vehicle)
            car.async_update_listeners()
        new = [self._add(vehicle) for vin, vehicle in vehicles.items() if vin not in self.cars]
        for car in new:  # one after the other: the vendor counts requests per second
            await car.async_refresh()
            self._entry.async_create_background_task(self._hass, car.async_read_details(), "read details of a car")
        self._announce(new)
        if vehicles:  # the API is known to forget all cars for a while
            await self._async_remove_other_cars(vehicles)

    def _add(self, vehicle: Vehicle) -> VehicleCoordinator:
        vin, stored = vehicle.vin, self._storage.get(vehicle.vin)
        # Never restore the lights as on: they switch off by themselves.
        status = replace(Status.restore(as_object(stored.get("status"))), lights=None)
        car = VehicleCoordinator(self._hass, self._entry, self.client, vehicle, status=status, options=self.options)
        self.wake_ups[vin] = WakeUps(stored.get("wake_ups"))
        self.charge_limits[vin] = ChargeLimit(stored.get("charge_limit"))
        self._entry.async_on_unload(car.async_add_listener(lambda: self._async_check_charge(car)))
        self._entry.async_on_unload(car.async_add_listener(self._storage.async_schedule_save))
        self.cars[vin] = car
        self.outcomes.forget(vin)  # of an earlier time in the account
        self.commands.restore(vin, stored.get("remotes"))
        return car

    def _announce(self, cars: Iterable[VehicleCoordinator]) -> None:
        for car in cars:
            _LOGGER.info("%s has been added", car.vehicle.name)
            for listener in self._car_listeners:
                listener(car)

    async def _async_remove_other_cars(self, vehicles: Mapping[str, Any]) -> None:
        for vin in self.cars.keys() - vehicles.keys():
            car = self.cars.pop(vin)
            self._storage.put(vin, self._car_to_store(car))
            await car.async_shutdown()
            self._storage.async_schedule_save()
            _LOGGER.info("%s is no longer in the account and has been removed", car.vehicle.name)
        self._async_check_wake_ups()
        registry = dr.async_get(self._hass)
        for device in dr.async_entries_for_config_entry(registry, self._entry.entry_id):
            if not any(domain == DOMAIN and vin in vehicles for domain, vin in device.identifiers):
                registry.async_remove_device(device.id)

    def _to_store(self) -> dict[str, StoredCar]:
        return {vin: self._car_to_store(car) for vin, car in self.cars.items()}

    def _car_to_store(self, car: VehicleCoordinator) -> StoredCar:
        vin = car.vehicle.vin
        return {
            "vehicle": car.vehicle.as_dict(),
            "status": car.data.as_dict(),
            "wake_ups": self.wake_ups[vin].as_dict(),
            "charge_limit": self.charge_limits[vin].as_dict(),
            "remotes": self.commands.as_dict(vin),
        }

    # Daily tasks, and reading again after messages may have been lost

    @callback
    def _async_daily_round(self, _now: datetime) -> None:
        self._async_check_certificate()
        self._entry.async_create_background_task(self._hass, self._async_read_daily(), "look at the account")

    async def _async_read_daily(self) -> None:
        await self._async_read_cars_again()
        for car in list(self.cars.values()):
            await (car.async_read_maintenance() if car.pushed and car.details_read else car.async_read_details())
        self.callback.async_schedule_reconcile()

    async def _async_read_cars_again(self) -> bool:
        """Return whether the list of cars could be read."""
        try:
            await self.async_read_cars()
        except StellantisError as err:
            _LOGGER.info("The list of cars could not be read, tomorrow it is read again: %r", err)
        else:
            return True
        return False

    async def _async_catch_up(self, missed: bool) -> None:
        """Read every car once if reports may have been lost, or if the list of cars has not been read."""
        if not missed and self._listed:
            return
        if not self._listed and await self._async_read_cars_again():
            self.callback.async_schedule_reconcile()  # new cars have no monitors yet
        for car in list(self.cars.values()):
            await car.async_refresh()
            await car.async_read_details()

    @callback
    def _async_begin_day(self, _now: datetime) -> None:
        self._async_check_wake_ups()
        for car in self.cars.values():
            car.async_update_listeners()

    # The charge limit

    @callback
    def async_set_charge_limit(self, car: VehicleCoordinator, percent: int) -> None:
        """Stop charges of this car at another level."""
        limit = self.charge_limits[car.vehicle.vin]
        if percent == limit.percent:
            return
        limit.set(percent)
        car.async_update_listeners()
        self.callback.async_schedule_reconcile()  # the monitor follows
        charging = car.data.charging
        if self._level_to_monitor(car) is not None and charging and charging.in_progress:
            # The level may already be above the new limit. A monitor fires only when the level crosses it.
            self._entry.async_create_background_task(self._hass, car.async_request_refresh(), "read a car that charges")

    def _level_to_monitor(self, car: VehicleCoordinator) -> int | None:
        """Return the battery level to monitor; None if no limit is set or the car cannot be told to stop charging."""
        can_stop = Capability.CHARGING in car.vehicle.capabilities
        return self.charge_limits[car.vehicle.vin].level_to_monitor if can_stop else None

    def _allow_charge(self, car: VehicleCoordinator, remote: Remote) -> None:
        if remote == SwitchCharging(on=True):
            self.charge_limits[car.vehicle.vin].allow(car.data)

    @callback
    def _async_check_charge(self, car: VehicleCoordinator) -> None:
        """Stop a charge that has reached the limit."""
        vin = car.vehicle.vin
        if self.cars.get(vin) is not car or self._level_to_monitor(car) is None:
            return
        start_pending = car.first_pending(SwitchCharging) == SwitchCharging(on=True)
        if self.charge_limits[vin].check(car.data, start_pending=start_pending):
            self._entry.async_create_background_task(
                self._hass, self._async_stop_charge(car), "stop a charge at its limit"
            )

    async def _async_stop_charge(self, car: VehicleCoordinator) -> None:
        limit = self.charge_limits[car.vehicle.vin]
        percent, stopped = limit.percent, False
        try:
            await self.commands.async_send(car, SwitchCharging(on=False))
            stopped = True
        except HomeAssistantError as err:
            _LOGGER.warning("%s: charging could not be stopped at %d %%: %s", car.name, percent, err)
        else:
            _LOGGER.info("%s: charging has been stopped at %d %%", car.name, percent)
        finally:
            limit.note_attempt(stopped=stopped)

    # Repairs

    @callback
    def _async_check_wake_ups(self) -> None:
        """Show a repair while the vendor refuses to wake a car: until the end of the month."""
        refused = sorted(car.vehicle.name for vin, car in self.cars.items() if self.wake_ups[vin].refused)
        if refused:
            async_show_issue(self._hass, self._entry, Issue.TOO_MANY_WAKE_UPS, cars=", ".join(refused))
        else:
            async_hide_issue(self._hass, self._entry, Issue.TOO_MANY_WAKE_UPS)

    @callback
    def _async_check_certificate(self) -> None:
        if self.certificate_expires - dt_util.utcnow() < CERTIFICATE_NOTICE:
            day = dt_util.as_local(self.certificate_expires).date().isoformat()
            async_show_issue(self._hass, self._entry, Issue.CERTIFICATE_EXPIRES, date=day)
        else:
            async_hide_issue(self._hass, self._entry, Issue.CERTIFICATE_EXPIRES)

    @callback
    def _async_hide_issues(self) -> None:
        for issue in Issue:
            async_hide_issue(self._hass, self._entry, issue)
