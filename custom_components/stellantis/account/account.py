"""What one config entry holds: the client, the cars, the callback and the commands of one account."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session
from homeassistant.helpers.event import async_track_time_change, async_track_time_interval
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..api.certificates import CertificateFiles, Credentials, load
from ..api.client import StellantisClient, Token
from ..api.errors import StellantisError
from ..api.lenient import as_object
from ..api.status import Status
from ..api.vehicle import Vehicle
from ..const import (
    CONF_API_URL,
    CONF_CA_CERTIFICATE_PATH,
    CONF_CERTIFICATE_PATH,
    CONF_PRIVATE_KEY_PASSWORD,
    CONF_PRIVATE_KEY_PATH,
    CONF_REALM,
    CONF_TUTORIAL_SPELLINGS,
    DEFAULT_OPTIONS,
    DOMAIN,
)
from ..coordinator import VehicleCoordinator
from ..oauth import DetachedToken, EntryToken, StellantisOAuth2Implementation, granted_scopes
from ..repairs import ISSUES, async_hide_issue, async_show_issue
from ..translate import AUTHENTICATION_ERRORS, PASSING_ERRORS
from .callback import Callback, async_delete_callback
from .charge_limit import ChargeLimit
from .commands import Commands
from .push import Monitors
from .wake_ups import WakeUps

_LOGGER = logging.getLogger(__name__)

DAY: Final = timedelta(days=1)
"""How often the account is asked which cars it has."""
SAVE_DELAY: Final = 60.0
"""Seconds until what a car reports is written to disk."""
CERTIFICATE_NOTICE: Final = timedelta(days=30)
"""How long before its end a client certificate is worth a repair."""

type StellantisConfigEntry = ConfigEntry[Account]
type CarListener = Callable[[VehicleCoordinator], None]


class Account:
    """One account of the vendor."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: StellantisConfigEntry,
        client: StellantisClient,
        token: EntryToken,
        expires: datetime,
    ) -> None:
        """Start without cars; `async_start` reads them. `expires` is the end of the client certificate."""
        self.hass = hass
        self.entry = entry
        self.client = client
        self.token = token
        self.options: Mapping[str, int] = {**DEFAULT_OPTIONS, **entry.options}
        self.cars: dict[str, VehicleCoordinator] = {}
        self.monitors = Monitors(self)
        self.commands = Commands(self)
        self.callback = Callback(self)
        self.expires = expires
        self._store = status_store(hass, entry)
        self._stored: dict[str, Any] = {}
        self._listed = False
        self._saving = False
        self._closed = False
        self._car_listeners: list[CarListener] = []

    async def async_start(self) -> None:
        """Listen for messages, then read the cars. Raises a StellantisError if they cannot be listed."""
        self._stored = dict(as_object(await self._store.async_load()))
        # In this order: what arrives while the cars are read must not be lost.
        self.callback.async_listen()
        self.entry.async_on_unload(self.commands.close)
        self.entry.async_on_unload(self._async_hide_issues)
        try:
            await self.async_read_cars()
        except PASSING_ERRORS as err:
            stored = [Vehicle.restore(as_object(as_object(car).get("vehicle"))) for car in self._stored.values()]
            if not any(stored):
                raise
            _LOGGER.info("The list of cars could not be read, those of the last time are taken: %r", err)
            # They are read once the vendor answers again: a start must not wait for each of them to fail.
            self._announce([self._add(vehicle) for vehicle in stored if vehicle])
        self._async_check_certificate()
        self.async_check_wake_ups()
        self.entry.async_on_unload(
            async_track_time_interval(self.hass, self._async_look_again, DAY, cancel_on_shutdown=True)
        )
        self.entry.async_on_unload(
            async_track_time_change(self.hass, self._async_begin_day, hour=0, minute=0, second=0)
        )
        self.callback.async_keep()

    def on_car(self, listener: CarListener) -> None:
        """Call `listener` with each car, now and when another one appears."""
        self._car_listeners.append(listener)
        for car in self.cars.values():
            listener(car)

    async def async_read_cars(self) -> None:
        """Read which cars the account has: new ones appear, those that are gone disappear."""
        vehicles = {vehicle.vin: vehicle for vehicle in await self.client.vehicles()}
        self._listed = True
        for vin, car in self.cars.items():
            car.vehicle = vehicles.get(vin, car.vehicle)
            car.async_update_listeners()
        new = [self._add(vehicle) for vin, vehicle in vehicles.items() if vin not in self.cars]
        for car in new:  # one after the other: the vendor counts requests per second
            await car.async_refresh()
            self.entry.async_create_background_task(self.hass, car.async_read_more(), "read more of a car")
        self._announce(new)
        if vehicles:  # the API is known to forget all cars for a while
            await self._async_remove_other_cars(vehicles)

    def _announce(self, cars: Iterable[VehicleCoordinator]) -> None:
        for car in cars:
            _LOGGER.info("%s has been added", car.vehicle.name)
            for listener in self._car_listeners:
                listener(car)

    @property
    def complete(self) -> bool:
        """Whether the vendor has said since the start which cars there are."""
        return self._listed

    async def async_catch_up(self) -> None:
        """Read every car once: what they reported may not have arrived."""
        if not self.complete and await self._async_read_cars_again():
            self.callback.async_step()  # for cars that have come
        for car in list(self.cars.values()):
            await car.async_refresh()
            await car.async_read_more()

    async def async_save(self) -> None:
        """Write down what is known of the cars, for the next start, and no more after that."""
        self._closed = True
        await self._store.async_save(self._to_store())

    def _add(self, vehicle: Vehicle) -> VehicleCoordinator:
        stored = as_object(self._stored.get(vehicle.vin))
        car = VehicleCoordinator(
            self.hass,
            self.entry,
            self.client,
            vehicle,
            # The lights have gone out by themselves.
            status=replace(Status.restore(as_object(stored.get("status"))), lights=None),
            wake_ups=WakeUps(stored.get("wake_ups")),
            options=self.options,
        )
        car.charge_limit = ChargeLimit(self, car, stored.get("charge_limit"))
        self.entry.async_on_unload(car.async_add_listener(car.charge_limit.async_check))
        self.entry.async_on_unload(car.async_add_listener(self._async_save_later))
        self.cars[vehicle.vin] = car
        self.commands.restore(vehicle.vin, stored.get("remotes"))
        return car

    @callback
    def _async_save_later(self) -> None:
        # Once at a time: each call would put off the one before, while a car moves without end.
        if not self._saving and not self._closed:
            self._saving = True
            self._store.async_delay_save(self._to_store, SAVE_DELAY)

    def _to_store(self) -> dict[str, Any]:
        self._saving = False
        return {vin: self._car_to_store(car) for vin, car in self.cars.items()}

    def _car_to_store(self, car: VehicleCoordinator) -> dict[str, Any]:
        return {
            "vehicle": car.vehicle.as_dict(),
            "status": car.data.as_dict(),
            "wake_ups": car.wake_ups.as_dict(),
            "charge_limit": car.charge_limit.as_dict(),
            "remotes": self.commands.as_dict(car.vehicle.vin),
        }

    async def _async_remove_other_cars(self, vehicles: Mapping[str, Any]) -> None:
        for vin in self.cars.keys() - vehicles.keys():
            car = self.cars.pop(vin)
            self._stored[vin] = self._car_to_store(car)  # it may come back
            await car.async_shutdown()
            self._async_save_later()
            _LOGGER.info("%s is no longer in the account and has been removed", car.vehicle.name)
        self.async_check_wake_ups()
        registry = dr.async_get(self.hass)
        for device in dr.async_entries_for_config_entry(registry, self.entry.entry_id):
            if not any(domain == DOMAIN and vin in vehicles for domain, vin in device.identifiers):
                registry.async_remove_device(device.id)

    @callback
    def _async_look_again(self, _now: datetime) -> None:
        self._async_check_certificate()
        # A task of the entry: it ends with it.
        self.entry.async_create_background_task(self.hass, self._async_look_again_now(), "look at the account")

    async def _async_read_cars_again(self) -> bool:
        """Return whether the list of cars could be read."""
        try:
            await self.async_read_cars()
        except AUTHENTICATION_ERRORS:
            self.entry.async_start_reauth(self.hass)
        except StellantisError as err:
            _LOGGER.info("The list of cars could not be read, tomorrow it is read again: %r", err)
        else:
            return True
        return False

    async def _async_look_again_now(self) -> None:
        await self._async_read_cars_again()
        for car in list(self.cars.values()):
            await (car.async_read_maintenance() if car.pushed and car.read_more else car.async_read_more())
        self.callback.async_step()

    @callback
    def async_check_wake_ups(self) -> None:
        """Show a repair while the vendor wakes a car no more, which it does again from the next month on."""
        cars = sorted(car.vehicle.name for car in self.cars.values() if car.wake_ups.refused)
        if cars:
            async_show_issue(self.hass, self.entry, "too_many_wake_ups", cars=", ".join(cars))
        else:
            async_hide_issue(self.hass, self.entry, "too_many_wake_ups")

    @callback
    def _async_begin_day(self, _now: datetime) -> None:
        self.async_check_wake_ups()
        for car in self.cars.values():
            car.async_update_listeners()

    @callback
    def _async_hide_issues(self) -> None:
        for issue in ISSUES:
            async_hide_issue(self.hass, self.entry, issue)

    @callback
    def _async_check_certificate(self) -> None:
        if self.expires - dt_util.utcnow() < CERTIFICATE_NOTICE:
            day = dt_util.as_local(self.expires).date().isoformat()
            async_show_issue(self.hass, self.entry, "certificate_expires", date=day)
        else:
            async_hide_issue(self.hass, self.entry, "certificate_expires")


def status_store(hass: HomeAssistant, entry: StellantisConfigEntry) -> Store[dict[str, Any]]:
    """Return where what is known of an account's cars is kept from one start to the next, by VIN."""
    return Store(hass, 1, f"{DOMAIN}.{entry.entry_id}", private=True)


async def async_load_credentials(hass: HomeAssistant, data: Mapping[str, Any]) -> Credentials:
    """Check and load the certificate files. Raises CertificateError for one that cannot be used."""
    return await hass.async_add_executor_job(load, _certificate_files(hass, data))


def create_client(
    hass: HomeAssistant,
    data: Mapping[str, Any],
    credentials: Credentials,
    token: Token,
    on_tutorial_spellings: Callable[[list[str]], None] | None = None,
) -> StellantisClient:
    """Make a client from an entry's data."""
    return StellantisClient(
        async_get_clientsession(hass),
        token,
        context=credentials.context,
        api_url=data[CONF_API_URL],
        client_id=data[CONF_CLIENT_ID],
        realm=data[CONF_REALM],
        scopes=granted_scopes(data),
        tutorial_spellings=data.get(CONF_TUTORIAL_SPELLINGS, ()),
        on_tutorial_spellings=on_tutorial_spellings,
    )


def _certificate_files(hass: HomeAssistant, data: Mapping[str, Any]) -> CertificateFiles:
    """Name the files; relative paths are relative to the configuration folder."""

    def path(key: str) -> Path:
        return Path(hass.config.path(data[key]))

    return CertificateFiles(
        certificate=path(CONF_CERTIFICATE_PATH),
        private_key=path(CONF_PRIVATE_KEY_PATH),
        private_key_password=data.get(CONF_PRIVATE_KEY_PASSWORD),
        ca=path(CONF_CA_CERTIFICATE_PATH) if data.get(CONF_CA_CERTIFICATE_PATH) else None,
    )


async def async_create_account(hass: HomeAssistant, entry: StellantisConfigEntry) -> Account:
    """Make the account of an entry. Raises CertificateError for a file that cannot be used."""

    def keep_spellings(spellings: list[str]) -> None:
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TUTORIAL_SPELLINGS: spellings})

    session = OAuth2Session(hass, entry, StellantisOAuth2Implementation(hass, entry.data))
    credentials = await async_load_credentials(hass, entry.data)
    token = EntryToken(session)
    entry.async_on_unload(token.async_settle)
    client = create_client(hass, entry.data, credentials, token, keep_spellings)
    return Account(hass, entry, client, token, credentials.expires)


async def async_forget_account(hass: HomeAssistant, entry: StellantisConfigEntry) -> None:
    """Take back from the vendor what an entry that is given up held there: the callback and the token."""
    implementation = StellantisOAuth2Implementation(hass, entry.data)
    token = DetachedToken(implementation, entry.data["token"])
    left: list[str] = []
    try:
        credentials = await async_load_credentials(hass, entry.data)
        await async_delete_callback(entry, create_client(hass, entry.data, credentials, token))
    except StellantisError as err:
        left.append(f"the callback ({err!r})")
    try:
        await implementation.async_revoke(token.token)
    except StellantisError as err:
        left.append(f"the token ({err!r})")
    if left:
        _LOGGER.warning("The vendor still holds what could not be taken back: %s", " and ".join(left))
