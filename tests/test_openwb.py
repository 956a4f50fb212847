"""The entities that the page on openWB names: openWB can read them, by Home Assistant's own API."""

from datetime import datetime, timedelta
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.auth.models import TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from simulator import Car

from .helpers.harness import Harness

PAGE: Final = Path(__file__).parents[1] / "docs" / "openwb.md"


class OpenWB:
    """Reads a vehicle as openWB's module for Home Assistant does."""

    def __init__(self, harness: Harness, token: str) -> None:
        self.harness = harness
        self.token = token
        named = re.findall(r"\| `(sensor\.\w+)` \|", PAGE.read_text(encoding="utf-8"))
        self.level, self.range, self.odometer = named

    async def get(self, entity_id: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        async with self.harness.browser.get(f"/api/states/{entity_id}", headers=headers) as answer:
            assert answer.status == 200
            state: dict[str, Any] = await answer.json()
            return state

    async def read(self) -> tuple[float, int, float, float]:
        """Return the level and its date, the range and the odometer; raises ValueError for what is no number."""
        level = await self.get(self.level)
        changed_at = int(datetime.fromisoformat(level["last_changed"]).timestamp())
        reach, odometer = [float((await self.get(entity_id))["state"]) for entity_id in (self.range, self.odometer)]
        return float(level["state"]), changed_at, reach, odometer


@pytest.fixture
async def openwb(harness: Harness) -> OpenWB:
    """Give openWB a token of a user who is no administrator."""
    hass = harness.hass
    assert await async_setup_component(hass, "api", {})
    user = await hass.auth.async_create_user("openWB", group_ids=[GROUP_ID_USER])
    token = await hass.auth.async_create_refresh_token(
        user,
        client_name="openWB",
        token_type=TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
        access_token_expiration=timedelta(days=3650),
    )
    return OpenWB(harness, hass.auth.async_create_access_token(token))


async def test_openwb_reads_the_car(openwb: OpenWB, car: Car) -> None:
    car.battery_level, car.mileage = 62.5, 12345.6
    await openwb.harness.add_account()
    before = dt_util.utcnow().timestamp()
    level, changed_at, reach, odometer = await openwb.read()
    assert (level, reach, odometer) == (62.5, car.electric_autonomy, 12345.6)
    assert 0 <= before - changed_at < 60


async def test_a_level_that_is_unknown_is_none_to_openwb(openwb: OpenWB, car: Car) -> None:
    car.battery_level, car.reported_level = 0.0, 100.0
    await openwb.harness.add_account()
    with pytest.raises(ValueError, match="unknown"):
        await openwb.read()
