"""Files of Home Assistant's storage that somebody has spoilt: each is put aside, and nothing else is lost."""

from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.util import dt as dt_util
import pytest

from simulator import Car

from .helpers.harness import Harness
from .helpers.logs import complaints
from .helpers.trips import described, drive, get_trips, tell

STORE = {"version": 1, "minor_version": 1, "key": "key"}
SPOILT = {
    "a list": "[]",
    "a number": "7",
    "null": "null",
    "no version": '{"data": {}}',
    "no data": json.dumps(STORE),
    "a word as version": json.dumps({**STORE, "version": "x", "data": {}}),
    "a version that never was": json.dumps({**STORE, "version": 0, "data": {}}),
    "other data": json.dumps({**STORE, "data": [1]}),
}


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let Home Assistant write to the disk, as the fixture of this name does not."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Start Home Assistant in an empty configuration folder."""
    return str(tmp_path)


@pytest.fixture
async def entry(harness: Harness, car: Car) -> ConfigEntry[Any]:
    """An account whose car has made a trip and has a charge limit."""
    drive(car, dt_util.utcnow() - timedelta(hours=3))
    entry = await harness.add_account()
    await harness.call(car, "number", "charge_limit", "set_value", value=80)
    return entry


def file_of(harness: Harness, name: str) -> Path:
    """Return the file of the account, or of its car's history."""
    folder = Path(harness.hass.config.path(".storage"))
    [entry] = harness.hass.config_entries.async_entries("stellantis")
    if name == "history":
        [found] = folder.glob(f"stellantis.{entry.entry_id}.{'?' * 12}")
        return found
    return folder / f"stellantis.{entry.entry_id}"


def aside(path: Path) -> list[Path]:
    """Return the files that were put aside in the place of this one."""
    return [*path.parent.glob(f"{path.name}.corrupt.*")]


async def set_up_with(harness: Harness, entry: ConfigEntry[Any], name: str, text: str) -> list[Path]:
    """Start with this text in a file; return the files that were put aside."""
    await harness.hass.config_entries.async_unload(entry.entry_id)
    path = file_of(harness, name)
    path.write_text(text)
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    assert entry.state is ConfigEntryState.LOADED
    return aside(path)


@pytest.mark.parametrize("text", SPOILT.values(), ids=[*SPOILT])
async def test_a_history_that_is_none_is_put_aside(
    harness: Harness, entry: ConfigEntry[Any], car: Car, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    car.trips.clear()
    [put_aside] = await set_up_with(harness, entry, "history", text)
    assert put_aside.read_text() == text
    [told] = complaints(caplog)
    assert f"{put_aside}" in told
    assert await get_trips(harness, car) == []
    # What other files hold is known.
    assert harness.state(car, "number", "charge_limit").state == "80"
    await tell(harness, entry, car, described(car, drive(car, dt_util.utcnow() - timedelta(hours=1))))
    assert len(await get_trips(harness, car)) == 1
    caplog.clear()
    await harness.reload(entry)
    assert len(await get_trips(harness, car)) == 1
    assert complaints(caplog) == []


async def test_trips_of_a_history_that_is_spoilt_are_read_again(
    harness: Harness, entry: ConfigEntry[Any], car: Car
) -> None:
    """Though the car has reported nothing since."""
    [_] = await set_up_with(harness, entry, "history", "junk")
    assert len(await get_trips(harness, car)) == 1


@pytest.mark.parametrize("name", ["history", "account"])
async def test_a_file_that_was_cut_off_is_put_aside(harness: Harness, entry: ConfigEntry[Any], name: str) -> None:
    """Home Assistant does that, and says so itself."""
    whole = file_of(harness, name).read_text()
    assert len(await set_up_with(harness, entry, name, whole[: len(whole) // 2])) == 1


@pytest.mark.parametrize("text", SPOILT.values(), ids=[*SPOILT])
async def test_what_was_known_of_the_cars_and_is_spoilt_costs_nothing_else(
    harness: Harness, entry: ConfigEntry[Any], car: Car, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    [_] = await set_up_with(harness, entry, "account", text)
    assert len(complaints(caplog)) == 1
    assert len(await get_trips(harness, car)) == 1
    assert harness.state(car, "lock", "doors").state in {"locked", "unlocked"}
    assert file_of(harness, "account").exists()


@pytest.fixture
def removals(hass_config_dir: str) -> Path:
    """Spoil the file of what the vendor could not take back."""
    path = Path(hass_config_dir, ".storage", "stellantis.removals")
    path.parent.mkdir(exist_ok=True)
    path.write_text("[]")
    return path


async def test_a_file_of_removals_that_is_spoilt_stops_nothing(
    removals: Path, harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    assert entry.state is ConfigEntryState.LOADED
    assert len(aside(removals)) == len(complaints(caplog)) == 1
