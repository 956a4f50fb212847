"""The cars on the dashboard: their tiles, their commands, what is said."""

from collections.abc import Iterator

import pytest

from .chromium import DESKTOP, PHONE, PHONE_DARK, Screen
from .person import HASS, Person
from .words import TRANSLATIONS, pattern, words

DASHBOARD = "/demo-cars/0"
HISTORY = "/demo-cars/history"

GERMAN = Screen(1280, 900, locale="de-DE")
GERMAN_DARK = Screen(1280, 900, "dark", locale="de-DE")
GERMAN_PHONE_DARK = Screen(390, 844, "dark", locale="de-DE")

# A phone, a tablet, and three columns that are as narrow as they get.
WIDTHS = (390, 768, 1400)

# What a language cannot say in a tile of half a phone's width.
CUT: dict[str, set[str]] = {
    "fr": {"Autonomie carburant", "Autonomie électrique", "Niveau de carburant"},
    "de": {"Bewegt sich nicht", "Elektrische Reichweite", "Kraftstoffreichweite", "Nicht angeschlossen"},
    "it": {"Autonomia carburante", "Autonomia elettrica"},
    "es": {"Autonomía de combustible", "Autonomía eléctrica", "Nivel de combustible"},
    "nl": {"Brandstofactieradius", "Elektrische actieradius"},
    "pt": {
        "Autonomia de combustível",
        "Autonomia elétrica",
        "Estado do carregamento",
        "Início do carregamento",
        "Nível de combustível",
    },
    "pl": {"Poziom naładowania", "Zasięg elektryczny"},
    "da": {"Brændstofrækkevidde", "Elektrisk rækkevidde"},
    "sv": set(),
    "nb": {"Drivstoffrekkevidde", "Elektrisk rekkevidde"},
    "cs": set(),
    "hu": {"Elektromos hatótávolság", "Üzemanyag-hatótávolság"},
}

# Whatever depends on the width has been laid out.
LAID_OUT = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
}"""
SPOKEN = f"language => {HASS}.language === language"

E_208, HATCH = "Peugeot e-208", "Peugeot 2008"


def open_dashboard(person: Person, path: str = DASHBOARD) -> None:
    person.open(path)
    person.page.locator("hui-tile-card").last.wait_for()


def cut(person: Person) -> set[str]:
    """Return the labels that are cut, without those that have no text of their own."""
    return {label for label in person.cut_labels() if label}


@pytest.mark.parametrize(
    ("screen", "language"),
    [(DESKTOP, "en"), (GERMAN_DARK, "de")],
    ids=["English", "German, dark"],
    indirect=["language"],
)
def test_no_label_is_cut_and_no_card_fails(person: Person, language: str) -> None:
    page = person.page
    for path in (DASHBOARD, HISTORY):
        open_dashboard(person, path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(LAID_OUT)
            assert cut(person) <= CUT.get(language, set())
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("hui-error-card, hui-warning, hui-warning-element").count() == 0


@pytest.mark.timeout(240)
@pytest.mark.parametrize("screen", [PHONE], ids=str)
def test_what_is_cut_on_a_phone_is_known(person: Person, subtests: pytest.Subtests) -> None:
    page = person.open("/profile")
    assert {*CUT, "en"} == {path.stem for path in TRANSLATIONS.glob("*.json")}
    try:
        for language, known in CUT.items():
            with subtests.test(language):
                person.set_language(language)
                page.evaluate(
                    "language => localStorage.setItem('selectedLanguage', JSON.stringify(language))", language
                )
                open_dashboard(person)
                page.wait_for_function(SPOKEN, arg=language)
                page.evaluate(LAID_OUT)
                assert cut(person) <= known
    finally:
        person.set_language("en")


@pytest.mark.parametrize(
    ("screen", "language", "lock", "locking", "locked"),
    [
        (DESKTOP, "en", "Lock", "Locking", "Locked"),
        (GERMAN_PHONE_DARK, "de", "Verriegeln", "Wird verriegelt", "Verriegelt"),
    ],
    ids=["desktop", "German phone, dark"],
    indirect=["language"],
)
def test_a_car_is_locked(person: Person, language: str, lock: str, locking: str, locked: str) -> None:
    open_dashboard(person)
    doors = person.entity_id("lock.doors", E_208)
    person.in_the_garage("electric", "unlock")
    person.wait_for_state(doors, "unlocked")
    tile = person.tile(doors)
    tile.get_by_text(words("entity", "lock", "doors", "name", language=language), exact=True).wait_for()
    tile.get_by_role("button", name=lock, exact=True).click()
    tile.get_by_text(locking, exact=True).wait_for()
    tile.get_by_text(locked, exact=True).wait_for()
    person.wait_for_state(doors, "locked")


@pytest.mark.parametrize(
    ("screen", "language", "lock"),
    [(PHONE_DARK, "en", "Lock"), (GERMAN, "de", "Verriegeln")],
    ids=["phone, dark", "German"],
    indirect=["language"],
)
def test_a_car_that_cannot_be_locked_says_why(person: Person, language: str, lock: str) -> None:
    open_dashboard(person)
    doors = person.entity_id("lock.doors", HATCH)
    person.in_the_garage("combustion", "open", "Trunk")
    person.wait_for_state(person.entity_id("binary_sensor.trunk", HATCH), "on")
    person.tile(doors).get_by_role("button", name=lock, exact=True).click()
    sentence = pattern("exceptions", "doors_open", "message", language=language, car=HATCH, cause="DoorsOpen")
    person.page.locator("ha-toast .message").get_by_text(sentence).wait_for()
    person.wait_for_state(doors, "unlocked")
    person.forgive_refusal()


def test_a_door_that_is_opened_shows_at_once(person: Person) -> None:
    open_dashboard(person)
    door = person.entity_id("binary_sensor.door_driver", E_208)
    person.in_the_garage("electric", "open", "Driver")
    person.wait_for_state(door, "on")
    person.page.locator("hui-glance-card").first.get_by_text("Open", exact=True).wait_for()
    person.in_the_garage("electric", "close", "Driver")
    person.wait_for_state(door, "off")


@pytest.fixture
def assistant(person: Person, language: str) -> Iterator[None]:
    """Let Home Assistant's own assistant listen in a language."""
    person.open("/profile")
    [pipeline] = person.command("assist_pipeline/pipeline/list")["pipelines"]
    settings = {key: value for key, value in pipeline.items() if key != "id"}

    def listen(language: str) -> None:
        spoken = {"language": language, "conversation_language": language}
        person.command("assist_pipeline/pipeline/update", pipeline_id=pipeline["id"], **settings | spoken)

    listen(language)
    yield
    listen("en")


@pytest.mark.usefixtures("assistant")
@pytest.mark.parametrize(
    ("screen", "language", "sentence"),
    [
        (PHONE, "en", f"lock the {E_208} doors"),
        (GERMAN, "de", f"verriegle die {E_208} Türen"),
    ],
    ids=["phone", "German"],
    indirect=["language"],
)
def test_assist_locks_a_car(person: Person, language: str, sentence: str) -> None:
    open_dashboard(person)
    doors = person.entity_id("lock.doors", E_208)
    person.in_the_garage("electric", "unlock")
    person.wait_for_state(doors, "unlocked")
    person.page.keyboard.press("a")
    dialog = person.page.locator("ha-voice-command-dialog")
    dialog.locator("input").fill(sentence)
    dialog.locator("input").press("Enter")
    dialog.get_by_text({"en": "Locking", "de": "abgeschlossen"}[language], exact=True).wait_for()
    person.wait_for_state(doors, "locked")
