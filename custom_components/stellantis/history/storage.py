"""What each car of an account did, on disk: one file a car, in JSON that a person can read."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
import hashlib
from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import STORAGE_DIR, Store
from homeassistant.util.dt import utcnow

from ..api.lenient import as_list, as_object, parse_date
from ..const import DOMAIN
from ..stores import async_load_store

KEPT_FOR: Final = timedelta(days=2 * 366)
"""How long a record is kept."""
MOST: Final = 5000
"""How many records of a kind are kept."""
SAVE_DELAY: Final = 3600.0
"""Seconds until a change is written that does not begin or end a charge or a trip, unless Home Assistant stops earlier.

What has changed meanwhile is recognised again in the car's stored status after a crash.
"""

STARTED_AT: Final = "started_at"

type Record = Mapping[str, Any]
"""A charge or a trip, as its `as_dict` made it. It has a `started_at`, which no other of its kind has."""


def oldest() -> datetime:
    """Return from when on records are kept. Those of an hour are dropped together: statistics have a row an hour."""
    return (utcnow() - KEPT_FOR).replace(minute=0, second=0, microsecond=0)


class Records:
    """The records of one kind, newest last."""

    def __init__(self, stored: object = None) -> None:
        """Take the stored records; one that cannot be read is left out."""
        self._records: dict[datetime, Record] = {}
        for record in as_list(stored):
            self._put(as_object(record))
        self._tidy()

    def __iter__(self) -> Iterator[Record]:
        """Give each record, newest last."""
        return iter(self._records.values())

    def __len__(self) -> int:
        """Tell how many there are."""
        return len(self._records)

    @property
    def state(self) -> dict[str, Any]:
        """What diagnostics tell of them: not where they were."""
        begun = [at.isoformat() for at in self._records]
        return {"count": len(begun), "oldest": begun[0] if begun else None, "newest": begun[-1] if begun else None}

    def add(self, *records: Record) -> None:
        """Add records. One that began at the same time is replaced."""
        for record in records:
            self._put(record)
        self._tidy()

    def _put(self, record: Record) -> None:
        if started_at := parse_date(record.get(STARTED_AT)):
            self._records[started_at] = record

    def _tidy(self) -> None:
        """Sort the records, and drop those that are too old or too many."""
        first = oldest()
        kept = sorted((at, record) for at, record in self._records.items() if at >= first)[-MOST:]
        self._records = dict(kept)


class CarHistory:
    """What one car did. `state` holds what is under way, as each part of the history made it."""

    def __init__(self, store: Store[dict[str, Any]], stored: object = None) -> None:
        """Take what is stored."""
        found = as_object(stored)
        self.charges = Records(found.get("charges"))
        self.trips = Records(found.get("trips"))
        self.state: dict[str, Any] = dict(as_object(found.get("state")))
        self._store = store
        self._saving = False
        self._closed = False

    @callback
    def async_schedule_save(self) -> None:
        """Save within an hour. The timer of an earlier call is kept: a car may change every minute."""
        if not self._saving and not self._closed:
            self._saving = True
            self._store.async_delay_save(self._data, SAVE_DELAY)

    async def async_save(self) -> None:
        """Save now: a charge or a trip has begun or ended."""
        if not self._closed:
            await self._store.async_save(self._data())

    async def async_close(self) -> None:
        """Save now, and no more after that. A car that has done nothing gets no file."""
        self._closed = True
        if self.charges or self.trips or self.state:
            await self._store.async_save(self._data())

    def _data(self) -> dict[str, Any]:
        self._saving = False  # a write cancels the timer of a later one
        return {"charges": list(self.charges), "trips": list(self.trips), "state": self.state}


class HistoryStorage:
    """The histories of an account's cars."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start with nothing; `async_load` reads the files."""
        self._hass = hass
        self._entry = entry
        self._cars: dict[str, CarHistory] = {}

    async def async_load(self, vins: Iterable[str]) -> None:
        """Read the files of these cars, and of those that have left the account: they may come back."""
        left = await self._hass.async_add_executor_job(_find_keys, self._hass, self._entry)
        keys = {_key(self._entry, vin) for vin in vins} | left
        await asyncio.gather(*(self._async_load(key) for key in keys))

    async def _async_load(self, key: str) -> None:
        store = _store(self._hass, key)
        self._cars[key] = CarHistory(store, await async_load_store(self._hass, store))

    def get(self, vin: str) -> CarHistory:
        """Return the history of a car."""
        key = _key(self._entry, vin)
        if key not in self._cars:
            self._cars[key] = CarHistory(_store(self._hass, key))
        return self._cars[key]

    async def async_close(self) -> None:
        """Save now, and no more after that."""
        for car in self._cars.values():
            await car.async_close()


async def async_remove_history(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the files of an entry that is being removed, also of cars that have left."""
    for key in await hass.async_add_executor_job(_find_keys, hass, entry):
        await _store(hass, key).async_remove()


def _store(hass: HomeAssistant, key: str) -> Store[dict[str, Any]]:
    return Store(hass, 1, key, private=True)


def _key(entry: ConfigEntry[Any], vin: str) -> str:
    """Name the file of a car. Its VIN is a secret, and names of files are shown in backups and logs."""
    return f"{DOMAIN}.{entry.entry_id}.{hashlib.sha256(vin.encode()).hexdigest()[:12]}"


def _find_keys(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[str]:
    """Find the files of an entry, whose cars may be long gone. A file that was put aside as corrupt is none of them."""
    pattern = f"{DOMAIN}.{entry.entry_id}.{'[0-9a-f]' * 12}"
    return {path.name for path in Path(hass.config.path(STORAGE_DIR)).glob(pattern)}
