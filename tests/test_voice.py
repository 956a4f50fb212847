"""Voice, through Home Assistant's own conversation agent: no language model, no hardware."""

import asyncio
from pathlib import Path
import re
from typing import Final

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity, async_should_expose
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.intent import (
    DynamicServiceIntentHandler,
    IntentResponseErrorCode,
    IntentResponseType,
)
import pytest

from simulator import Car

from .helpers.harness import STANDSTILL, Harness
from .helpers.voice import expose_all, say, set_up_agent

DOCS: Final = Path(__file__).parents[1] / "docs"
SENTENCES: Final = {
    sentence: exposed
    for page in sorted(DOCS.glob("*.md"))
    for line in page.read_text(encoding="utf-8").splitlines()
    for sentence in re.findall(r"“([^”]+)”", line)
    for exposed in [" doors" not in sentence and " the car" not in sentence and "level" not in sentence]
}
"""What the documentation says that can be said, and whether it needs nothing that is not exposed by default."""

ENTITIES = (
    ("lock", "doors"),
    ("switch", "charging"),
    ("climate", "preconditioning"),
    ("button", "horn"),
    ("sensor", "battery_level"),
    ("binary_sensor", "charging"),
)


@pytest.fixture
async def agent(hass: HomeAssistant) -> None:
    await set_up_agent(hass)


@pytest.fixture
async def talking(agent: None, harness: Harness, car: Car) -> Harness:
    """Let the agent know the car, as a person does on the page "Expose"."""
    await harness.add_account()
    for platform, key in ENTITIES:
        async_expose_entity(harness.hass, "conversation", harness.entity_id(car, platform, key), should_expose=True)
    return harness


@pytest.mark.parametrize(
    ("platform", "key", "sentences"),
    [
        (
            "lock",
            "doors",
            {"unlock the Peugeot e-208 doors": "unlocked", "lock the Peugeot e-208 doors": "locked"},
        ),
        (
            "switch",
            "charging",
            {"turn on the Peugeot e-208 charging": "on", "turn off the Peugeot e-208 charging": "off"},
        ),
        (
            "climate",
            "preconditioning",
            {
                "turn on the Peugeot e-208 preconditioning": "heat_cool",
                "turn off the Peugeot e-208 preconditioning": "off",
            },
        ),
    ],
)
async def test_what_is_said_reaches_the_car(
    talking: Harness, car: Car, platform: str, key: str, sentences: dict[str, str]
) -> None:
    at_rest = {"doors": car.locked, "charging": car.charging_status, "preconditioning": car.preconditioning}
    for sentence, state in sentences.items():
        response = await say(talking, sentence)
        assert response.response_type is IntentResponseType.ACTION_DONE
        await talking.until(car, platform, key, state)
        await talking.vendor.idle()  # the car reports before the command's end is told
        await talking.settle()
        now = {"doors": car.locked, "charging": car.charging_status, "preconditioning": car.preconditioning}
        changed = [name for name in now if now[name] != at_rest[name]]
        assert changed == ([] if state in {"locked", "off"} else [key])


async def test_a_failure_is_said_though_not_its_cause(
    talking: Harness, car: Car, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent has one sentence for all failures, if it is told in time; the log has the cause."""
    monkeypatch.setattr(DynamicServiceIntentHandler, "service_timeout", 10)  # a busy machine is no slow car
    talking.vendor.speed = float("inf")
    car.moving = True
    response = await say(talking, "unlock the Peugeot e-208 doors")
    assert response.error_code is IntentResponseErrorCode.FAILED_TO_HANDLE
    assert response.speech["plain"]["speech"] == "An unexpected error occurred"
    assert "Peugeot e-208: the car is in use." in caplog.text
    assert car.locked


@pytest.mark.parametrize(("moving", "end"), [(False, "unlocked"), (True, "locked")])
async def test_the_agent_does_not_wait_for_a_slow_car(talking: Harness, car: Car, *, moving: bool, end: str) -> None:
    """It waits for 0.2 seconds. How it ends, the state shows; a failure is raised to nobody but the log."""
    car.moving = moving
    talking.vendor.speed = STANDSTILL
    response = await say(talking, "unlock the Peugeot e-208 doors")
    assert response.response_type is IntentResponseType.ACTION_DONE
    assert talking.state(car, "lock", "doors").state == "unlocking"
    calling = [task for task in asyncio.all_tasks() if "ServiceRegistry.async_call" in repr(task)]
    talking.vendor.speed = float("inf")
    [error] = await asyncio.gather(*calling, return_exceptions=True)
    assert isinstance(error, HomeAssistantError) is moving
    assert talking.state(car, "lock", "doors").state == end


async def test_what_a_car_reports_can_be_asked_for(talking: Harness) -> None:
    response = await say(talking, "what is the Peugeot e-208 battery level")
    assert response.speech["plain"]["speech"] == "Peugeot e-208 battery level is 62 %"


async def test_a_car_that_is_not_exposed_is_out_of_reach(talking: Harness, car: Car) -> None:
    async_expose_entity(talking.hass, "conversation", talking.entity_id(car, "lock", "doors"), should_expose=False)
    response = await say(talking, "unlock the Peugeot e-208 doors")
    assert response.error_code is IntentResponseErrorCode.NO_VALID_TARGETS
    assert car.locked


# What the documentation says


@pytest.fixture
async def everything(agent: None, harness: Harness, car: Car) -> Harness:
    """Let the agent know all entities, and the lock by its alias too."""
    await harness.add_account()
    registry = er.async_get(harness.hass)
    expose_all(harness)
    registry.async_update_entity(harness.entity_id(car, "lock", "doors"), aliases=[er.COMPUTED_NAME, "car"])
    return harness


def commanded(harness: Harness) -> int:
    return len(harness.requests("POST", "/remotes"))


@pytest.mark.parametrize("sentence", SENTENCES)
async def test_a_sentence_of_the_documentation_is_understood_with_all_exposed(
    everything: Harness, sentence: str
) -> None:
    response = await say(everything, sentence)
    assert response.response_type is not IntentResponseType.ERROR, response.speech
    await everything.settle()
    assert commanded(everything) == (0 if sentence.startswith("what") else 1)


@pytest.mark.parametrize(("sentence", "works"), SENTENCES.items())
async def test_what_is_exposed_by_default(
    agent: None, harness: Harness, car: Car, sentence: str, *, works: bool
) -> None:
    await harness.add_account()
    assert not async_should_expose(harness.hass, "conversation", harness.entity_id(car, "lock", "doors"))
    response = await say(harness, sentence)
    assert bool(response.matched_states) is works, response.speech
    await harness.settle()
    assert commanded(harness) == int(works)
