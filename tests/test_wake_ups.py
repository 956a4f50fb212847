"""How often a car may be woken."""

from datetime import timedelta

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.account import async_remove_storage, wake_ups
from custom_components.stellantis.const import DOMAIN
from simulator import Car

from .helpers.harness import Harness
from .helpers.remotes import sent

WAKE_UP = ("button", "wake_up", "press")


def count(harness: Harness, car: Car) -> str:
    return harness.state(car, "sensor", "wake_ups_this_month").state


def refused(harness: Harness, car: Car) -> bool:
    refused: bool = harness.state(car, "sensor", "wake_ups_this_month").attributes["refused"]
    return refused


async def begin_month(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next month begin, at midnight."""
    monkeypatch.setattr(wake_ups, "_month_of", lambda _at: "2999-01")
    midnight = dt_util.as_utc(dt_util.start_of_local_day(dt_util.now() + timedelta(days=1)))
    await harness.pass_time(seconds=(midnight - dt_util.utcnow()).total_seconds() + 2)


async def test_wake_ups_are_counted(harness: Harness, car: Car, other: Car) -> None:
    """Once each, however many messages tell of it."""
    await harness.add_account()
    assert count(harness, car) == "0"
    since = dt_util.parse_datetime(harness.state(car, "sensor", "wake_ups_this_month").attributes["last_reset"])
    assert since
    since = dt_util.as_local(since)
    assert (since.month, since.day, since.hour, since.minute) == (dt_util.now().month, 1, 0, 0)
    await harness.call(car, *WAKE_UP)
    assert count(harness, car) == "1"
    await harness.call(car, *WAKE_UP)
    assert count(harness, car) == "2"
    assert count(harness, other) == "0"


async def test_a_remote_that_wakes_the_car_counts_and_one_that_does_not_need_to_does_not(
    harness: Harness, car: Car
) -> None:
    await harness.add_account()
    harness.vendor.speed = float("inf")
    car.asleep = True
    await harness.call(car, "lock", "doors", "unlock")
    assert count(harness, car) == "1"
    car.asleep = False
    await harness.call(car, "lock", "doors", "lock")
    assert count(harness, car) == "1"


async def test_the_count_outlives_a_restart(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    await harness.call(car, *WAKE_UP)
    await harness.reload(entry)
    assert count(harness, car) == "1"


async def test_a_month_begins_with_none(harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch) -> None:
    await harness.add_account()
    await harness.call(car, *WAKE_UP)
    await begin_month(harness, monkeypatch)
    assert count(harness, car) == "0"
    await harness.call(car, *WAKE_UP)
    assert count(harness, car) == "1"


async def test_above_the_limit_the_button_is_refused(harness: Harness, car: Car) -> None:
    """Other remotes are not, though they wake the car too: who locks the doors means it."""
    entry = await harness.add_account()
    harness.hass.config_entries.async_update_entry(entry, options={"wake_up_limit": 2})
    await harness.reload(entry)
    await harness.call(car, *WAKE_UP)
    await harness.call(car, *WAKE_UP)
    posts = len(sent(harness))
    error = await harness.failure(harness.call(car, *WAKE_UP))
    assert isinstance(error, ServiceValidationError)
    assert error.translation_key == "wake_up_limit"
    assert "2 times this month" in str(error)
    assert len(sent(harness)) == posts
    await harness.call(car, "lock", "doors", "unlock")
    assert len(sent(harness)) == posts + 1


async def test_two_presses_at_once_do_not_slip_past_the_limit(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    harness.hass.config_entries.async_update_entry(entry, options={"wake_up_limit": 1})
    await harness.reload(entry)
    first, second = harness.start(car, *WAKE_UP), harness.start(car, *WAKE_UP)
    await first
    assert (await harness.failure(second)).translation_key == "wake_up_limit"
    assert len(sent(harness)) == 1


async def test_without_a_limit_the_vendors_holds(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    harness.hass.config_entries.async_update_entry(entry, options={"wake_up_limit": 0})
    await harness.reload(entry)
    for _ in range(3):
        await harness.call(car, *WAKE_UP)
    assert count(harness, car) == "3"


async def test_the_vendors_refusal_is_shown_until_the_month_ends(
    harness: Harness, car: Car, other: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await harness.add_account()
    assert not refused(harness, car)
    car.wake_up_limit, car.asleep = 0, True
    error = await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    assert error.translation_key == "too_many_wake_ups"
    assert refused(harness, car)
    assert not refused(harness, other)
    await harness.reload(entry)
    assert refused(harness, car)
    await begin_month(harness, monkeypatch)
    assert not refused(harness, car)


async def test_it_is_shown_until_the_vendor_wakes_the_car_again(harness: Harness, car: Car) -> None:
    """Its month may begin later than Home Assistant's. What a car does while it is awake proves nothing."""
    entry = await harness.add_account()
    harness.vendor.speed = float("inf")
    car.wake_up_limit, car.asleep = 0, True
    await harness.failure(harness.call(car, *WAKE_UP))
    car.asleep = False
    await harness.call(car, "lock", "doors", "unlock")
    assert refused(harness, car)
    car.wake_up_limit, car.asleep = 1, True
    await harness.call(car, "lock", "doors", "lock")
    assert not refused(harness, car)
    await harness.reload(entry)
    assert not refused(harness, car)


async def test_it_is_no_repair(harness: Harness, car: Car) -> None:
    """That of an older version, which Home Assistant has stored, is deleted."""
    entry = await harness.add_account()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    registry = ir.async_get(harness.hass)
    ir.async_create_issue(
        harness.hass,
        DOMAIN,
        f"too_many_wake_ups_{entry.entry_id}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="too_many_wake_ups",
    )
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    car.wake_up_limit, car.asleep = 0, True
    await harness.failure(harness.call(car, *WAKE_UP))
    assert not [issue_id for domain, issue_id in registry.issues if domain == DOMAIN]


async def test_a_wake_up_that_the_vendor_refuses_is_none(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.wake_up_limit, car.asleep = 0, True
    await harness.failure(harness.call(car, *WAKE_UP))
    assert (count(harness, car), car.wake_ups) == ("0", 0)


async def test_what_was_refused_last_month_says_nothing_of_this_one(harness: Harness, car: Car) -> None:
    """The vendor tells it for three days."""
    entry = await harness.add_account()
    car.wake_up_limit, car.asleep = 0, True
    await harness.failure(harness.call(car, *WAKE_UP))
    await harness.vendor.idle()
    message = harness.vendor.deliveries[-1].messages[-1]
    await harness.hass.config_entries.async_unload(entry.entry_id)
    await async_remove_storage(harness.hass, entry)
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    message["date"] = (dt_util.utcnow() - timedelta(days=32)).isoformat()
    async with harness.browser.post(f"/api/webhook/{entry.data['webhook_id']}", json=message) as answer:
        assert answer.status == 200
    await harness.settle()
    assert harness.state(car, "event", "remote").attributes["failure_cause"] == "too_many_wake_ups"
    assert not refused(harness, car)
