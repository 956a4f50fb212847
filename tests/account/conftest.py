"""What the parts of an account need that do not do without Home Assistant."""

from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.account import wake_ups
from custom_components.stellantis.const import CONF_CALLBACK_SECRET, CONF_DELIVERY, DOMAIN

from .bench import Bench


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations() -> None:
    """Do without the Home Assistant that the fixture of this name starts in the tests of the integration."""


@pytest.fixture
async def entry(hass: HomeAssistant) -> AsyncGenerator[ConfigEntry[Any]]:
    """An entry that is not set up: only the part that a test makes runs, and it is unloaded at the end."""
    data = {CONF_DELIVERY: "webhook", CONF_WEBHOOK_ID: "webhook", CONF_CALLBACK_SECRET: "secret"}
    made = MockConfigEntry(domain=DOMAIN, entry_id="entry", title="Account", data=data)
    made.add_to_hass(hass)
    yield made
    await made._async_process_on_unload(hass)


@pytest.fixture
async def bench(hass: HomeAssistant, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Bench]:
    monkeypatch.setattr(wake_ups, "_month_of", lambda _at: "2020-05")  # no month ends during a test
    made = Bench(hass, entry)
    yield made
    await made.async_stop()
