"""The garage: what axe-core says about it, and a phone."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
import pytest

from .chromium import DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK
from .person import Person

GRAVE = ("serious", "critical")


@pytest.mark.parametrize(
    "screen",
    [DESKTOP, DESKTOP_DARK, PHONE, PHONE_DARK],
    ids=str,
)
def test_no_serious_fault_on_the_page(person: Person) -> None:
    page = person.page
    person.in_the_garage("combustion", "open", "Trunk")
    page.goto(person.demo.garage)
    page.locator("article").last.wait_for()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found if one["impact"] in GRAVE] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("screen", [PHONE], ids=str)
def test_a_door_is_opened_and_closed(person: Person) -> None:
    page = person.page
    page.goto(person.demo.garage)
    card = page.locator("article", has_text="Citroën")
    door = card.get_by_role("button", name="Passenger", exact=True)
    door.click()
    expect(door).to_have_class("bad")
    expect(card).to_contain_text("Passenger open")
    door.click()
    expect(door).not_to_have_class("bad")
