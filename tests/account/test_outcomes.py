"""How the end of a remote is told."""

from dataclasses import FrozenInstanceError
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.stellantis.account.outcomes import EVENT_REMOTE, Outcome, Outcomes, Result
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.coordinator import Requester


def outcome(action: str, **more: Any) -> Outcome:
    return Outcome(result=Result.SUCCESS, remote="doors", action=action, **more)


@pytest.fixture
def outcomes(hass: HomeAssistant, entry: ConfigEntry[Any]) -> Outcomes:
    return Outcomes(hass, entry, on_late=lambda: None)


async def test_a_listener_is_told_of_its_car(outcomes: Outcomes) -> None:
    heard: list[Outcome] = []
    outcomes.async_listen("one", heard.append)
    outcomes.async_tell("one", outcome("lock"))
    outcomes.async_tell("two", outcome("unlock"))
    assert heard == [outcome("lock")]


async def test_what_ended_before_anybody_listened_is_told_first(outcomes: Outcomes) -> None:
    first: list[Outcome] = []
    second: list[Outcome] = []
    outcomes.async_tell("one", outcome("lock"))
    outcomes.async_tell("one", outcome("unlock"))
    outcomes.async_listen("one", first.append)
    outcomes.async_tell("one", outcome("start"))
    outcomes.async_listen("one", second.append)
    assert first == [outcome("lock"), outcome("unlock"), outcome("start")]
    assert second == []


async def test_of_too_many_the_last_twenty_are_told(outcomes: Outcomes) -> None:
    heard: list[Outcome] = []
    for number in range(21):
        outcomes.async_tell("one", outcome(str(number)))
    outcomes.async_listen("one", heard.append)
    assert [each.action for each in heard] == [str(number) for number in range(1, 21)]


async def test_outcomes_of_a_car_that_has_left_are_not_told_when_it_comes_back(outcomes: Outcomes) -> None:
    heard: list[Outcome] = []
    outcomes.async_tell("one", outcome("lock"))
    outcomes.forget("one")
    outcomes.async_listen("one", heard.append)
    assert heard == []


async def test_who_has_stopped_hears_no_more_and_the_next_one_does(outcomes: Outcomes) -> None:
    first: list[Outcome] = []
    second: list[Outcome] = []
    stop = outcomes.async_listen("one", first.append)
    stop()
    outcomes.async_tell("one", outcome("lock"))
    outcomes.async_listen("one", second.append)
    stop()
    outcomes.async_tell("one", outcome("unlock"))
    assert first == []
    assert second == [outcome("lock"), outcome("unlock")]


async def test_an_event_is_fired_for_the_logbook(
    hass: HomeAssistant, entry: ConfigEntry[Any], outcomes: Outcomes
) -> None:
    device = dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, identifiers={(DOMAIN, "one")})
    events = async_capture_events(hass, EVENT_REMOTE)
    context = Context()
    failed = Outcome(
        result=Result.FAILED,
        remote="doors",
        action="lock",
        failure_cause="doors_open",
        duration=2.5,
        requester=Requester(context=context, entity_id="lock.doors"),
    )
    outcomes.async_tell("one", failed)
    outcomes.async_listen("one", list[Outcome]().append)
    outcomes.async_tell("one", outcome("unlock"))
    [first, second] = events
    assert first.context is context
    assert first.data == {
        "device_id": device.id,
        "entity_id": "lock.doors",
        "result": "failed",
        "remote": "doors",
        "action": "lock",
        "failure_cause": "doors_open",
        "duration": 2.5,
    }
    assert second.data == {
        "device_id": device.id,
        "entity_id": None,
        "result": "success",
        "remote": "doors",
        "action": "unlock",
        "failure_cause": None,
        "duration": None,
    }


async def test_a_car_without_a_device_has_an_event_too(hass: HomeAssistant, outcomes: Outcomes) -> None:
    events = async_capture_events(hass, EVENT_REMOTE)
    outcomes.async_tell("one", outcome("lock"))
    assert [event.data["device_id"] for event in events] == [None]


def test_an_outcome_does_not_change() -> None:
    made = outcome("lock")
    assert made.requester == Requester(context=None, entity_id=None)
    with pytest.raises(FrozenInstanceError):
        made.action = "unlock"  # type: ignore[misc]


async def test_it_is_noted_that_what_waited_has_been_heard(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    late: list[str] = []
    outcomes = Outcomes(hass, entry, on_late=lambda: late.append("heard"))
    outcomes.async_listen("one", lambda _outcome: None)()
    assert late == []
    assert not outcomes.async_tell("one", outcome("lock"))
    outcomes.async_listen("one", lambda _outcome: None)
    assert late == ["heard"]
    assert outcomes.async_tell("one", outcome("unlock"))
    assert late == ["heard"]
