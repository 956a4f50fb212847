"""One account of the vendor: its cars come and go, and its parts are wired together here."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later, async_track_time_change, async_track_time_interval
from homeassistant.util import dt as dt_util

from ..api.client import StellantisClient
from ..api.errors import BadRequestError, ForbiddenError, NoDataError, StellantisError
from ..api.lenient import as_object
from ..api.remotes import Remote, SwitchCharging
from ..api.status import Status
from ..api.vehicle import Capability, Vehicle
from ..backoff import retry_delay
from ..const import CONF_WAKE_UP_LIMIT, DEFAULT_OPTIONS, DOMAIN
from ..coordinator import VehicleCoordinator
from ..issues import Issue, async_hide_issue, async_show_issue
from ..oauth import EntryToken
from ..translate import PASSING_ERRORS
from .absences import Absences
from .callback import Callback
from .charge_limit import ChargeLimit
from .claims import Claims
from .commands import Commands
from .outcomes import Outcomes
from .push import Push
from .receiver import Receiver
from .storage import CarStorage, StoredCar
from .wake_ups import WakeUps

_LOGGER = logging.getLogger(__name__)

DAY: Final = timedelta(days=1)
"""How often the list of cars is read."""
LIST_RETRY_FIRST: Final = 300.0
LIST_RETRY_LONGEST: Final = 21600.0
"""Seconds until the list is read again if it could not be read or lacks a car: doubled each time, up to six hours."""
RELEASE_GRACE: Final = 60.0
"""Seconds until a car is taken that another account has left: that account may only be starting again."""
CERTIFICATE_NOTICE: Final = timedelta(days=30)
"""How long before a client certificate expires the user is warned."""

UNCERTAIN: Final = frozenset({"command_interrupted", "command_timeout", "command_unanswered"})
"""The errors of a remote that do not say whether the car carries it out."""

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
        self._stops: dict[str, asyncio.Task[None]] = {}
        self._listed: set[str] | None = None  # VINs; None until the list has been read
        self._starting = True
        self._listing = asyncio.Lock()
        self._incomplete_lists = 0
        self._cancel_next_list: CALLBACK_TYPE | None = None
        self._absences = Absences()
        self._absences_of_all = Absences()
        self._claims = Claims(hass, entry)
        self._elsewhere: dict[str, tuple[Vehicle, str]] = {}  # cars that another account has, with its title
        self._car_listeners: list[CarListener] = []
        self._unannounced: set[str] = set()  # VINs of cars that are being read for the first time
        self._storage = CarStorage(hass, entry, self._to_store)
        self.outcomes = Outcomes(hass, entry)
        self.push = Push(
            hass,
            entry,
            client,
            self.cars,
            self.options,
            charge_limit=self._level_to_monitor,
            reconcile=self._schedule_reconcile,
            catch_up=self._catch_up_car,
        )
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
            on_sent=self._note_sent,
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
        self._entry.async_on_unload(self._async_cancel_next_list)
        self._entry.async_on_unload(self._claims.async_release_all)
        self._claims.async_on_release(self._async_read_cars_if_some_are_elsewhere)
        for vin in self._storage.vins:
            self._absences.restore(vin, self._storage.get(vin).get("absence"))
        try:
            await self.async_read_cars()
        except (*PASSING_ERRORS, BadRequestError, ForbiddenError, NoDataError) as err:
            if not self._storage.vehicles:
                raise
            _LOGGER.info("The list of cars could not be read, those of the last time are taken: %r", err)
            # Do not read them now: the start would wait for each request to fail. `catch_up` reads them later.
            self._announce(self._add_all(self._vehicles_of_last_time()))
            self._async_check_elsewhere()
            self._async_read_cars_later(err)
        self._starting = False
        self._async_read_cars_if_some_are_elsewhere()
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
        self.commands.close()  # before the last save: what it changes is saved too
        await self.token.async_settle()
        await self._storage.async_close()

    def on_car(self, listener: CarListener) -> None:
        """Call `listener` with each car, now and when another one appears."""
        self._car_listeners.append(listener)
        for vin, car in self.cars.items():
            if vin not in self._unannounced:
                listener(car)

    # The cars of the account

    async def async_read_cars(self) -> bool:
        """Read the list of cars: add new ones, remove those that are gone; returns whether any of them has changed.

        A car that the list lacks stays for about a day. If it lacks all of them, they stay for good, but those that
        another account has as well.
        """
        async with self._listing:
            before = list(self.cars)
            known = {vehicle.vin: vehicle for vehicle in self._vehicles_of_last_time()} if self._starting else {}
            known |= {vin: car.vehicle for vin, car in self.cars.items()}
            remembered = {vehicle.vin: vehicle for vehicle in self._storage.vehicles_that_left} | known
            listed = {vehicle.vin: vehicle for vehicle in await self.client.vehicles(list(remembered.values()))}
            self._listed = set(listed)
            gone = self._note_list(known, listed)
            await self._async_remove_cars(gone)
            changed = self._update_cars(listed)
            new = self._add_all(
                vehicle for vin, vehicle in (known | listed).items() if vin not in gone and vin not in self.cars
            )
            for car in new:  # one after the other: the vendor counts requests per second
                await car.async_refresh()
                self._entry.async_create_background_task(self._hass, car.async_read_details(), "read details of a car")
            self._announce(new)
            if listed or gone:
                self._async_remove_other_devices()
            self._async_check_wake_ups()
            self._async_check_elsewhere()
            if listed and not self._absences:
                self._incomplete_lists = 0
                self._async_cancel_next_list()
            else:
                self._async_read_cars_later()
            if new or gone:
                self._async_save()
            return changed or list(self.cars) != before

    def _vehicles_of_last_time(self) -> list[Vehicle]:
        return [vehicle.limit(self.client.scopes) for vehicle in self._storage.vehicles]

    def _note_list(self, known: Collection[str], listed: Collection[str]) -> set[str]:
        """Take in which cars a list names; returns which of those that were known are gone."""
        if not listed:
            gone = self._absences_of_all.note(known, listed)
            return {vin for vin in gone if self._claims.is_wanted(vin)}
        self._absences_of_all = Absences()
        for vin in self._elsewhere.keys() - set(listed):
            del self._elsewhere[vin]
            self._claims.async_give_up(vin)
        return self._absences.note(known, listed)

    def _update_cars(self, listed: Mapping[str, Vehicle]) -> bool:
        """Take in what a list says of the cars that are there; returns whether that is news."""
        registry = dr.async_get(self._hass)
        changed = False
        for vin, car in self.cars.items():
            vehicle = listed.get(vin, car.vehicle)
            changed = changed or vehicle != car.vehicle or car.missing is not (vin in self._absences)
            if device := registry.async_get_device_by_identifier((DOMAIN, vin), self._entry.entry_id):
                registry.async_update_device(
                    device.id, name=vehicle.name, manufacturer=vehicle.brand, model=vehicle.label
                )
            car.missing = vin in self._absences
            car.async_set_vehicle(vehicle)
        return changed

    def _add_all(self, vehicles: Iterable[Vehicle]) -> list[VehicleCoordinator]:
        """Add cars, but those that another account has."""
        cars = []
        for vehicle in vehicles:
            earlier = self._elsewhere.pop(vehicle.vin, None)
            if other := self._claims.async_take(vehicle.vin, starting=self._starting):
                self._elsewhere[vehicle.vin] = (vehicle, other.title)
                if earlier is None:
                    _LOGGER.info("%s is in another account, which keeps it", vehicle.name)
            else:
                cars.append(self._add(vehicle))
        return cars

    def _add(self, vehicle: Vehicle) -> VehicleCoordinator:
        vin, stored = vehicle.vin, self._storage.get(vehicle.vin)
        # Never restore the lights as on: they switch off by themselves.
        status = replace(Status.restore(as_object(stored.get("status"))), lights=None)
        car = VehicleCoordinator(self._hass, self._entry, self.client, vehicle, status=status, options=self.options)
        self.wake_ups[vin] = WakeUps(stored.get("wake_ups"))
        self.charge_limits[vin] = ChargeLimit(stored.get("charge_limit"))
        self._entry.async_on_unload(car.async_add_listener(lambda: self._async_check_charge(car)))
        self._entry.async_on_unload(car.async_add_listener(self._storage.async_schedule_save))
        car.missing = vin in self._absences
        self.cars[vin] = car
        self._unannounced.add(vin)
        self.outcomes.forget(vin)  # of an earlier time in the account
        self.commands.restore(vin, stored.get("remotes"))
        return car

    def _announce(self, cars: Iterable[VehicleCoordinator]) -> None:
        for car in cars:
            _LOGGER.info("%s has been added", car.vehicle.name)
            self._unannounced.discard(car.vehicle.vin)
            for listener in self._car_listeners:
                listener(car)

    async def _async_remove_cars(self, vins: Iterable[str]) -> None:
        for vin in vins:
            self._claims.async_release(vin)
            if car := self.cars.pop(vin, None):
                self._storage.put(vin, self._car_to_store(car))
                await car.async_shutdown()
                _LOGGER.info("%s is no longer in the account and has been removed", car.vehicle.name)

    def _async_remove_other_devices(self) -> None:
        registry = dr.async_get(self._hass)
        for device in dr.async_entries_for_config_entry(registry, self._entry.entry_id):
            if not any(domain == DOMAIN and vin in self.cars for domain, vin in device.identifiers):
                registry.async_remove_device(device.id)

    async def async_let_go(self, vin: str) -> bool:
        """Remove a car if the latest list lacks it; returns whether the account is without it."""
        async with self._listing:  # a list that is being read would bring the car back
            if vin in self.cars and self._listed is not None and vin not in self._listed:
                await self._async_remove_cars([vin])
                self._async_check_wake_ups()
                self._schedule_reconcile(vin)
                self._async_save()
            return vin not in self.cars

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
            "absence": self._absences.as_dict(vin),
        }

    @callback
    def _async_save(self) -> None:
        """Save now what would be a loss after a crash."""
        self._entry.async_create_background_task(self._hass, self._storage.async_save(), "save the cars")

    def _schedule_reconcile(self, vin: str | None) -> None:
        self.callback.async_schedule_reconcile(vin)

    # Daily tasks, and reading again after messages may have been lost

    @callback
    def _async_daily_round(self, _now: datetime) -> None:
        self._async_check_certificate()
        self._entry.async_create_background_task(self._hass, self._async_read_daily(), "look at the account")

    async def _async_read_daily(self) -> None:
        await self._async_read_cars_again()
        for car in list(self.cars.values()):
            await car.async_read_daily()
        self.callback.async_schedule_reconcile()

    async def _async_read_cars_again(self) -> bool:
        """Read the list of cars; returns whether any of them has changed."""
        try:
            return await self.async_read_cars()
        except StellantisError as err:
            _LOGGER.debug("The list of cars could not be read: %r", err)
            self._async_read_cars_later(err)
        return False

    @callback
    def _async_read_cars_later(self, err: StellantisError | None = None) -> None:
        """Read the list again after a growing delay: it could not be read, or lacks a car."""
        self._incomplete_lists += 1
        delay = retry_delay(err, self._incomplete_lists, first=LIST_RETRY_FIRST, longest=LIST_RETRY_LONGEST)
        if self._incomplete_lists == 1:
            reason = repr(err) if err else "a car is missing"
            _LOGGER.info("The list of cars is read again in %.0f s: %s", delay, reason)
        self._async_read_cars_in(delay)

    @callback
    def _async_read_cars_if_some_are_elsewhere(self) -> None:
        if self._elsewhere:
            self._async_read_cars_in(RELEASE_GRACE)

    @callback
    def _async_read_cars_in(self, delay: float) -> None:
        self._async_cancel_next_list()
        self._cancel_next_list = async_call_later(self._hass, delay, self._async_read_cars_now)

    @callback
    def _async_read_cars_now(self, _now: datetime) -> None:
        self._cancel_next_list = None
        self._entry.async_create_background_task(self._hass, self._async_follow_up(), "read the list of cars again")

    async def _async_follow_up(self) -> None:
        if await self._async_read_cars_again():
            self.callback.async_schedule_reconcile()  # the monitors follow

    @callback
    def _async_cancel_next_list(self) -> None:
        if self._cancel_next_list:
            self._cancel_next_list()
            self._cancel_next_list = None

    async def _async_catch_up(self, missed: bool) -> None:
        """Read every car once if reports may have been lost, or if the list of cars has not been read."""
        if not missed and self._listed is not None:
            return
        if self._listed is None:
            await self._async_follow_up()
        for car in list(self.cars.values()):
            await self._async_catch_up_car(car)

    async def _async_catch_up_car(self, car: VehicleCoordinator) -> None:
        await car.async_refresh()
        await car.async_read_details()

    def _catch_up_car(self, car: VehicleCoordinator) -> None:
        self._entry.async_create_background_task(
            self._hass, self._async_catch_up_car(car), "read a car that was not pushed"
        )

    @callback
    def _async_begin_day(self, _now: datetime) -> None:
        self._async_check_wake_ups()
        for car in self.cars.values():
            car.async_update_listeners()

    # The charge limit

    async def async_set_charge_limit(self, car: VehicleCoordinator, percent: int) -> None:
        """Stop charges of this car at another level. It is on disk when this returns: it must outlive a crash."""
        limit = self.charge_limits[car.vehicle.vin]
        if percent == limit.percent:
            return
        limit.set(percent)
        if not limit.reached(car.data):
            self._withdraw_stop(car)
        car.async_update_listeners()
        self.callback.async_schedule_settled(car.vehicle.vin)  # its monitor follows
        charging = car.data.charging
        if self._level_to_monitor(car) is not None and charging and charging.in_progress:
            # The level may already be above the new limit. A monitor fires only when the level crosses it.
            self._entry.async_create_background_task(self._hass, car.async_request_refresh(), "read a car that charges")
        await self._storage.async_save()

    def _level_to_monitor(self, car: VehicleCoordinator) -> int | None:
        """Return the battery level to monitor; None if no limit is set or the car cannot be told to stop charging."""
        can_stop = Capability.CHARGING in car.vehicle.capabilities
        return self.charge_limits[car.vehicle.vin].level_to_monitor if can_stop else None

    def _note_sent(self, car: VehicleCoordinator, remote: Remote) -> None:
        if remote == SwitchCharging(on=True):
            self.charge_limits[car.vehicle.vin].allow(car.data)
        self._async_save()  # with it, what a remote has asked for is known when its end arrives after a crash

    @callback
    def _async_check_charge(self, car: VehicleCoordinator) -> None:
        """Stop a charge that has reached the limit."""
        vin = car.vehicle.vin
        if self.cars.get(vin) is not car or self._level_to_monitor(car) is None:
            return
        start_pending = car.first_pending(SwitchCharging) == SwitchCharging(on=True)
        if self.charge_limits[vin].check(car.data, start_pending=start_pending):
            self._stops[vin] = self._entry.async_create_background_task(
                self._hass, self._async_stop_charge(car), "stop a charge at its limit"
            )

    def _withdraw_stop(self, car: VehicleCoordinator) -> None:
        """Do not send a stop that still waits for the car's turn."""
        stop = self._stops.get(car.vehicle.vin)
        first = car.first_pending(Remote)  # type: ignore[type-abstract]  # it is only compared
        if stop and first != SwitchCharging(on=False):
            stop.cancel()

    async def _async_stop_charge(self, car: VehicleCoordinator) -> None:
        limit = self.charge_limits[car.vehicle.vin]
        percent, stopped, certain = limit.percent, False, False
        try:
            await self.commands.async_send(car, SwitchCharging(on=False))
            stopped = True
        except HomeAssistantError as err:
            certain = err.translation_key not in UNCERTAIN
            _LOGGER.warning("%s: charging could not be stopped at %d %%: %s", car.name, percent, err)
        else:
            _LOGGER.info("%s: charging has been stopped at %d %%", car.name, percent)
        finally:
            limit.note_attempt(car.data, stopped=stopped, certain=certain)
        self._async_check_charge(car)  # the limit may have changed meanwhile

    # Repairs

    @callback
    def _async_check_elsewhere(self) -> None:
        """Show a repair while another account has a car of this one."""
        if self._elsewhere:
            cars = sorted(vehicle.name for vehicle, _ in self._elsewhere.values())
            others = sorted({title for _, title in self._elsewhere.values()})
            names = {"cars": ", ".join(cars), "others": ", ".join(others)}
            async_show_issue(self._hass, self._entry, Issue.CAR_IN_TWO_ACCOUNTS, **names)
        else:
            async_hide_issue(self._hass, self._entry, Issue.CAR_IN_TWO_ACCOUNTS)

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
