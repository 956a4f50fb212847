"""What the integration adds to Home Assistant's own pages: events of calendars, blueprints, actions."""

import re

from playwright.sync_api import expect
import pytest

from .chromium import DESKTOP, PHONE_DARK
from .demo import ROOT
from .person import Person
from .words import words

E_208 = "Peugeot e-208"

BLUEPRINTS = "/config/blueprint/dashboard"
NAMES = sorted(
    path.read_text().partition("name: ")[2].partition("\n")[0]
    for path in (ROOT / "blueprints" / "automation" / "stellantis").glob("*.yaml")
)


@pytest.mark.parametrize(("screen", "shown"), [(DESKTOP, True), (PHONE_DARK, False)], ids=["desktop", "phone, dark"])
def test_programs_and_trips_are_in_the_calendar(person: Person, shown: bool) -> None:
    page = person.open("/calendar")
    events = page.locator("ha-full-calendar .fc-event")
    # A month on a phone has only dots.
    for title in (re.compile("Preconditioning"), re.compile(r"\d km")):
        if shown:
            events.filter(has_text=title).first.wait_for()
    events.first.wait_for()


def test_a_blueprint_becomes_an_automation(person: Person) -> None:
    page = person.open(BLUEPRINTS)
    for name in NAMES:
        page.get_by_text(name, exact=True).wait_for()
    page.get_by_text("Lock the car at night", exact=True).click()
    editor = page.locator("blueprint-automation-editor")
    for number in range(2):
        editor.locator("ha-entity-picker").nth(number).click()
        page.locator("ha-picker-combo-box ha-combo-box-item", has_text=E_208).click()
    editor.get_by_role("button", name="Save").click()
    person.wait_for_state("automation.lock_the_car_at_night", "on")


def test_a_destination_is_sent_by_an_action(person: Person) -> None:
    page = person.open("/config/tools/action?service=stellantis.send_navigation")
    page.get_by_text(words("services", "send_navigation", "description")).wait_for()
    page.locator("ha-device-picker").click()
    page.locator("ha-picker-combo-box ha-combo-box-item", has_text=E_208).click()
    page.get_by_text("YAML mode").click()
    editor = page.locator("ha-yaml-editor .cm-content")
    expect(editor).to_contain_text("device_id")
    editor.press("Control+End")
    page.keyboard.insert_text("\n  destinations: [zone.work]\n")
    page.get_by_role("button", name="Perform action").click()
    person.wait_for_attribute(person.entity_id("event.remote", E_208), "remote", "navigation")
