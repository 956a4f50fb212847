"""The list of cars: followed, but not believed at once, for the vendor is known to forget cars for a while."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later

from ..api.client import StellantisClient
from ..api.errors import BadRequestError, ForbiddenError, NoDataError, StellantisError
from ..api.vehicle import Vehicle
from ..backoff import retry_delay
from ..const import DOMAIN
from ..coordinator import VehicleCoordinator
from ..issues import Issue, async_hide_issue, async_show_issue
from ..translate import PASSING_ERRORS
from .absences import Absences
from .claims import Claims
from .storage import CarStorage

_LOGGER = logging.getLogger(__name__)

RETRY_FIRST: Final = 300.0
RETRY_LONGEST: Final = 21600.0
"""Seconds until the list is read again if it could not be read or lacks a car: doubled each time, up to six hours."""
RELEASE_GRACE: Final = 60.0
"""Seconds until a car is taken that another account has left: that account may only be starting again."""

type CarListener = Callable[[VehicleCoordinator], None]


class CarList:
    """Which cars an account has.

    `cars` are the account's, by VIN: `add` makes one and puts it there, `remove` takes it away. `on_read` is called
    with whether cars have come or gone when a list has been taken in. `reconcile` has the monitors looked at: those of
    a car, or of all cars for None.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        storage: CarStorage,
        cars: Mapping[str, VehicleCoordinator],
        *,
        add: Callable[[Vehicle], VehicleCoordinator],
        remove: Callable[[VehicleCoordinator], Awaitable[None]],
        on_read: Callable[[bool], None],
        reconcile: Callable[[str | None], None],
    ) -> None:
        """Start without cars; `async_start` reads the list."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._storage = storage
        self._cars = cars
        self._add_car = add
        self._remove_car = remove
        self._on_read = on_read
        self._reconcile = reconcile
        self._starting = True
        self._reading = asyncio.Lock()
        self._listed: set[str] | None = None  # VINs; None until the list has been read
        self._incomplete = 0
        self._cancel_next: CALLBACK_TYPE | None = None
        self._absences = Absences()
        self._absences_of_all = Absences()
        self._claims = Claims(hass, entry)
        self._elsewhere: dict[str, tuple[Vehicle, str]] = {}  # cars that another account has, with its title
        self._listeners: list[CarListener] = []
        self._unannounced: set[str] = set()  # VINs of cars that are being read for the first time

    @property
    def was_read(self) -> bool:
        """Whether the list has been read since the start."""
        return self._listed is not None

    def absence(self, vin: str) -> dict[str, Any] | None:
        """Return since when a car has been missing, to be stored; None if it is not."""
        return self._absences.as_dict(vin)

    async def async_on_car(self, listener: CarListener) -> None:
        """Call `listener` with each car, now and when another one appears; other tasks have their turn in between."""
        self._listeners.append(listener)
        for car in [car for vin, car in self._cars.items() if vin not in self._unannounced]:
            await asyncio.sleep(0)
            listener(car)

    async def async_start(self) -> None:
        """Read the list, or take the cars of the last time. Raises a StellantisError if neither can be done."""
        self._entry.async_on_unload(self._async_cancel_next)
        self._entry.async_on_unload(self._claims.async_release_all)
        self._claims.async_on_release(self._async_read_if_some_are_elsewhere)
        for vin in self._storage.vins:
            self._absences.restore(vin, self._storage.get(vin).get("absence"))
        try:
            await self.async_read()
        except (*PASSING_ERRORS, BadRequestError, ForbiddenError, NoDataError) as err:
            if not self._storage.vehicles:
                raise
            _LOGGER.info("The list of cars could not be read, those of the last time are taken: %r", err)
            # Do not read them now: the start would wait for each request to fail. The account reads them later.
            await self._async_announce(await self._async_add_all(self._vehicles_of_last_time()))
            self._async_check_elsewhere()
            self._async_read_later(err)
        self._starting = False
        self._async_read_if_some_are_elsewhere()

    async def async_read(self) -> bool:
        """Read the list: add new cars, remove those that are gone; returns whether any of them has changed.

        A car that the list lacks stays for about a day. If it lacks all of them, they stay for good, but those that
        another account has as well. Raises a StellantisError.
        """
        async with self._reading:
            before = list(self._cars)
            known = {vehicle.vin: vehicle for vehicle in self._vehicles_of_last_time()} if self._starting else {}
            known |= {vin: car.vehicle for vin, car in self._cars.items()}
            remembered = {vehicle.vin: vehicle for vehicle in self._storage.vehicles_that_left} | known
            listed = {vehicle.vin: vehicle for vehicle in await self._client.vehicles(list(remembered.values()))}
            self._listed = set(listed)
            gone = self._note(known, listed)
            await self._async_remove(gone)
            changed = self._update(listed)
            new = await self._async_add_all(
                vehicle for vin, vehicle in (known | listed).items() if vin not in gone and vin not in self._cars
            )
            for car in new:  # one after the other: the vendor counts requests per second
                await car.async_start()
            await self._async_announce(new)
            if listed or gone:
                self._async_remove_other_devices()
            self._async_check_elsewhere()
            if listed and not self._absences:
                self._incomplete = 0
                self._async_cancel_next()
            else:
                self._async_read_later()
            self._on_read(bool(new or gone))
            return changed or list(self._cars) != before

    async def async_read_again(self) -> bool:
        """Read the list, later if that fails; returns whether any of the cars has changed."""
        try:
            return await self.async_read()
        except StellantisError as err:
            _LOGGER.debug("The list of cars could not be read: %r", err)
            self._async_read_later(err)
        return False

    async def async_follow_up(self) -> None:
        """Read the list, and let the monitors follow."""
        if await self.async_read_again():
            self._reconcile(None)

    async def async_let_go(self, vin: str) -> bool:
        """Remove a car if the latest list lacks it; returns whether the account is without it."""
        async with self._reading:  # a list that is being read would bring the car back
            if vin in self._cars and self._listed is not None and vin not in self._listed:
                await self._async_remove([vin])
                self._reconcile(vin)
                self._on_read(True)
            return vin not in self._cars

    def _vehicles_of_last_time(self) -> list[Vehicle]:
        return [vehicle.limit(self._client.scopes) for vehicle in self._storage.vehicles]

    def _note(self, known: Collection[str], listed: Collection[str]) -> set[str]:
        """Take in which cars a list names; returns which of those that were known are gone."""
        if not listed:
            gone = self._absences_of_all.note(known, listed)
            return {vin for vin in gone if self._claims.is_wanted(vin)}
        self._absences_of_all = Absences()
        for vin in self._elsewhere.keys() - set(listed):
            del self._elsewhere[vin]
            self._claims.async_give_up(vin)
        return self._absences.note(known, listed)

    def _update(self, listed: Mapping[str, Vehicle]) -> bool:
        """Take in what a list says of the cars that are there; returns whether that is news."""
        registry = dr.async_get(self._hass)
        changed = False
        for vin, car in self._cars.items():
            vehicle, missing = listed.get(vin, car.vehicle), vin in self._absences
            changed = changed or vehicle != car.vehicle or car.missing is not missing
            if device := registry.async_get_device_by_identifier((DOMAIN, vin), self._entry.entry_id):
                registry.async_update_device(
                    device.id, name=vehicle.name, manufacturer=vehicle.brand, model=vehicle.label
                )
            car.missing = missing
            car.async_set_vehicle(vehicle)
        return changed

    async def _async_add_all(self, vehicles: Iterable[Vehicle]) -> list[VehicleCoordinator]:
        """Add cars, but those that another account has; other tasks have their turn in between."""
        cars = []
        for vehicle in vehicles:
            vin = vehicle.vin
            earlier = self._elsewhere.pop(vin, None)
            if other := self._claims.async_take(vin, starting=self._starting):
                self._elsewhere[vin] = (vehicle, other.title)
                if earlier is None:
                    _LOGGER.info("%s is in another account, which keeps it", vehicle.name)
            else:
                car = self._add_car(vehicle)
                car.missing = vin in self._absences
                self._unannounced.add(vin)
                cars.append(car)
                await asyncio.sleep(0)
        return cars

    async def _async_announce(self, cars: Iterable[VehicleCoordinator]) -> None:
        for car in cars:
            _LOGGER.info("%s has been added", car.vehicle.name)
            self._unannounced.discard(car.vehicle.vin)
            for listener in self._listeners:
                listener(car)
            await asyncio.sleep(0)

    async def _async_remove(self, vins: Iterable[str]) -> None:
        for vin in vins:
            self._claims.async_release(vin)
            if car := self._cars.get(vin):
                await self._remove_car(car)
                _LOGGER.info("%s is no longer in the account and has been removed", car.vehicle.name)

    def _async_remove_other_devices(self) -> None:
        registry = dr.async_get(self._hass)
        kept = {(DOMAIN, each) for each in (*self._cars, self._entry.entry_id)}  # the account has a device too
        for device in dr.async_entries_for_config_entry(registry, self._entry.entry_id):
            if not kept & device.identifiers:
                registry.async_remove_device(device.id)

    # When the list is read again

    @callback
    def _async_read_later(self, err: StellantisError | None = None) -> None:
        """Read the list again after a growing delay: it could not be read, or lacks a car."""
        self._incomplete += 1
        delay = retry_delay(err, self._incomplete, first=RETRY_FIRST, longest=RETRY_LONGEST)
        if self._incomplete == 1:
            reason = repr(err) if err else "a car is missing"
            _LOGGER.info("The list of cars is read again in %.0f s: %s", delay, reason)
        self._async_read_in(delay)

    @callback
    def _async_read_if_some_are_elsewhere(self) -> None:
        if self._elsewhere:
            self._async_read_in(RELEASE_GRACE)

    @callback
    def _async_read_in(self, delay: float) -> None:
        self._async_cancel_next()
        self._cancel_next = async_call_later(self._hass, delay, self._async_read_now)

    @callback
    def _async_read_now(self, _now: datetime) -> None:
        self._cancel_next = None
        self._entry.async_create_background_task(self._hass, self.async_follow_up(), "read the list of cars again")

    @callback
    def _async_cancel_next(self) -> None:
        if self._cancel_next:
            self._cancel_next()
            self._cancel_next = None

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
