"""The sentences of docs/voice.md in other languages, with the names that entities have in those languages."""

from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.const import MAJOR_VERSION, MINOR_VERSION
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.intent import IntentResponse, IntentResponseType
import pytest

from simulator import Car

from .helpers.harness import Harness
from .helpers.remotes import sent
from .helpers.voice import expose_all, say, set_up_agent

PAGE: Final = Path(__file__).parents[1] / "docs" / "voice.md"
ROW: Final = re.compile(r"\| \w+ \((\w+)\) \| (.+?) \| (.+?) \| (?:(.+?) )?\|")
LANGUAGES: Final = {"de", "es", "fr", "it", "nl"}


@dataclass(frozen=True)
class Sentence:
    """A row of the page's table."""

    language: str
    words: str
    effect: str
    alias: str | None


SENTENCES: Final = [
    Sentence(*row.groups()) for line in PAGE.read_text(encoding="utf-8").splitlines() if (row := ROW.fullmatch(line))
]


@dataclass(frozen=True)
class Command:
    """What the simulated car is like before a sentence, what it is sent and what it is like after it."""

    entity: tuple[str, str]
    attribute: str
    before: Any
    after: Any
    action: str
    state: str


@dataclass(frozen=True)
class Question:
    """What the agent is asked for, and whether it says yes if the car is locked and its boot shut."""

    entity: tuple[str, str]
    yes_if_closed: bool


DOORS: Final = ("lock", "doors")
CHARGING: Final = ("switch", "charging")
PRECONDITIONING: Final = ("climate", "preconditioning")
LEVEL: Final = ("sensor", "battery_level")
BOOT: Final = ("binary_sensor", "trunk")
COMMANDS: Final = {
    "locks the doors": Command(DOORS, "locked", False, True, "door", "locked"),
    "unlocks the doors": Command(DOORS, "locked", True, False, "door", "unlocked"),
    "starts the charging": Command(CHARGING, "charging_status", "Stopped", "InProgress", "charging", "on"),
    "stops the charging": Command(CHARGING, "charging_status", "InProgress", "Stopped", "charging", "off"),
    "starts the preconditioning": Command(
        PRECONDITIONING, "preconditioning", "Disabled", "Enabled", "preconditioning", "heat_cool"
    ),
    "stops the preconditioning": Command(
        PRECONDITIONING, "preconditioning", "Enabled", "Disabled", "preconditioning", "off"
    ),
}
QUESTIONS: Final = {
    "says whether the doors are locked": Question(DOORS, yes_if_closed=True),
    "says whether the boot is open": Question(BOOT, yes_if_closed=False),
}
UNDERSTOOD: Final = {
    effect
    for effect, command in COMMANDS.items()
    if command.entity != PRECONDITIONING or (MAJOR_VERSION, MINOR_VERSION) >= (2026, 10)
}
"""The commands that this Home Assistant has sentences for; before 2026.10 there are none for climate entities."""
SAYS_THE_LEVEL: Final = "says the battery level"
ENTITIES: Final = {
    SAYS_THE_LEVEL: LEVEL,
    **{effect: each.entity for effect, each in COMMANDS.items()},
    **{effect: each.entity for effect, each in QUESTIONS.items()},
}


@pytest.fixture(params=sorted(LANGUAGES))
async def language(hass: HomeAssistant, request: pytest.FixtureRequest) -> str:
    """Let Home Assistant speak a language before any entity gets its name."""
    hass.config.language = request.param
    await set_up_agent(hass)
    return hass.config.language


def of(language: str, *effects: str) -> list[Sentence]:
    """Return the sentences of a language that have one of these effects."""
    return [sentence for sentence in SENTENCES if sentence.language == language and sentence.effect in effects]


async def add_car(harness: Harness) -> None:
    await harness.add_account()
    expose_all(harness)


async def ask(harness: Harness, car: Car, sentence: Sentence) -> IntentResponse:
    """Give the entity the alias that the sentence needs, and say the sentence."""
    if sentence.alias:
        entity_id = harness.entity_id(car, *ENTITIES[sentence.effect])
        er.async_get(harness.hass).async_update_entity(entity_id, aliases=[er.COMPUTED_NAME, sentence.alias])
    return await say(harness, sentence.words, sentence.language)


async def test_a_command_reaches_the_car(language: str, harness: Harness, car: Car) -> None:
    await add_car(harness)
    for sentence in of(language, *UNDERSTOOD):
        command = COMMANDS[sentence.effect]
        setattr(car, command.attribute, command.before)
        before = len(sent(harness))
        response = await ask(harness, car, sentence)
        assert response.response_type is IntentResponseType.ACTION_DONE, sentence
        await harness.vendor.idle()  # the car reports before the command's end is told
        await harness.settle()
        [body] = sent(harness)[before:]
        assert body.keys() == {command.action}, sentence
        assert getattr(car, command.attribute) == command.after, sentence
        assert harness.state(car, *command.entity).state == command.state, sentence


@pytest.mark.parametrize("closed", [True, False])
async def test_a_question_is_answered_with_yes_or_no(
    language: str, harness: Harness, car: Car, *, closed: bool
) -> None:
    car.locked = closed
    car.open_doors = set() if closed else {"Trunk"}
    await add_car(harness)
    for sentence in of(language, *QUESTIONS):
        response = await ask(harness, car, sentence)
        assert response.response_type is IntentResponseType.QUERY_ANSWER, sentence
        question = QUESTIONS[sentence.effect]
        asked_for = [harness.state(car, *question.entity)]
        answer = (response.matched_states, response.unmatched_states)
        assert answer == ((asked_for, []) if question.yes_if_closed is closed else ([], asked_for)), sentence


async def test_the_battery_level_is_said(language: str, harness: Harness, car: Car) -> None:
    car.battery_level = 47
    await add_car(harness)
    for sentence in of(language, SAYS_THE_LEVEL):
        response = await ask(harness, car, sentence)
        assert response.response_type is IntentResponseType.QUERY_ANSWER, sentence
        assert "47 %" in response.speech["plain"]["speech"], sentence


async def test_an_older_home_assistant_does_not_understand_the_rest(language: str, harness: Harness, car: Car) -> None:
    await add_car(harness)
    for sentence in of(language, *(COMMANDS.keys() - UNDERSTOOD)):
        response = await ask(harness, car, sentence)
        assert response.response_type is IntentResponseType.ERROR, sentence
    assert sent(harness) == []


async def test_a_sentence_with_an_alias_needs_it(language: str, harness: Harness) -> None:
    await add_car(harness)
    for sentence in of(language, *ENTITIES):
        if sentence.alias:
            response = await say(harness, sentence.words, language)
            assert response.response_type is IntentResponseType.ERROR, sentence
    assert sent(harness) == []


async def test_what_is_exposed_by_default(language: str, harness: Harness, car: Car) -> None:
    """The page says that the doors, the boot and the battery level have to be exposed, and nothing else."""
    await harness.add_account()
    for sentence in of(language, SAYS_THE_LEVEL, *QUESTIONS, *UNDERSTOOD):
        response = await ask(harness, car, sentence)
        exposed = ENTITIES[sentence.effect] in {CHARGING, PRECONDITIONING}
        assert bool(response.matched_states) is exposed, sentence
        await harness.settle()


def test_each_language_has_a_sentence_for_each_command_and_the_level() -> None:
    named = {(sentence.language, sentence.effect) for sentence in SENTENCES if not sentence.alias}
    wanted = {*COMMANDS, SAYS_THE_LEVEL}
    assert named >= {(language, effect) for language in LANGUAGES for effect in wanted}


def test_the_table_has_no_row_that_is_not_tested() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## In other languages")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert len(rows) == len(SENTENCES) + 2
    assert {sentence.effect for sentence in SENTENCES} == ENTITIES.keys()
    assert {sentence.language for sentence in SENTENCES} == LANGUAGES
