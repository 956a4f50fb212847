"""What is known of an account's cars, kept on disk from one start to the next."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..api.lenient import as_object
from ..api.vehicle import Vehicle
from ..const import DOMAIN

SAVE_DELAY: Final = 60.0
"""Seconds until what a car reports is written to disk."""

type StoredCar = dict[str, Any]
"""`vehicle`, `status`, `wake_ups`, `charge_limit` and `remotes` of a car, as the `as_dict` of each made it."""


class CarStorage:
    """The stored cars of one account, by VIN. `collect` returns what is known of them now."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], collect: Callable[[], dict[str, StoredCar]]
    ) -> None:
        """Start with nothing; `async_load` reads the file."""
        self._store: Store[dict[str, StoredCar]] = _store(hass, entry)
        self._collect = collect
        self._stored: dict[str, Any] = {}
        self._saving = False
        self._closed = False

    async def async_load(self) -> None:
        """Read what was known at the last stop."""
        self._stored = dict(as_object(await self._store.async_load()))

    @property
    def vehicles(self) -> list[Vehicle]:
        """The cars of the last time, as far as they can be read."""
        stored = (Vehicle.restore(as_object(self.get(vin).get("vehicle"))) for vin in self._stored)
        return [vehicle for vehicle in stored if vehicle]

    def get(self, vin: str) -> Mapping[str, Any]:
        """Return what was known of a car; empty if there was no such car."""
        return as_object(self._stored.get(vin))

    def put(self, vin: str, car: StoredCar) -> None:
        """Remember a car that has left the account until Home Assistant stops: it may come back."""
        self._stored[vin] = car

    @callback
    def async_schedule_save(self) -> None:
        """Save soon."""
        # `async_delay_save` restarts its timer on each call: a car that reports every minute would never be saved.
        if not self._saving and not self._closed:
            self._saving = True
            self._store.async_delay_save(self._collect_once, SAVE_DELAY)

    async def async_close(self) -> None:
        """Save now, and no more after that."""
        self._closed = True
        await self._store.async_save(self._collect())

    def _collect_once(self) -> dict[str, StoredCar]:
        self._saving = False
        return self._collect()


async def async_remove_storage(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the file of an entry that is being removed."""
    await _store(hass, entry).async_remove()


def _store(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Store[dict[str, Any]]:
    return Store(hass, 1, f"{DOMAIN}.{entry.entry_id}", private=True)
