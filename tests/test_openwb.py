"""The entities that the page on openWB names: openWB can read them, by Home Assistant's own API."""

from datetime import datetime
from pathlib import Path
import re
from typing import Final

from homeassistant.util import dt as dt_util
import pytest

from simulator import Car

from .helpers.harness import Harness
from .helpers.rest_api import RestApi

PAGE: Final = Path(__file__).parents[1] / "docs" / "openwb.md"


async def read(harness: Harness) -> tuple[float, int, float, float]:
    """Read the level and its date, the range and the odometer as openWB does, which fails if one is no number."""
    api = await RestApi.open(harness, "openWB")
    named = re.findall(r"\| `(sensor\.\w+)` \|", PAGE.read_text(encoding="utf-8"))
    level, reach, odometer = [await api.state(entity_id) for entity_id in named]
    changed_at = int(datetime.fromisoformat(level["last_changed"]).timestamp())
    return float(level["state"]), changed_at, float(reach["state"]), float(odometer["state"])


async def test_openwb_reads_the_car(harness: Harness, car: Car) -> None:
    car.battery_level, car.mileage = 62.5, 12345.6
    before = int(dt_util.utcnow().timestamp())
    await harness.add_account()
    level, changed_at, reach, odometer = await read(harness)
    assert (level, reach, odometer) == (62.5, car.electric_autonomy, 12345.6)
    assert before <= changed_at <= dt_util.utcnow().timestamp()


async def test_a_level_that_is_unknown_is_none_to_openwb(harness: Harness, car: Car) -> None:
    car.battery_level, car.reported_level = 0.0, 100.0
    await harness.add_account()
    with pytest.raises(ValueError, match="unknown"):
        await read(harness)
