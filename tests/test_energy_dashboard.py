"""The entities that the page on the Energy dashboard names: Home Assistant takes them."""

from datetime import timedelta
from functools import partial
import logging
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import list_statistic_ids
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from simulator import Car

from .helpers.harness import Harness

PAGE: Final = Path(__file__).parents[1] / "docs" / "energy-dashboard.md"


@pytest.fixture
async def auto_enable_custom_integrations(
    recorder_mock: Recorder, hass: HomeAssistant, enable_custom_integrations: None
) -> None:
    """Keep a history, which has to begin before anything else."""
    # SQLAlchemy would log each statement, even after the log capture has ended.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


def named() -> list[str]:
    """Return the entities of the page's table."""
    return re.findall(r"\| `(sensor\.\w+)` \|", PAGE.read_text(encoding="utf-8"))


async def test_the_dashboard_takes_what_the_car_charged(
    harness: Harness, car: Car, hass_ws_client: WebSocketGenerator
) -> None:
    hass = harness.hass
    await harness.add_account()
    assert await async_setup_component(hass, "energy", {})
    charged, _level = named()
    client = await hass_ws_client()

    async def ask(command: str, **data: Any) -> Any:
        await client.send_json_auto_id({"type": command, **data})
        answer = await client.receive_json()
        assert answer["success"], answer
        return answer["result"]

    await ask("energy/save_prefs", device_consumption=[{"stat_consumption": charged}])
    await async_wait_recording_done(hass)
    now = dt_util.utcnow().replace(second=0, microsecond=0)
    do_adhoc_statistics(hass, start=now - timedelta(minutes=now.minute % 5))
    await async_wait_recording_done(hass)
    problems = await ask("energy/validate")
    assert problems["device_consumption"] == [[]]


async def test_the_state_of_charge_and_the_energy_have_statistics(harness: Harness, car: Car) -> None:
    await harness.add_account()
    charged, level = named()
    await async_wait_recording_done(harness.hass)
    ask = get_instance(harness.hass).async_add_executor_job
    known = await ask(partial(list_statistic_ids, harness.hass, {charged, level}))
    found = {each["statistic_id"]: (each["statistics_unit_of_measurement"], each["has_sum"]) for each in known}
    assert found == {charged: ("kWh", True), level: ("%", False)}
