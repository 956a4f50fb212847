"""Long-term statistics of trips: a row for each hour in which a trip began, also for trips read in retrospect."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
import hashlib
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import UnitOfEnergy, UnitOfLength, UnitOfVolume
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import get_instance
from homeassistant.helpers.translation import async_get_cached_translations

from ..api.trips import TripRecord
from ..const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.components.recorder.statistics import StatisticsRow

RECORDER: Final = "recorder"
EPOCH: Final = datetime.fromtimestamp(0, UTC)

type Row = tuple[float, float]
"""What the trips of an hour add, and what all trips up to then add up to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statistic:
    """A statistic: the field of a trip that it adds up, and its unit."""

    key: str
    unit_class: str
    unit: str


STATISTICS: Final = (
    _Statistic(key="distance", unit_class="distance", unit=UnitOfLength.KILOMETERS),
    _Statistic(key="electricity", unit_class="energy", unit=UnitOfEnergy.KILO_WATT_HOUR),
    _Statistic(key="fuel", unit_class="volume", unit=UnitOfVolume.LITERS),
)
_UNITS: Final = {statistic.unit_class: statistic.unit for statistic in STATISTICS}


class TripStatistics:
    """The long-term statistics of one car. Without the recorder there are none."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], vin: str, name: str) -> None:
        """Start with nothing to write. The ids name the car without its VIN, which is a secret."""
        self._hass = hass
        self._entry = entry
        self._name = name
        car = hashlib.sha256(vin.encode()).hexdigest()[:12]
        self._ids = {statistic.key: f"{DOMAIN}:{car}_{statistic.key}" for statistic in STATISTICS}
        self._lock = asyncio.Lock()

    @callback
    def async_update(self, trips: Sequence[TripRecord]) -> None:
        """Bring the statistics in step with all trips that are kept."""
        if not trips or RECORDER not in self._hass.config.components:
            return
        self._entry.async_create_background_task(self._hass, self._async_write(trips), "write statistics of trips")

    async def _async_write(self, trips: Sequence[TripRecord]) -> None:
        async with self._lock:
            written = await self._async_read()
            for statistic in STATISTICS:
                before = _rows(written.get(self._ids[statistic.key], []))
                wanted = _wanted(statistic.key, trips, before)
                changed = {hour: row for hour, row in wanted.items() if row != before.get(hour)}
                if changed:
                    self._add(statistic, changed)

    async def _async_read(self) -> dict[str, list[StatisticsRow]]:
        # Only a Home Assistant that has the recorder has imported it, which takes long.
        from homeassistant.components.recorder.statistics import statistics_during_period  # noqa: PLC0415

        read = partial(
            statistics_during_period,
            self._hass,
            EPOCH,
            None,
            set(self._ids.values()),
            "hour",
            _UNITS,
            {"state", "sum"},
        )
        recorder = get_instance(self._hass)
        await recorder.async_block_till_done()  # what was added before is read, too
        return await recorder.async_add_executor_job(read)

    def _add(self, statistic: _Statistic, rows: dict[datetime, Row]) -> None:
        from homeassistant.components.recorder.models import (  # noqa: PLC0415
            StatisticData,
            StatisticMeanType,
            StatisticMetaData,
        )
        from homeassistant.components.recorder.statistics import async_add_external_statistics  # noqa: PLC0415

        words = async_get_cached_translations(self._hass, self._hass.config.language, "common", DOMAIN)
        metadata = StatisticMetaData(
            has_sum=True,
            mean_type=StatisticMeanType.NONE,
            name=words[f"component.{DOMAIN}.common.statistic_{statistic.key}"].format(car=self._name),
            source=DOMAIN,
            statistic_id=self._ids[statistic.key],
            unit_class=statistic.unit_class,
            unit_of_measurement=statistic.unit,
        )
        data = [StatisticData(start=hour, state=state, sum=total) for hour, (state, total) in rows.items()]
        async_add_external_statistics(self._hass, metadata, data)


def _rows(written: Iterable[StatisticsRow]) -> dict[datetime, Row]:
    return {
        datetime.fromtimestamp(row["start"], UTC): (round(row.get("state") or 0.0, 3), round(row.get("sum") or 0.0, 3))
        for row in written
    }


def _wanted(key: str, trips: Iterable[TripRecord], written: dict[datetime, Row]) -> dict[datetime, Row]:
    """Return a row for each hour of the trips, and one of zero for each hour since the first whose trip has moved.

    Rows from before the first trip are those of trips that are no longer kept: the sum goes on from them.
    """
    hours: dict[datetime, float] = defaultdict(float)
    for trip in trips:
        value = getattr(trip, key)
        if value is not None:
            hours[trip.started_at.replace(minute=0, second=0, microsecond=0)] += value
    if not hours:
        return {}
    first = min(hours)
    total = next((total for hour, (_, total) in sorted(written.items(), reverse=True) if hour < first), 0.0)
    wanted: dict[datetime, Row] = {}
    for hour in sorted({*hours, *(hour for hour in written if hour > first)}):
        total += hours.get(hour, 0.0)
        wanted[hour] = round(hours.get(hour, 0.0), 3), round(total, 3)
    return wanted
