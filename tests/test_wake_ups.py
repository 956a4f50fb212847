"""How often a car may be woken."""

from datetime import timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis import wake_ups
from custom_components.stellantis.account import status_store
from custom_components.stellantis.const import DOMAIN
from simulator import Car

from .conftest import House
from .test_remotes import sent

WAKE_UP = ("button", "wake_up", "press")


def count(house: House, car: Car) -> str:
    return house.state(car, "sensor", "wake_ups_this_month").state


def repair(house: House, entry: ConfigEntry) -> ir.IssueEntry | None:
    return ir.async_get(house.hass).async_get_issue(DOMAIN, f"too_many_wake_ups_{entry.entry_id}")


async def begin_month(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next month begin, at midnight."""
    monkeypatch.setattr(wake_ups, "_month", lambda: "2999-01")
    midnight = dt_util.start_of_local_day(dt_util.now().date())
    await house.pass_time(hours=24 - (dt_util.now() - midnight).total_seconds() / 3600, seconds=2)


async def test_wake_ups_are_counted(house: House, car: Car) -> None:
    """Once each, however many messages tell of it."""
    await house.add_account()
    assert count(house, car) == "0"
    since = dt_util.parse_datetime(house.state(car, "sensor", "wake_ups_this_month").attributes["last_reset"])
    assert since
    since = dt_util.as_local(since)
    assert (since.month, since.day, since.hour, since.minute) == (dt_util.now().month, 1, 0, 0)
    await house.call(car, *WAKE_UP)
    assert count(house, car) == "1"
    await house.call(car, *WAKE_UP)
    assert count(house, car) == "2"
    assert count(house, house.vendor.cars["hybrid"]) == "0"


async def test_a_remote_that_wakes_the_car_counts_and_one_that_does_not_need_to_does_not(
    house: House, car: Car
) -> None:
    await house.add_account()
    house.vendor.speed = float("inf")
    car.asleep = True
    await house.call(car, "lock", "doors", "unlock")
    assert count(house, car) == "1"
    car.asleep = False
    await house.call(car, "lock", "doors", "lock")
    assert count(house, car) == "1"


async def test_the_count_outlives_a_restart(house: House, car: Car) -> None:
    entry = await house.add_account()
    await house.call(car, *WAKE_UP)
    await house.reload(entry)
    assert count(house, car) == "1"


async def test_a_month_begins_with_none(house: House, car: Car, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.add_account()
    await house.call(car, *WAKE_UP)
    await begin_month(house, monkeypatch)
    assert count(house, car) == "0"
    await house.call(car, *WAKE_UP)
    assert count(house, car) == "1"


async def test_above_the_limit_the_button_is_refused(house: House, car: Car) -> None:
    """Other remotes are not, though they wake the car too: who locks the doors means it."""
    entry = await house.add_account()
    house.hass.config_entries.async_update_entry(entry, options={"wake_up_limit": 2})
    await house.reload(entry)
    await house.call(car, *WAKE_UP)
    await house.call(car, *WAKE_UP)
    posts = len(sent(house))
    error = await house.failure(house.call(car, *WAKE_UP))
    assert isinstance(error, ServiceValidationError)
    assert error.translation_key == "wake_up_limit"
    assert "2 times this month" in str(error)
    assert len(sent(house)) == posts
    await house.call(car, "lock", "doors", "unlock")
    assert len(sent(house)) == posts + 1


async def test_two_presses_at_once_do_not_slip_past_the_limit(house: House, car: Car) -> None:
    entry = await house.add_account()
    house.hass.config_entries.async_update_entry(entry, options={"wake_up_limit": 1})
    await house.reload(entry)
    first, second = house.start(car, *WAKE_UP), house.start(car, *WAKE_UP)
    await first
    assert (await house.failure(second)).translation_key == "wake_up_limit"
    assert len(sent(house)) == 1


async def test_without_a_limit_the_vendors_holds(house: House, car: Car) -> None:
    entry = await house.add_account()
    house.hass.config_entries.async_update_entry(entry, options={"wake_up_limit": 0})
    await house.reload(entry)
    for _ in range(3):
        await house.call(car, *WAKE_UP)
    assert count(house, car) == "3"


async def test_the_vendors_refusal_is_a_repair_until_the_month_ends(
    house: House, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await house.add_account()
    assert repair(house, entry) is None
    car.wake_up_limit, car.asleep = 0, True
    error = await house.failure(house.call(car, "lock", "doors", "unlock"))
    assert error.translation_key == "too_many_wake_ups"
    shown = repair(house, entry)
    assert shown
    assert shown.translation_placeholders == {"account": entry.title, "cars": "Peugeot e-208"}
    await house.reload(entry)
    assert repair(house, entry)
    await begin_month(house, monkeypatch)
    assert repair(house, entry) is None


async def test_a_wake_up_that_the_vendor_refuses_is_none(house: House, car: Car) -> None:
    await house.add_account()
    car.wake_up_limit, car.asleep = 0, True
    await house.failure(house.call(car, *WAKE_UP))
    assert (count(house, car), car.wake_ups) == ("0", 0)


async def test_what_was_refused_last_month_says_nothing_of_this_one(house: House, car: Car) -> None:
    """The vendor tells it for three days."""
    entry = await house.add_account()
    car.wake_up_limit, car.asleep = 0, True
    await house.failure(house.call(car, *WAKE_UP))
    await house.vendor.idle()
    message = house.vendor.deliveries[-1].messages[-1]
    await house.hass.config_entries.async_unload(entry.entry_id)
    await status_store(house.hass, entry).async_remove()
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await house.settle()
    message["date"] = (dt_util.utcnow() - timedelta(days=32)).isoformat()
    async with house.browser.post(f"/api/webhook/{entry.data['webhook_id']}", json=message) as answer:
        assert answer.status == 200
    await house.settle()
    assert house.state(car, "event", "remote").attributes["failure_cause"] == "too_many_wake_ups"
    assert repair(house, entry) is None


async def test_the_repair_goes_with_the_car(house: House, car: Car) -> None:
    entry = await house.add_account()
    car.wake_up_limit, car.asleep = 0, True
    await house.failure(house.call(car, *WAKE_UP))
    house.vendor.accounts["driver"].cars.remove(car)
    await house.pass_time(hours=25)
    assert repair(house, entry) is None


async def test_all_cars_that_are_refused_are_named(house: House, car: Car) -> None:
    entry = await house.add_account()
    for each in (car, house.vendor.cars["hybrid"]):
        each.wake_up_limit, each.asleep = 0, True
        await house.failure(house.call(each, *WAKE_UP))
    shown = repair(house, entry)
    assert shown
    assert shown.translation_placeholders
    assert shown.translation_placeholders["cars"] == "Peugeot 308 Hybrid, Peugeot e-208"


async def test_the_repair_goes_with_the_account(house: House, car: Car) -> None:
    entry = await house.add_account()
    car.wake_up_limit, car.asleep = 0, True
    await house.failure(house.call(car, *WAKE_UP))
    await house.hass.config_entries.async_remove(entry.entry_id)
    assert repair(house, entry) is None
