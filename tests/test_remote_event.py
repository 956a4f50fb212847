"""How remotes end, as an event to automate on and as a sentence in the logbook."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, Event, EventStateChangedData, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.stellantis.account import commands, questions
from custom_components.stellantis.account.outcomes import EVENT_REMOTE
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, MessageFault, Outcome

from .helpers.ends import Ends, end
from .helpers.harness import SPEED, STANDSTILL, Harness
from .helpers.remotes import UNLOCK, act


async def test_it_is_unknown_until_a_remote_has_ended(harness: Harness, car: Car) -> None:
    await harness.add_account()
    state = harness.state(car, "event", "remote")
    assert state.state == "unknown"
    assert state.attributes["event_types"] == ["success", "already_done", "failed", "timed_out"]


async def test_a_car_that_can_be_asked_nothing_has_none(harness: Harness, car: Car) -> None:
    await harness.add_account(scopes=["data:telemetry"])
    registry = er.async_get(harness.hass)
    assert registry.async_get_entity_id("event", DOMAIN, f"{car.vin}_remote") is None
    assert registry.async_get_entity_id("lock", DOMAIN, f"{car.vin}_doors") is None


async def test_a_success(harness: Harness, car: Car, other: Car) -> None:
    await harness.add_account()
    await harness.call(car, *UNLOCK)
    state = harness.state(car, "event", "remote")
    assert end(state) == ("success", "doors", "unlock", None)
    assert 0 < state.attributes["duration"] < 60
    assert harness.state(other, "event", "remote").state == "unknown"


async def test_what_was_done_already(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await harness.call(car, "lock", "doors", "lock")
    assert end(harness.state(car, "event", "remote")) == ("already_done", "doors", "lock", None)


@pytest.mark.parametrize(
    ("cause", "name"),
    [("ExternalChargingSystemError", "external_charging_system_error"), ("FluxCapacitorEmpty", "FluxCapacitorEmpty")],
)
async def test_a_failure(harness: Harness, car: Car, cause: str, name: str) -> None:
    """A cause that nobody has heard of is told as it is."""
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", cause))
    await harness.failure(harness.call(car, "switch", "charging", "turn_on"))
    assert end(harness.state(car, "event", "remote")) == ("failed", "charging", "start", name)


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ({"status": 429}, "rate_limited"),
        ({"status": 503}, "vendor_error"),
        ({"status": 401, "times": None}, "token_refused"),
    ],
)
async def test_a_remote_that_the_vendor_does_not_take(
    harness: Harness, car: Car, fault: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "LOOK_AFTER", (0.0,))
    await harness.add_account()
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", **fault))
    await harness.failure(harness.call(car, *UNLOCK))
    state = harness.state(car, "event", "remote")
    assert end(state) == ("failed", "doors", "unlock", name)
    assert state.attributes["duration"] is None


async def test_what_is_refused_at_home_is_no_event(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await harness.failure(act(harness, car, "send_navigation", destinations=[]))
    assert harness.state(car, "event", "remote").state == "unknown"


async def test_a_time_out_and_the_late_end(harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "GIVE_UP_AFTER", 0.2)
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    await harness.failure(harness.call(car, *UNLOCK))
    state = harness.state(car, "event", "remote")
    assert end(state) == ("timed_out", "doors", "unlock", None)
    assert state.attributes["duration"] >= commands.GIVE_UP_AFTER
    changes = harness.changes(car, "event", "remote")
    late = asyncio.ensure_future(anext(changes))
    harness.vendor.speed = SPEED
    state = await late
    assert end(state) == ("success", "doors", "unlock", None)
    assert state.attributes["duration"] > commands.GIVE_UP_AFTER
    await changes.aclose()


async def test_an_end_that_is_told_twice_is_one(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    ends = Ends(harness.hass)
    harness.vendor.faults.add(MessageFault(times=None, double=True))
    await harness.call(car, *UNLOCK)
    await harness.vendor.idle()
    await harness.settle()
    assert len(ends.told) == 1
    await harness.reload(entry)
    # And once more, long after: the vendor does not know what has arrived.
    last = next(delivery for delivery in reversed(harness.vendor.deliveries) if "Success" in str(delivery.messages))
    async with harness.browser.post(f"/api/webhook/{entry.data['webhook_id']}", json=last.messages[0]) as answer:
        assert answer.status == 200
    await harness.settle()
    assert len(ends.told) == 1


async def restart_during(harness: Harness, entry: ConfigEntry[Any], car: Car, *what: str) -> None:
    """Restart while the car is being unlocked, or asked for something else."""
    harness.vendor.speed = 1.0
    harness.vendor.deliveries.clear()
    calling = harness.start(car, *(what or UNLOCK))
    await harness.vendor.wait_for_delivery(lambda delivery: "Accepted" in str(delivery.messages))
    harness.vendor.speed = STANDSTILL
    await harness.hass.config_entries.async_unload(entry.entry_id)
    assert (await harness.failure(calling)).translation_key == "command_interrupted"
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()


@pytest.mark.usefixtures("every_entity_enabled")
@pytest.mark.parametrize(("service", "before", "after"), [("turn_on", "unknown", "on"), ("turn_off", "on", "off")])
async def test_what_the_car_does_not_report_is_assumed_after_a_restart_too(
    harness: Harness, car: Car, service: str, before: str, after: str
) -> None:
    entry = await harness.add_account()
    if before == "on":
        await harness.call(car, "switch", "immobilization", "turn_on")
        await harness.vendor.idle()
    await restart_during(harness, entry, car, "switch", "immobilization", service)
    assert harness.state(car, "switch", "immobilization").state == before
    harness.vendor.speed = SPEED
    await harness.until(car, "switch", "immobilization", after)


async def test_what_no_monitor_watches_is_read_after_a_restart(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.speed = 1.0
    calling = asyncio.create_task(act(harness, car, "set_charging_schedule", programs=[{"start": "22:30"}]))
    await harness.vendor.wait_for_delivery(lambda delivery: "Accepted" in str(delivery.messages))
    harness.vendor.speed = STANDSTILL
    await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.failure(calling)
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    harness.vendor.speed = SPEED
    await harness.vendor.idle()
    await harness.settle()
    answer = await act(harness, car, "get_charging_schedule", answer=True)
    assert [program["start"] for program in answer["programs"]] == ["22:30:00"]


async def test_what_the_vendor_tells_no_more_is_forgotten(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    await restart_during(harness, entry, car)
    await harness.hass.config_entries.async_unload(entry.entry_id)
    store: Store[dict[str, Any]] = Store(harness.hass, 1, f"{DOMAIN}.{entry.entry_id}", private=True)
    content = await store.async_load()
    assert content
    [remote] = content[car.vin]["remotes"]["sent"].values()
    assert (remote["type"], remote["action"]) == ("Doors", "unlock")
    remote["sent_at"] = (dt_util.utcnow() - timedelta(hours=73)).isoformat()
    await store.async_save(content)
    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    content = await store.async_load()
    assert content
    assert content[car.vin]["remotes"]["sent"] == {}


async def test_a_wake_up_that_is_refused_over_a_restart_is_told(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    ends = Ends(harness.hass)
    car.next_outcomes.append(Outcome("TooManyWakeUpsOverMonth"))
    await restart_during(harness, entry, car)
    assert harness.state(car, "sensor", "wake_ups_this_month").attributes["refused"] is False
    harness.vendor.speed = SPEED
    await harness.vendor.idle()
    await harness.settle()
    assert ends.told == [("failed", "doors", "unlock", "too_many_wake_ups")]
    assert end(harness.state(car, "event", "remote")) == ends.told[0]
    assert harness.state(car, "sensor", "wake_ups_this_month").attributes["refused"] is True


async def test_an_end_while_home_assistant_starts_is_not_lost(harness: Harness, car: Car) -> None:
    """It comes before there is an entity to tell it."""
    entry = await harness.add_account()
    ends = Ends(harness.hass)
    await restart_during(harness, entry, car)
    await harness.hass.config_entries.async_unload(entry.entry_id)
    harness.vendor.faults.add(Fault(path="*/user/vehicles", delay=0.3))
    setting_up = asyncio.ensure_future(harness.hass.config_entries.async_setup(entry.entry_id))
    while entry.data["webhook_id"] not in harness.hass.data["webhook"]:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0)
    harness.vendor.speed = SPEED
    await harness.vendor.idle()
    assert await setting_up
    await harness.settle()
    assert ends.told == [("success", "doors", "unlock", None)]


async def test_a_remote_that_was_forgotten_is_told_without_what_is_not_known(harness: Harness, car: Car) -> None:
    """After a crash nothing is known of it but what the vendor says."""
    entry = await harness.add_account()
    await harness.call(car, *UNLOCK)
    await harness.vendor.idle()
    last = next(delivery for delivery in reversed(harness.vendor.deliveries) if "Success" in str(delivery.messages))
    message = last.messages[0]
    for remote_id, remote_type in (("unheard-of", "Doors"), ("another", "Teleportation"), ("a-third", None)):
        message["remoteEvent"] |= {"remoteActionId": remote_id, "remoteType": remote_type}
        async with harness.browser.post(f"/api/webhook/{entry.data['webhook_id']}", json=message):
            await harness.settle()
        state = harness.state(car, "event", "remote")
        name = {"Doors": "doors", "Teleportation": "teleportation", None: None}[remote_type]
        assert end(state) == ("success", name, "unknown", None)
        assert state.attributes["duration"] is None


async def test_the_last_end_outlives_a_restart(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    await harness.call(car, *UNLOCK)
    before = harness.state(car, "event", "remote")
    await harness.reload(entry)
    after = harness.state(car, "event", "remote")
    assert (after.state, end(after)) == (before.state, end(before))


# Who asked


async def test_who_asked_is_known_to_the_end(
    harness: Harness, car: Car, hass_admin_user: MockUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home Assistant itself forgets it within seconds."""
    await harness.add_account()
    events: list[Event[Any]] = []

    @callback
    def listen(event: Event[Any]) -> None:
        events.append(event)

    harness.hass.bus.async_listen(EVENT_REMOTE, listen)
    context = Context(user_id=hass_admin_user.id)
    target = {"entity_id": harness.entity_id(car, "lock", "doors")}
    harness.vendor.speed = 50
    monkeypatch.setattr("homeassistant.helpers.entity.CONTEXT_RECENT_TIME_SECONDS", 0.1)
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    with pytest.raises(HomeAssistantError):
        await harness.hass.services.async_call("lock", "unlock", target=target, blocking=True, context=context)
    assert harness.state(car, "lock", "doors").context is context
    assert harness.state(car, "event", "remote").context is context
    [event] = events
    assert event.context is context
    assert event.data["entity_id"] == harness.entity_id(car, "lock", "doors")
    # One figure, or the logbook's sentence and the attribute may fall on different seconds.
    assert event.data["duration"] == harness.state(car, "event", "remote").attributes["duration"]


async def test_a_change_belongs_to_whose_remote_made_it_not_to_who_waits_behind(
    harness: Harness, car: Car, hass_admin_user: MockUser
) -> None:
    await harness.add_account()
    other_user = await harness.hass.auth.async_create_user("other", group_ids=[GROUP_ID_ADMIN])
    entity_id = harness.entity_id(car, "switch", "lights")
    changes: list[tuple[str, str | None]] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if old and new and old.state != new.state:
            changes.append((new.state, new.context.user_id))

    async_track_state_change_event(harness.hass, entity_id, note)
    calls = [
        harness.hass.services.async_call(
            "switch", service, target={"entity_id": entity_id}, blocking=True, context=Context(user_id=user.id)
        )
        for service, user in (("turn_on", hass_admin_user), ("turn_off", other_user))
    ]
    await asyncio.gather(*calls)
    assert changes == [("on", hass_admin_user.id), ("off", other_user.id)]


async def test_what_nobody_asked_for_is_not_laid_to_who_asked_before(
    harness: Harness, car: Car, hass_admin_user: MockUser
) -> None:
    """A charge that is stopped at its limit, just after somebody has unlocked the car."""
    car.charging_power = 1.0
    await harness.add_account()
    context = Context(user_id=hass_admin_user.id)
    target = {"entity_id": harness.entity_id(car, "lock", "doors")}
    await harness.hass.services.async_call("lock", "unlock", target=target, blocking=True, context=context)
    await harness.call(car, "number", "charge_limit", "set_value", value=50)
    harness.vendor.garage.start_charging(car)
    await harness.until(car, "switch", "charging", "on")
    await harness.until(car, "switch", "charging", "off")
    await harness.settle()
    state = harness.state(car, "event", "remote")
    assert end(state) == ("success", "charging", "stop", None)
    assert state.context.user_id is None


async def test_what_is_done_on_a_page_is_not_laid_to_an_automation_of_before(
    harness: Harness, car: Car, hass_admin_user: MockUser
) -> None:
    """The page of a calendar calls its entity without saying who it is."""
    await harness.add_account()
    entity_id = harness.entity_id(car, "calendar", "preconditioning")
    begin = dt_util.now() + timedelta(days=1)
    begin = begin.replace(second=0, microsecond=0)
    data = {"summary": "Warm", "start_date_time": begin, "end_date_time": begin + timedelta(hours=1)}
    await harness.hass.services.async_call(
        "calendar",
        "create_event",
        data,
        target={"entity_id": entity_id},
        blocking=True,
        context=Context(user_id=hass_admin_user.id),
    )
    assert harness.state(car, "event", "remote").context.user_id == hass_admin_user.id
    page = harness.hass.data["calendar"].get_entity(entity_id)
    await page.async_delete_event("2")
    assert harness.state(car, "event", "remote").context.user_id is None


async def test_what_an_action_asks_for_is_an_event_too(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await act(harness, car, "stop_signals")
    assert end(harness.state(car, "event", "remote")) == ("success", "lights", "turn_off", None)
