"""One account of the vendor: its parts are wired together here."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_change, async_track_time_interval
from homeassistant.util import dt as dt_util

from ..api.certificates import Credentials
from ..api.client import StellantisClient
from ..api.collisions import CollisionRecord
from ..api.errors import CertificateError
from ..api.lenient import as_object
from ..api.messages import MonitorMessage, RemoteMessage
from ..api.remotes import Remote, SwitchCharging
from ..api.status import ALL_BLOCKS, Status
from ..api.trips import TripRecord
from ..api.vehicle import Capability, Vehicle
from ..const import (
    CONF_CALLBACK_SECRET,
    CONF_DELIVERY,
    CONF_KEEP_POSITIONS,
    CONF_WAKE_UP_LIMIT,
    default_options,
)
from ..coordinator import PollInterval, VehicleCoordinator
from ..history.charge_tracker import ChargeTracker
from ..history.charges import CHARGE_BLOCKS
from ..history.collisions import Collisions
from ..history.statistics import TripStatistics
from ..history.storage import HistoryStorage
from ..history.trips import Trips
from ..issues import Issue, async_delete_former_issues, async_hide_issue, async_show_issue
from ..oauth import EntryToken
from ..translate import PASSING_ERRORS
from .callback import Callback
from .car_list import CarList
from .charge_limit import ChargeLimit
from .commands import Commands
from .delivery import create_delivery
from .delivery_health import DeliveryHealth
from .outcomes import Outcomes
from .program_notes import ProgramNotes
from .push import Push
from .receiver import Receiver
from .storage import SAVE_DELAY, SAVE_DELAY_MOVING, CarStorage, StoredCar
from .vendor_health import VendorHealth
from .wake_ups import WakeUps

_LOGGER = logging.getLogger(__name__)

DAY: Final = timedelta(days=1)
"""How often the list of cars is read."""
LONGEST_PAUSE: Final = 0.5
"""Seconds for which entities are not told again at most."""
CERTIFICATE_NOTICE: Final = timedelta(days=30)
"""How long before a client certificate expires the user is warned."""

UNCERTAIN: Final = frozenset({"command_interrupted", "command_timeout", "command_unanswered"})
"""The errors of a remote that do not say whether the car carries it out."""
NOT_SENT: Final = "command_not_sent"
UNLOADED: Final = frozenset({"command_interrupted", NOT_SENT})
"""The errors of a remote that an unload ends: whatever goes on after it checks the charge again."""

type StellantisConfigEntry = ConfigEntry[Account]


class Account:
    """One account of the vendor.

    `cars`, `wake_ups`, `charge_limits`, `charges`, `collisions`, `trips` and `program_notes` go by VIN.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: StellantisConfigEntry,
        client: StellantisClient,
        token: EntryToken,
        credentials: Credentials,
        load_credentials: Callable[[], Awaitable[Credentials]],
    ) -> None:
        """Start without cars; `async_start` reads them."""
        self._hass = hass
        self._entry = entry
        self.client = client
        self.token = token
        self._credentials = credentials
        self._load_credentials = load_credentials
        self._certificate_problem = ""
        self.options: Mapping[str, int] = {**default_options(entry.data[CONF_DELIVERY]), **entry.options}
        self.cars: dict[str, VehicleCoordinator] = {}
        self.wake_ups: dict[str, WakeUps] = {}
        self.charge_limits: dict[str, ChargeLimit] = {}
        self.charges: dict[str, ChargeTracker] = {}
        self.collisions: dict[str, Collisions] = {}
        self.trips: dict[str, Trips] = {}
        self.program_notes: dict[str, ProgramNotes] = {}
        self._stops: dict[str, asyncio.Task[None]] = {}
        self._telling: asyncio.Task[None] | None = None
        self._unread = False
        self._storage = CarStorage(hass, entry, self._to_store)
        self.history = HistoryStorage(hass, entry)
        self.car_list = CarList(
            hass,
            entry,
            client,
            self._storage,
            self.cars,
            add=self._add,
            remove=self._async_remove,
            on_read=self._note_list,
            reconcile=self._schedule_reconcile,
        )
        self.outcomes = Outcomes(hass, entry, on_late=self._async_save)
        self.vendor_health = VendorHealth(hass, entry, client, on_answer_again=self._read_unavailable)
        self.receiver = Receiver(
            entry.data[CONF_CALLBACK_SECRET],
            on_taken_in=self._note_messages,
            on_remote=self._take_in_remote,
            on_report=self._take_in_report,
            on_bell=self._take_in_bell,
        )
        self.delivery = create_delivery(hass, entry, self.receiver)
        self.delivery_health = DeliveryHealth(
            hass,
            entry,
            self.delivery,
            self.receiver,
            watched=self._watched,
            set_hearing=self._set_hearing,
            look_again=lambda: self._schedule_reconcile(None),
            catch_up=self._catch_up,
        )
        self.push = Push(
            hass,
            entry,
            client,
            self.cars,
            self.options,
            self.delivery,
            charge_limit=self._level_to_monitor,
            reconcile=self._schedule_reconcile,
            catch_up=self._catch_up_car,
            on_gap=self.delivery_health.async_note_gap_of,
        )
        self.callback = Callback(
            hass,
            entry,
            client,
            self.delivery,
            is_needed=self._is_needed,
            keep_monitors=self.push.async_reconcile,
            stop_monitors=self.push.stop,
            catch_up=self._async_catch_up,
            on_gap=self.delivery_health.async_note_gap,
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
            is_told=lambda: self.delivery_health.arriving,
            save=self._storage.async_save,
            on_sent=self._note_sent,
            on_untold=self.delivery_health.async_note_untold_end,
        )

    async def async_start(self) -> None:
        """Listen for messages, then read the cars. Raises a StellantisError if they cannot be listed."""
        self._entry.async_on_unload(self.vendor_health.close)
        await self._storage.async_load()
        await self.history.async_load(self._storage.vins)
        # Listen first: messages that arrive while the cars are read must not be lost.
        await self.delivery.async_start(self.delivery_health.async_note_listening)
        self.delivery_health.async_start()
        self._entry.async_on_unload(self.commands.close)
        self._entry.async_on_unload(self._async_hide_issues)
        async_delete_former_issues(self._hass, self._entry)
        await self.car_list.async_start()
        self._unread = not self.car_list.was_read
        self._async_check_certificate()
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
        self.delivery_health.close()
        await self.delivery.async_stop()
        await self.token.async_settle()
        await self._storage.async_close()
        await self.history.async_close()

    # The cars of the account

    def _add(self, vehicle: Vehicle) -> VehicleCoordinator:
        vin, stored = vehicle.vin, self._storage.get(vehicle.vin)
        # Never restore the lights as on: they switch off by themselves.
        status = replace(Status.restore(as_object(stored.get("status"))), lights=None)
        car = VehicleCoordinator(
            self._hass,
            self._entry,
            self.client,
            vehicle,
            status=status,
            details=self._restore_details(vin, stored),
            options=self.options,
            on_poll=self.delivery_health.async_compare,
            on_trips=self._take_in_trips,
            on_collisions=self._take_in_collisions,
        )
        self.trips[vin] = trips = Trips(
            self._hass,
            self._entry,
            self.history.get(vin),
            TripStatistics(self._hass, self._entry, vin, vehicle.name),
            capacity=lambda: self.charges[vin].capacity,
            keep_positions=bool(self.options[CONF_KEEP_POSITIONS]),
        )
        self.wake_ups[vin] = WakeUps(stored.get("wake_ups"))
        self.charge_limits[vin] = ChargeLimit(stored.get("charge_limit"))
        self.charges[vin] = charges = ChargeTracker(
            self._hass, self._entry, self.history.get(vin), self.options, on_change=car.async_update_listeners
        )
        self.collisions[vin] = collisions = Collisions(
            stored.get("collisions"), status, read=car.async_read_collisions, save=self._async_save
        )
        self.program_notes[vin] = ProgramNotes(stored.get("program_notes"))
        charges.async_take(status)
        self._async_note_programs(car)

        def watch(watcher: Callable[[], None], blocks: Collection[str] | None = None) -> None:
            self._entry.async_on_unload(car.async_watch(watcher, blocks))

        # The price of energy is followed from one report to the next.
        watch(lambda: charges.async_take(car.data), None if charges.has_price else CHARGE_BLOCKS)
        watch(trips.async_estimate)
        if self.client.can_read_collisions:
            watch(lambda: collisions.async_take(car.data), ALL_BLOCKS)
        watch(lambda: self._async_check_charge(car))
        watch(lambda: self._async_note_programs(car), {"preconditioning"})
        watch(lambda: self._async_save_later(car))
        self.cars[vin] = car
        self.outcomes.forget(vin)  # of an earlier time in the account
        self.commands.restore(vin, stored.get("remotes"))
        return car

    async def _async_remove(self, car: VehicleCoordinator) -> None:
        del self.cars[car.vehicle.vin]
        self._storage.put(car.vehicle.vin, self._car_to_store(car))
        self.charges[car.vehicle.vin].close()
        await car.async_shutdown()

    def _note_list(self, other_cars: bool) -> None:
        if other_cars:
            self._async_save()

    def _to_store(self) -> Iterator[tuple[str, StoredCar]]:
        for vin, car in list(self.cars.items()):  # one that leaves before its turn is corrected by the next save
            yield vin, self._car_to_store(car)

    def _car_to_store(self, car: VehicleCoordinator) -> StoredCar:
        vin = car.vehicle.vin
        return {
            "vehicle": car.vehicle.as_dict(),
            "status": car.data.as_dict(),
            "wake_ups": self.wake_ups[vin].as_dict(),
            "charge_limit": self.charge_limits[vin].as_dict(),
            "remotes": self.commands.as_dict(vin),
            "collisions": self.collisions[vin].as_dict(),
            "absence": self.car_list.absence(vin),
            "program_notes": self.program_notes[vin].as_dict(),
            "details": {"rest_on": self._details_rest_on(vin), "read_at": car.details_as_dict()},
        }

    def _details_rest_on(self, vin: str) -> dict[str, object]:
        """Return what decides which details of a car are read, what is kept of them, and whether it is still there."""
        return {
            "scopes": sorted(self.client.scopes),
            "positions": bool(self.options[CONF_KEEP_POSITIONS]),
            "trips": len(self.history.get(vin).trips),
        }

    def _restore_details(self, vin: str, stored: Mapping[str, object]) -> Mapping[str, object]:
        """Return when details of a car were read: never, if what they rest on is not what it was."""
        details = as_object(stored.get("details"))
        return as_object(details.get("read_at")) if details.get("rest_on") == self._details_rest_on(vin) else {}

    @callback
    def _async_save_later(self, car: VehicleCoordinator) -> None:
        """Save what a car has reported, less often while it drives; once it stands, soon."""
        kinetic = car.data.kinetic
        self._storage.async_schedule_save(SAVE_DELAY_MOVING if kinetic and kinetic.moving else SAVE_DELAY)

    @callback
    def _async_save(self) -> None:
        """Save now what would be a loss after a crash."""
        self._entry.async_create_background_task(self._hass, self._storage.async_save(), "save the cars")

    # What has come, handed on, and what the parts above ask of those below

    def _note_messages(self) -> None:
        self.delivery_health.async_note_message()
        is_told = self._telling is not None and not self._telling.done()
        if not is_told and any(car.untold for car in self.cars.values()):
            self._telling = self._entry.async_create_task(
                self._hass, self._async_tell(), "tell the entities what was pushed", eager_start=False
            )

    async def _async_tell(self) -> None:
        """Tell the entities what was pushed, car by car, so that other tasks have their turn in between.

        What is pushed to a car before its turn is told along. A pause as long as it took lets more of it come: else
        most of the time of many batches would be spent on states that hold for a moment.
        """
        while untold := [car for car in self.cars.values() if car.untold]:
            began = self._hass.loop.time()
            for car in untold:
                car.async_tell()
                await asyncio.sleep(0)
            await asyncio.sleep(min(self._hass.loop.time() - began, LONGEST_PAUSE))

    def _take_in_remote(self, message: RemoteMessage) -> None:
        self.commands.handle(message)

    def _take_in_report(self, message: MonitorMessage) -> None:
        self.push.handle(message)

    def _take_in_trips(self, car: VehicleCoordinator, trips: list[TripRecord]) -> None:
        if self.trips[car.vehicle.vin].async_add(trips, car.data.position):
            car.async_update_listeners()

    def _take_in_collisions(self, car: VehicleCoordinator, collisions: list[CollisionRecord]) -> None:
        self.collisions[car.vehicle.vin].async_add(collisions)
        self._async_save_later(car)  # when its details were read: these are the last of them

    def _take_in_bell(self) -> None:
        self.delivery_health.async_note_gap()  # what the cars are read for has been told
        for car in self.cars.values():
            car.async_ring()

    def _is_needed(self, callback_id: str) -> bool:
        return self.commands.is_needed(callback_id)

    def _watched(self, car: VehicleCoordinator) -> frozenset[str]:
        return self.push.watched(car)

    def _set_hearing(self, interval: PollInterval) -> None:
        self.push.async_set_hearing(interval)

    def _schedule_reconcile(self, vin: str | None) -> None:
        self.callback.async_schedule_reconcile(vin)

    # Daily tasks, and reading again after messages may have been lost

    @callback
    def _async_daily_round(self, _now: datetime) -> None:
        self._async_check_certificate()
        self._entry.async_create_background_task(self._hass, self._async_read_daily(), "look at the account")

    async def _async_read_daily(self) -> None:
        await self._async_renew_certificate()
        await self.car_list.async_read_again()
        for car in list(self.cars.values()):
            await car.async_read_daily()
        self.callback.async_schedule_reconcile()

    async def _async_catch_up(self, missed: bool) -> None:
        """Read every car if reports may have been lost, or if the start has only taken those of the last time."""
        if self._unread:
            self._unread = False
            await self.car_list.async_follow_up()
        elif not missed:
            return
        for car in list(self.cars.values()):
            await self._async_catch_up_car(car)

    def _catch_up(self) -> None:
        self._entry.async_create_background_task(
            self._hass, self._async_catch_up(True), "read the cars after messages were lost"
        )

    async def _async_catch_up_car(self, car: VehicleCoordinator) -> None:
        await car.async_refresh()
        await car.async_read_details()

    def _catch_up_car(self, car: VehicleCoordinator) -> None:
        self._entry.async_create_background_task(
            self._hass, self._async_catch_up_car(car), "read a car that was not pushed"
        )

    def _read_unavailable(self) -> None:
        """Read the cars that are unavailable: by themselves they would be tried again after up to half an hour."""
        for car in self.cars.values():
            if not car.available:
                self._entry.async_create_background_task(
                    self._hass, car.async_request_refresh(), "read a car after the vendor did not answer"
                )

    @callback
    def _async_begin_day(self, _now: datetime) -> None:
        for car in self.cars.values():
            car.async_update_listeners()

    @callback
    def _async_note_programs(self, car: VehicleCoordinator) -> None:
        preconditioning = car.data.preconditioning
        programs = preconditioning.programs if preconditioning else None
        self.program_notes[car.vehicle.vin].follow(programs, dt_util.utcnow())

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
        if stop and not (car.under_way and car.under_way.remote == SwitchCharging(on=False)):
            stop.cancel()

    async def _async_stop_charge(self, car: VehicleCoordinator) -> None:
        limit = self.charge_limits[car.vehicle.vin]
        percent, stopped, certain, asked = limit.percent, False, False, True
        try:
            await self.commands.async_send(car, SwitchCharging(on=False))
            stopped = True
        except HomeAssistantError as err:
            certain = err.translation_key not in UNCERTAIN
            asked = not isinstance(err.__cause__, PASSING_ERRORS) and err.translation_key != NOT_SENT
            level = logging.WARNING if asked and err.translation_key not in UNLOADED else logging.INFO
            _LOGGER.log(level, "%s: charging could not be stopped at %d %%: %s", car.name, percent, err)
        else:
            _LOGGER.info("%s: charging has been stopped at %d %%", car.name, percent)
        finally:
            limit.note_attempt(car.data, stopped=stopped, certain=certain, asked=asked)
        self._async_check_charge(car)  # the limit may have changed meanwhile

    # The certificate

    @property
    def certificate_expires(self) -> datetime:
        """The end of the client certificate's validity."""
        return self._credentials.expires

    async def _async_renew_certificate(self) -> None:
        """Take up a certificate whose file has been replaced. One that cannot be used leaves the old one in use."""
        try:
            credentials = await self._load_credentials()
        except CertificateError as err:
            if str(err) != self._certificate_problem:
                self._certificate_problem = str(err)
                _LOGGER.warning(
                    "%s: the certificate files cannot be used, those of before are kept until a restart: %s",
                    self._entry.title,
                    err,
                )
            return
        self._certificate_problem = ""
        if credentials.fingerprint != self._credentials.fingerprint:
            _LOGGER.info("%s: the certificate has been replaced, and is in use", self._entry.title)
            self._credentials = credentials
            self.client.use(credentials.context)
            self._async_check_certificate()

    # Repairs

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
