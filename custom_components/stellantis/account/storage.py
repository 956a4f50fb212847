"""What is known of an account's cars, kept on disk from one start to the next."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
import logging
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.util.dt import utcnow

from ..api.lenient import as_object, parse_date
from ..api.vehicle import Vehicle
from ..const import DOMAIN
from ..stores import async_load_store

_LOGGER = logging.getLogger(__name__)

SAVE_DELAY: Final = 60.0
"""Seconds until what a car reports is written to disk."""
SAVE_DELAY_MOVING: Final = 900.0
"""Seconds while it moves: it reports every minute then, and after a crash it is read anyway."""
FORGET_AFTER: Final = timedelta(days=90)
"""How long a car that has left the account is remembered: it may come back."""

_LEFT: Final = "left_at"

_MIN_INTEGER: Final = -(2**63)
_MAX_INTEGER: Final = 2**64 - 1
"""The integers that Home Assistant can write."""
_MAX_DEPTH: Final = 100
"""How deep Home Assistant can write objects in objects, at least."""

type StoredCar = dict[str, Any]
"""What is kept of a car, as the `as_dict` of each part made it (`Account`).

A car that has left the account has `left_at` too, the date of that.
"""


class CarStorage:
    """The stored cars of one account, by VIN. `collect` gives what is known of each of the account's cars now."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], collect: Callable[[], Iterable[tuple[str, StoredCar]]]
    ) -> None:
        """Start with nothing; `async_load` reads the file."""
        self._hass = hass
        self._entry = entry
        self._store: Store[dict[str, StoredCar]] = _store(hass, entry)
        self._collect = collect
        self._stored: dict[str, Any] = {}
        self._due: float | None = None
        self._cancel_due: CALLBACK_TYPE | None = None
        self._writing = asyncio.Lock()
        self._asked = 0
        self._written = 0
        self._closed = False
        self._complained = False

    async def async_load(self) -> None:
        """Read what was known at the last stop, and save again when Home Assistant stops."""
        self._stored = dict(await async_load_store(self._hass, self._store))
        self._entry.async_on_unload(self._forget_due)
        self._entry.async_on_unload(
            self._hass.bus.async_listen(EVENT_HOMEASSISTANT_FINAL_WRITE, self._async_write_at_stop)
        )

    @property
    def vins(self) -> list[str]:
        """The VINs of all cars that are known, also of those that have left the account."""
        return list(self._stored)

    @property
    def vehicles(self) -> list[Vehicle]:
        """The account's cars of the last time, as far as they can be read."""
        return self._vehicles(left=False)

    @property
    def vehicles_that_left(self) -> list[Vehicle]:
        """The cars that have left the account, as far as they can be read."""
        return self._vehicles(left=True)

    def _vehicles(self, *, left: bool) -> list[Vehicle]:
        cars = [car for vin in self._stored if (_LEFT in (car := self.get(vin))) is left]
        vehicles = (Vehicle.restore(as_object(car.get("vehicle"))) for car in cars)
        return [vehicle for vehicle in vehicles if vehicle]

    def get(self, vin: str) -> Mapping[str, Any]:
        """Return what was known of a car; empty if there was no such car."""
        return as_object(self._stored.get(vin))

    def put(self, vin: str, car: StoredCar) -> None:
        """Remember a car that has left the account."""
        self._stored[vin] = {**car, _LEFT: utcnow().isoformat()}

    @callback
    def async_schedule_save(self, delay: float = SAVE_DELAY) -> None:
        """Save within so many seconds."""
        due = self._hass.loop.time() + delay
        if not self._closed and (self._due is None or due < self._due):
            self._forget_due()
            self._due = due
            self._cancel_due = async_call_later(self._hass, delay, self._async_save_due)

    async def async_save(self) -> None:
        """Save now: what a user has set or sent must outlive a crash."""
        if not self._closed:
            await self._async_write()

    async def async_close(self) -> None:
        """Save now, and no more after that."""
        self._closed = True
        await self._async_write()

    async def _async_save_due(self, _now: datetime) -> None:
        await self._async_write()

    async def _async_write_at_stop(self, _event: Event) -> None:
        if self._due is not None:
            await self._async_write()

    @callback
    def _forget_due(self) -> None:
        self._due = None
        if self._cancel_due:
            self._cancel_due()
            self._cancel_due = None

    async def _async_write(self) -> None:
        """Write what is known by the time of this call, one write for all who ask while another one is under way."""
        self._asked = asked = self._asked + 1
        try:
            async with self._writing:
                if self._written >= asked:
                    return
                self._forget_due()
                written = self._asked
                save = self._store.async_save(await self._async_data())
                # The thread that writes cannot be cancelled: the next write has to wait for it.
                await asyncio.shield(self._hass.async_create_task(save, "write the cars to disk"))
                self._written = written
        except asyncio.CancelledError:
            self.async_schedule_save()  # who has asked for it is gone, what is known is not
            raise

    async def _async_data(self) -> dict[str, StoredCar]:
        """Return what to write: the account's cars, and those that have left it not too long ago.

        Other tasks have their turn after each car.
        """
        cars: dict[str, StoredCar] = {}
        for vin, car in self._collect():
            cars[vin] = self._writable(car)
            await asyncio.sleep(0)
        now = utcnow()
        for vin in list(self._stored):
            if vin not in cars and _is_forgotten(self.get(vin), now):
                del self._stored[vin]
        others = {
            vin: self._writable({_LEFT: now.isoformat(), **self.get(vin)}) for vin in self._stored if vin not in cars
        }
        return {vin: car for vin, car in (others | cars).items() if _pruned(vin) is not None}

    def _writable(self, car: StoredCar) -> StoredCar:
        """Return what can be written of a car: Home Assistant writes nothing at all if one value cannot be."""
        written = {part: _pruned(value) for part, value in car.items()}
        spoilt = [part for part, value in written.items() if value != car[part]]
        if spoilt and not self._complained:
            self._complained = True
            _LOGGER.warning("Not all that is known of a car can be saved, the rest is: part of %s", ", ".join(spoilt))
        return written


async def async_remove_storage(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the file of an entry that is being removed."""
    await _store(hass, entry).async_remove()


def _store(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Store[dict[str, Any]]:
    return Store(hass, 1, f"{DOMAIN}.{entry.entry_id}", private=True)


def _is_forgotten(car: Mapping[str, Any], now: datetime) -> bool:
    left_at = parse_date(car.get(_LEFT))
    return left_at is not None and now - left_at > FORGET_AFTER


def _pruned(value: Any, depth: int = 0) -> Any:
    """Return a value without what Home Assistant cannot write; None if that is all of it."""
    match value:
        case str():
            return value if value.isascii() or value.encode(errors="ignore").decode() == value else None
        case bool():
            return value
        case int():
            return value if _MIN_INTEGER <= value <= _MAX_INTEGER else None
        case float():
            return value if math.isfinite(value) else None
        case list() | tuple() if depth < _MAX_DEPTH:
            items = [_pruned(item, depth + 1) for item in value]
            return type(value)(
                item for item, before in zip(items, value, strict=True) if item is not None or before is None
            )
        case dict() if depth < _MAX_DEPTH:
            return {
                key: kept
                for key, before in value.items()
                if isinstance(key, str)
                and _pruned(key) is not None
                and ((kept := _pruned(before, depth + 1)) is not None or before is None)
            }
        case _:
            return None
