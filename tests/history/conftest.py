"""An entry whose cars have a history, on a real disk."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.const import DOMAIN


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations() -> None:
    """Do without the Home Assistant that the fixture of this name starts in the tests of the integration."""


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let Home Assistant write to the disk, as the fixture of this name does not."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Start Home Assistant in an empty configuration folder."""
    return str(tmp_path)


@pytest.fixture
def entry(hass: HomeAssistant) -> ConfigEntry[Any]:
    """An entry that is not set up."""
    made = MockConfigEntry(domain=DOMAIN, entry_id="entry", title="Account")
    made.add_to_hass(hass)
    return made
