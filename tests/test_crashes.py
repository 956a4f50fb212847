"""Home Assistant crashes at the worst moment: what it does then is what is on disk."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
import pytest

from custom_components.stellantis.account import questions
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault

from .helpers.ends import Ends
from .helpers.harness import Harness
from .helpers.held import Held
from .helpers.remotes import UNLOCK, act, posts

SUCCESS = ("success", "doors", "unlock", None)


async def crash(harness: Harness, entry: ConfigEntry[Any], hass_storage: dict[str, Any]) -> None:
    """Stop, and begin with what was on disk before."""
    key = f"{DOMAIN}.{entry.entry_id}"
    written = deepcopy(hass_storage.get(key))
    await harness.hass.config_entries.async_unload(entry.entry_id)
    del hass_storage[key]
    if written:
        hass_storage[key] = written
    harness.vendor.faults.clear()


async def charges(harness: Harness, car: Car) -> list[dict[str, Any]]:
    """Ask for the charges of a car."""
    answer: dict[str, Any] = await act(harness, car, "get_charges", answer=True)
    found: list[dict[str, Any]] = answer["charges"]
    return found


async def start(harness: Harness, entry: ConfigEntry[Any]) -> None:
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()


async def test_the_end_of_a_remote_is_told_though_its_answer_had_not_come(
    harness: Harness, car: Car, hass_storage: dict[str, Any]
) -> None:
    entry, ends = await harness.add_account(), Ends(harness.hass)
    fault = Held(method="POST", path="*/remotes")
    harness.vendor.faults.add(fault)
    calling = harness.start(car, *UNLOCK)
    await fault.held.wait()  # the vendor has accepted it
    await harness.front.stop()  # and the message with its end finds nobody
    await crash(harness, entry, hass_storage)
    assert (await harness.failure(calling)).translation_key == "command_interrupted"
    fault.let_go.set()
    await harness.front.start()

    await start(harness, entry)
    await harness.pass_time(seconds=61)
    await harness.vendor.idle()
    await harness.settle()
    assert ends.told == [SUCCESS]
    assert len(posts(harness)) == 1


async def test_an_end_that_was_told_just_before_a_crash_is_not_told_again(
    harness: Harness, car: Car, hass_storage: dict[str, Any]
) -> None:
    entry, ends = await harness.add_account(), Ends(harness.hass)
    await harness.call(car, *UNLOCK)
    await harness.settle()
    assert ends.told == [SUCCESS]
    await crash(harness, entry, hass_storage)
    await start(harness, entry)
    await harness.pass_time(hours=2)
    assert ends.told == [SUCCESS]


async def test_the_end_of_a_remote_from_before_a_crash_is_told_once_if_another_follows(
    harness: Harness, car: Car, hass_storage: dict[str, Any]
) -> None:
    entry, ends = await harness.add_account(), Ends(harness.hass)
    fault = Held(method="POST", path="*/remotes")
    harness.vendor.faults.add(fault)
    calling = harness.start(car, *UNLOCK)
    await fault.held.wait()
    await harness.front.stop()
    await crash(harness, entry, hass_storage)
    await harness.failure(calling)
    fault.let_go.set()
    await harness.front.start()
    await start(harness, entry)
    await harness.pass_time(seconds=61)
    await harness.settle()
    await crash(harness, entry, hass_storage)
    await start(harness, entry)
    await harness.pass_time(hours=2)
    assert ends.told == [SUCCESS]


async def test_a_remote_that_the_vendor_has_not_got_before_a_crash_holds_up_no_other(
    harness: Harness, car: Car, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "ON_THE_WAY", 0.0)
    entry, ends = await harness.add_account(), Ends(harness.hass)
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", hang=True))
    calling = harness.start(car, *UNLOCK)
    await harness.vendor.journal.changed.until(lambda: posts(harness))
    await crash(harness, entry, hass_storage)
    await harness.failure(calling)

    await start(harness, entry)
    await harness.call(car, *UNLOCK)
    await harness.settle()
    assert ends.told == [SUCCESS]
    assert len(posts(harness)) == 2
    await harness.pass_time(hours=2)
    assert ends.told == [SUCCESS]


async def test_a_charge_that_began_just_before_a_crash_goes_on(
    harness: Harness, car: Car, hass_storage: dict[str, Any]
) -> None:
    """What is known of a car is written a minute later, that a charge has begun at once."""
    entry, garage = await harness.add_account(), harness.vendor.garage
    garage.unplug(car)
    await harness.vendor.idle()
    await harness.pass_time(seconds=61)
    car.clock_ahead = timedelta(seconds=5)  # dates are whole seconds
    garage.start_charging(car)
    await harness.until(car, "switch", "charging", "on")
    await harness.settle()
    await crash(harness, entry, hass_storage)
    await start(harness, entry)
    assert await charges(harness, car) == []
    car.clock_ahead = timedelta(seconds=10)
    garage.stop_charging(car)
    await harness.until(car, "switch", "charging", "off")
    assert [each["result"] for each in await charges(harness, car)] == ["interrupted"]
    car.clock_ahead = timedelta(seconds=15)
    garage.unplug(car)
    await harness.until(car, "binary_sensor", "plugged", "off")
    assert len(await charges(harness, car)) == 1
