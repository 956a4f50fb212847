"""The garage: its words, each of its controls, who cannot see or has only a keyboard, and a phone."""

from collections.abc import Callable, Iterator
import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect
import pytest

from .chromium import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK
from .person import Person

E_208, HYBRID, HATCH, C4 = "Peugeot e-208", "Peugeot 308 Hybrid", "Peugeot 2008", "Citroën ë-C4"
SCREENS = (DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK)

# Written like this by people too.
CAMEL_CASE = {"AdBlue"}

SMALLEST = 44
SMALL_TARGETS = """smallest => [...document.querySelectorAll("button, select, summary, a")]
  .filter(one => one.checkVisibility())
  .filter(one => one.getBoundingClientRect().height < smallest || one.getBoundingClientRect().width < smallest)
  .map(one => one.textContent)"""

NO_ANSWER = "The simulator does not answer. Is the demo still running?"


@pytest.fixture
def garage(person: Person) -> Iterator[Page]:
    """The page, beside the one of Home Assistant, and cars that are left as they were."""
    page = person.context.new_page()
    page.goto(person.demo.garage)
    page.locator("article").last.wait_for()
    yield page
    for name in ("electric", "hybrid", "combustion", "second"):
        for action, value in (("park", ""), ("privacy", "None"), ("clear-alert", ""), ("end-emergency", "")):
            person.in_the_garage(name, action, value)


def car(page: Page, title: str) -> Locator:
    return page.locator("article").filter(has=page.get_by_role("heading", name=title, exact=True))


def control(page: Page, title: str, name: str) -> Locator:
    return car(page, title).get_by_role("group", name=name, exact=True)


def change_cars(page: Page, change: Callable[[dict[str, Any]], None]) -> None:
    """Show the page something else than what the simulator says."""

    def answer(route: Route) -> None:
        lists = route.fetch().json()
        change(lists)
        route.fulfill(json=lists)

    page.route("**/garage/cars", answer)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_everybody_can_use_the_page(person: Person, garage: Page) -> None:
    person.in_the_garage("combustion", "open", "Trunk")
    expect(car(garage, HATCH)).to_contain_text("boot open")
    car(garage, HATCH).get_by_text("More about this car").click()
    control(garage, E_208, "Key").get_by_role("button").click()
    expect(garage.get_by_role("status")).to_contain_text(E_208)
    found = Axe().run(garage).response["violations"]
    assert [(one["id"], one["impact"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert garage.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert garage.evaluate(SMALL_TARGETS, SMALLEST) == []


def test_the_page_speaks_plain_words(garage: Page) -> None:
    for more in garage.get_by_text("More about this car").all():
        more.click()
    text = garage.locator("body").inner_text() + "\n".join(garage.locator("option").all_inner_texts())
    assert set(re.findall(r"\w*[a-z][A-Z]\w*", text)) - CAMEL_CASE == set()
    assert not re.search(r"\b(null|undefined|NaN|PT\d)", text)
    for words in ("Rear left door\nclosed", "Boot\n", "Warnings\n", "7:40 Mon, Tue, Wed, Thu, Fri"):
        assert words in text
    headings = car(garage, E_208).get_by_role("heading").all_inner_texts()
    assert headings == [E_208, "What people do", "What the car does"]
    assert garage.get_by_role("heading", level=2).all_inner_texts() == [E_208, HYBRID, HATCH, C4, "The vendor"]


@pytest.mark.parametrize(
    ("screen", "title"),
    [(DESKTOP, E_208), (DESKTOP_DARK, HYBRID), (PHONE, C4), (PHONE_DARK, HATCH)],
    ids=["desktop", "desktop, dark", "phone", "phone, dark"],
)
def test_each_control_does_something(garage: Page, title: str) -> None:
    """Press each button, and again if it says something else then. No press may fail, nor the console have an error."""
    said = garage.get_by_role("status")
    done = re.compile(rf"{title}: .+\. Home Assistant .+\.")
    pressed = 0
    for group in car(garage, title).get_by_role("group").all():
        for button in group.get_by_role("button").all():
            text = button.inner_text()
            for _ in range(2):
                off = button.get_attribute("aria-disabled") == "true"
                said.evaluate("one => { one.textContent = ''; }")
                button.press("Enter")
                # Quicker than `expect`, which looks again only after a while.
                garage.wait_for_function("document.querySelector('#said').textContent")
                assert said.inner_text() == "That is so already." if off else done.fullmatch(said.inner_text())
                pressed += 1
                if button.inner_text() == text:
                    break
    assert pressed >= 21
    expect(garage.get_by_role("alert")).to_be_empty()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE_DARK], ids=str)
def test_the_vendor_answers_as_it_is_told(garage: Page, screen: object) -> None:
    answers = control(garage, "The vendor", "Answers")
    for name in ("Slowly", "Not at all", "At once"):
        button = answers.get_by_role("button", name=name)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(garage.get_by_role("status")).to_have_text(f"The vendor answers: {name.lower()}.")
        expect(answers.get_by_text("Seen when Home Assistant next asks")).to_be_visible(visible=name != "At once")


@pytest.mark.parametrize("screen", [PHONE], ids=str)
def test_what_is_done_shows_in_home_assistant(person: Person, garage: Page) -> None:
    person.open("/profile")
    for name, button, key in (
        ("Doors", "Passenger's door", "binary_sensor.door_passenger"),
        ("Warnings", "Warn", "binary_sensor.alert"),
        ("Break-in", "Break in", "binary_sensor.intrusion"),
        ("Air conditioning", "Switch on", "binary_sensor.preconditioning"),
    ):
        control(garage, E_208, name).get_by_role("button", name=button, exact=name != "Doors").click()
        expect(garage.get_by_role("status")).to_contain_text("Home Assistant is told.")
        person.wait_for_state(person.entity_id(key, E_208), "on")
    for action, value in (("close", "Passenger"), ("unlock", ""), ("precondition", "off")):
        person.in_the_garage("electric", action, value)


def test_what_does_not_show_at_once_is_said(garage: Page) -> None:
    disabled, later = "shown by an entity that is disabled at first.", "Seen with the next report, not at once."
    expect(control(garage, E_208, "Doors")).to_contain_text(f"Rear window, Roof window: {disabled}")
    belts = control(garage, E_208, "Seat belts")
    expect(belts).to_contain_text(f"{disabled.capitalize()} {later}")
    belt = belts.get_by_role("button", name="Driver's belt")
    belt.click()
    expect(garage.get_by_role("status")).to_have_text(
        f"{E_208}: Driver's belt unfastened. Home Assistant sees it with the next report."
    )
    expect(belt).to_contain_text("unfastened")
    belt.click()
    expect(belt).to_contain_text(" fastened")
    expect(control(garage, E_208, "Key").locator(".note")).to_be_empty()
    expect(car(garage, HYBRID)).to_contain_text("This car does not report: seat belts, break-in.")
    expect(car(garage, HATCH)).to_contain_text("This car does not report: air conditioning.")
    expect(control(garage, HATCH, "Charging cable")).to_have_count(0)


@pytest.mark.parametrize(
    ("account", "watched", "sentence", "after"),
    [
        (
            {"allowed": False, "followed": False},
            False,
            "Not in Home Assistant: nothing shows there until the account driver@example.com is added.",
            "Home Assistant does not follow this car.",
        ),
        (
            {"allowed": False, "followed": True},
            True,
            "The sign-in was revoked: commands fail until somebody signs in again.",
            "Home Assistant is told.",
        ),
        (
            {"allowed": True, "followed": False},
            False,
            "Home Assistant gets no messages: it sees what happens when it next asks.",
            "Home Assistant sees it when it next asks.",
        ),
    ],
    ids=["unknown", "revoked", "polled"],
)
def test_how_the_account_stands_is_said(
    garage: Page, account: dict[str, bool], watched: bool, sentence: str, after: str
) -> None:
    def change(lists: dict[str, Any]) -> None:
        lists["accounts"][0] |= account
        for one in lists["cars"]:
            one["watched"] &= watched

    change_cars(garage, change)
    expect(car(garage, E_208)).to_contain_text(sentence)
    expect(control(garage, E_208, "Doors").locator(".note")).to_be_visible(visible=any(account.values()))
    door = control(garage, E_208, "Doors").get_by_role("button", name="Driver's door")
    for done in ("opened", "closed"):
        door.press("Enter")
        expect(garage.get_by_role("status")).to_have_text(f"{E_208}: Driver's door {done}. {after}")
    garage.unroute_all(behavior="wait")


def test_a_keyboard_is_enough(garage: Page) -> None:
    doors = control(garage, E_208, "Doors")
    doors.get_by_role("button", name="Driver's door").focus()
    garage.keyboard.press("Tab")
    button = doors.get_by_role("button", name="Passenger's door")
    expect(button).to_be_focused()
    assert button.evaluate("one => getComputedStyle(one).outlineWidth") == "3px"
    garage.keyboard.press("Enter")
    expect(garage.get_by_role("status")).to_have_text(f"{E_208}: Passenger's door opened. Home Assistant is told.")
    expect(button).to_contain_text("open")
    expect(button).to_be_focused()
    garage.keyboard.press("Space")
    expect(button).to_contain_text("closed")

    clear = control(garage, E_208, "Warnings").get_by_role("button", name="Clear all")
    expect(clear).to_have_attribute("aria-disabled", "true")
    clear.press("Enter")
    expect(garage.get_by_role("status")).to_have_text("That is so already.")


def test_a_simulator_that_has_stopped_is_said(person: Person, garage: Page) -> None:
    garage.route("**/garage/**", lambda route: route.abort())
    expect(garage.get_by_role("alert")).to_have_text(NO_ANSWER)
    control(garage, E_208, "Key").get_by_role("button").click()
    expect(garage.get_by_role("status")).to_have_text(NO_ANSWER)
    garage.unroute_all(behavior="wait")
    expect(garage.get_by_role("alert")).to_be_empty()
    # The browser itself says what it could not load.
    assert {each.partition(" (")[0] for each in person.complaints} == {"Failed to load resource: net::ERR_FAILED"}
    person.complaints.clear()
