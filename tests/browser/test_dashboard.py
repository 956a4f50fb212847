"""The cars on the dashboard: their tiles, their commands, what is said."""

from collections.abc import Iterator

from playwright.sync_api import Browser, StorageState
import pytest

from .chromium import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK, Screen
from .demo import Demo
from .person import Person, new_person
from .words import pattern, words

DASHBOARD = "/demo-cars/0"
HISTORY = "/demo-cars/history"

GERMAN = Screen(390, 844, locale="de-DE")

# What German cannot say in a tile of half a phone's width.
CUT = {"Nicht angeschlossen", "Elektrische Reichweite", "Kraftstoffreichweite"}

E_208, HATCH = "Peugeot e-208", "Peugeot 2008"


def open_dashboard(person: Person, path: str = DASHBOARD) -> None:
    person.open(path)
    person.page.locator("hui-tile-card").last.wait_for()


@pytest.fixture(scope="module")
def language(request: pytest.FixtureRequest, browser: Browser, demo: Demo, storage: StorageState) -> Iterator[str]:
    """The language of Home Assistant, which names the entities."""
    with new_person(browser, demo, DESKTOP, storage) as administrator:
        administrator.open("/profile")
        if request.param != "en":
            administrator.set_language(request.param)
        yield request.param
        if request.param != "en":
            administrator.set_language("en")


@pytest.mark.parametrize(
    ("screen", "language"),
    [(DESKTOP_DARK, "en"), (PHONE, "en"), (GERMAN, "de")],
    ids=["desktop, dark", "phone", "German"],
    indirect=["language"],
)
def test_no_label_is_cut_and_no_card_fails(person: Person, language: str) -> None:
    for path in (DASHBOARD, HISTORY):
        open_dashboard(person, path)
        assert set(person.cut_labels()) <= CUT
        assert person.page.locator("hui-error-card, hui-warning, hui-warning-element").count() == 0
        assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("screen", "language", "lock", "locking", "locked"),
    [
        (DESKTOP, "en", "Lock", "Locking", "Locked"),
        (PHONE_DARK, "en", "Lock", "Locking", "Locked"),
        (GERMAN, "de", "Verriegeln", "Wird verriegelt", "Verriegelt"),
    ],
    ids=["desktop", "phone, dark", "German"],
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
    [(DESKTOP_DARK, "en", "Lock"), (PHONE, "en", "Lock"), (GERMAN, "de", "Verriegeln")],
    ids=["desktop, dark", "phone", "German"],
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


@pytest.mark.parametrize("screen", [DESKTOP, PHONE_DARK], ids=str)
def test_assist_locks_a_car(person: Person) -> None:
    open_dashboard(person)
    doors = person.entity_id("lock.doors", E_208)
    person.in_the_garage("electric", "unlock")
    person.wait_for_state(doors, "unlocked")
    person.page.keyboard.press("a")
    dialog = person.page.locator("ha-voice-command-dialog")
    dialog.locator("input").fill(f"lock the {E_208} doors")
    dialog.locator("input").press("Enter")
    dialog.get_by_text("Locking", exact=True).wait_for()
    person.wait_for_state(doors, "locked")
