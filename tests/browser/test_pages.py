"""What the integration adds to Home Assistant's own pages: calendars, blueprints, actions, the log, the car's page."""

from collections.abc import Iterator
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect
import pytest

from .chromium import DESKTOP, DESKTOP_DARK, PHONE, Screen
from .demo import DOMAIN, ROOT
from .person import HASS, LOAD_TIMEOUT, Person
from .words import pattern, words

GERMAN = Screen(1280, 900, locale="de-DE")
GERMAN_PHONE_DARK = Screen(390, 844, "dark", locale="de-DE")

E_208, HYBRID, HATCH = "Peugeot e-208", "Peugeot 308 Hybrid", "Peugeot 2008"

BLUEPRINTS = "/config/blueprint/dashboard"
NAMES = sorted(
    path.read_text().partition("name: ")[2].partition("\n")[0]
    for path in (ROOT / "blueprints" / "automation" / "stellantis").glob("*.yaml")
)

ITEM = "ha-picker-combo-box ha-combo-box-item"

# All texts on the page, through all shadow trees.
TEXTS = """() => {
  const texts = [];
  const walk = node => {
    if (node.shadowRoot) walk(node.shadowRoot);
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE && child.textContent.trim()) texts.push(child.textContent.trim());
      else if (child.nodeType === Node.ELEMENT_NODE && !["STYLE", "SCRIPT"].includes(child.tagName)) walk(child);
    }
  };
  walk(document.body);
  return texts;
}"""
# An icon of Home Assistant, or a picture.
HAS_ICON = "badge => !!badge.shadowRoot.querySelector('ha-state-icon') || !!badge.style.backgroundImage"
# The recorder writes some seconds later.
LOGGED = f"""async ([since, sentence]) => {{
  const entries = await {HASS}.callWS({{type: "logbook/get_events", start_time: since}});
  return entries.some(entry => entry.message?.includes(sentence));
}}"""
# A key of a translation that is missing, or a value that has none.
RAW = re.compile(r"component\.\w+\.|\bui\.[a-z]+\.|^[a-z0-9]+(_[a-z0-9]+)+$|\{\w+\}")


def raw_keys(page: Page) -> list[str]:
    """Return the texts on the page that are no words."""
    texts: list[str] = page.evaluate(TEXTS)
    return [text for text in texts if RAW.search(text)]


def choose(page: Page, picker: Locator, name: str, offers: int) -> list[str]:
    """Choose an item of a picker that offers so many, and return the names of all of them."""
    picker.click()
    items = page.locator(ITEM)
    expect(items).to_have_count(offers)
    offered = [text.split("\n")[0] for text in items.all_inner_texts()]
    items.filter(has_text=name).first.click()
    items.first.wait_for(state="hidden")
    return offered


BOTH = pytest.mark.parametrize(
    ("screen", "language"),
    [(DESKTOP, "en"), (GERMAN_PHONE_DARK, "de")],
    ids=["desktop", "German phone, dark"],
    indirect=["language"],
)


@BOTH
def test_a_program_is_made_and_deleted_in_the_calendar(person: Person, language: str) -> None:
    page = person.open("/calendar")
    calendar = page.locator("ha-full-calendar")
    calendar.locator("ha-button[value=listWeek]").click()
    usual = words("common", "program", language=language).format(slot=1)
    calendar.locator(".fc-list-event", has_text=re.compile(r"\d[.,]\d km|" + usual)).first.wait_for()

    # The dialog begins with the hour that has begun.
    calendar.locator("ha-button[slot=fab]").click()
    editor = page.locator("dialog-calendar-event-editor")
    editor.locator("ha-input.summary input").fill("Early train")
    submit = editor.locator("ha-dialog-footer ha-button[slot=primaryAction]")
    submit.click()
    refusal = words("exceptions", "program_past", "message", language=language).removesuffix(".")
    expect(editor.locator("ha-alert")).to_have_text(refusal)
    editor.locator("ha-recurrence-rule-editor ha-select").first.click()
    editor.locator("ha-dropdown-item").last.click()
    submit.click()
    editor.locator("ha-dialog").wait_for(state="detached")

    # Today's hour has passed, so it begins tomorrow.
    events = calendar.locator(".fc-list-event", has_text="Early train")
    expect(events).to_have_count(6)
    calendar.locator("ha-icon-button-prev").click()
    calendar.locator(".fc-list-event", has_text=re.compile(r"\d[.,]\d km")).first.wait_for()
    expect(events).to_have_count(0)
    calendar.locator("ha-icon-button-next").click()
    events.first.click()

    detail = page.locator("dialog-calendar-event-detail")
    question = page.locator("confirm-event-dialog-box")
    delete = detail.locator("ha-button[slot=secondaryAction]")
    delete.click()
    question.locator("ha-button[slot=primaryAction]").click()
    refusal = words("exceptions", "program_delete_one_of_many", "message", language=language).removesuffix(".")
    expect(detail.locator("ha-alert")).to_have_text(refusal)
    delete.click()
    question.locator("ha-radio-option[value=future]").click()
    question.locator("ha-button[slot=primaryAction]").click()
    expect(events).to_have_count(0)


def test_a_blueprint_becomes_an_automation(person: Person) -> None:
    page = person.open(BLUEPRINTS)
    for name in NAMES:
        page.get_by_text(name, exact=True).wait_for()
    page.get_by_text("Lock the car at night", exact=True).click()
    editor = page.locator("blueprint-automation-editor")
    editor.locator("ha-entity-picker").first.wait_for(timeout=LOAD_TIMEOUT)
    # The pickers offer what each car has, and nothing that others have.
    for number, platform in enumerate(("lock", "device_tracker")):
        offers = len([each for each in enabled(person) if each["entity_id"].startswith(f"{platform}.")])
        choose(page, editor.locator("ha-entity-picker").nth(number), E_208, offers)
    editor.get_by_role("button", name="Save").click()
    person.wait_for_state("automation.lock_the_car_at_night", "on")


def enabled(person: Person) -> list[dict[str, Any]]:
    """Return the integration's entities that are enabled."""
    entities = person.command("config/entity_registry/list")
    return [each for each in entities if each["platform"] == DOMAIN and not each["disabled_by"]]


@pytest.mark.parametrize(
    ("screen", "language"), [(DESKTOP_DARK, "en"), (GERMAN, "de")], ids=["dark", "German"], indirect=["language"]
)
def test_a_charging_schedule_is_filled_in_as_a_form(person: Person, language: str) -> None:
    page = person.open("/config/tools/action?service=stellantis.set_charging_schedule")
    page.get_by_text(words("services", "set_charging_schedule", "description", language=language)).wait_for()
    # Only the cars that charge.
    assert sorted(choose(page, page.locator("ha-device-picker"), E_208, 2)) == [HYBRID, E_208]
    page.locator("ha-selector-object ha-button").click()
    form = page.locator("dialog-form")
    for number, hour in enumerate(("22", "5")):
        time = form.locator("ha-time-input").nth(number).locator("input")
        time.nth(0).fill(hour)
        time.nth(1).fill("30")
    days = words("selector", "charging_program", "fields", "days", language=language)
    form.get_by_role("button", name=days).click()
    page.locator(ITEM, has_text="Monday").click()
    assert raw_keys(page) == []
    page.keyboard.press("Escape")
    form.get_by_text("✓", exact=True).click()
    form.locator("ha-button[slot=primaryAction]").click()
    form.wait_for(state="hidden")
    page.locator("ha-selector-object").get_by_text("22:30").wait_for()
    page.locator(".card-actions ha-progress-button, .card-actions ha-button").last.click()
    remote = person.entity_id("event.remote", E_208)
    person.wait_for_attribute(remote, "action", "set_schedule")


def test_a_destination_is_chosen_in_a_form(person: Person) -> None:
    page = person.open("/config/tools/action?service=stellantis.send_navigation")
    page.get_by_text(words("services", "send_navigation", "description")).wait_for()
    assert sorted(choose(page, page.locator("ha-device-picker"), E_208, 3)) == [HATCH, HYBRID, E_208]
    form = page.locator("dialog-form")
    page.locator("ha-selector-object ha-button").click()
    form.locator("ha-input input").first.fill("48.8584")
    form.get_by_role("button", name="Add").click()
    page.locator("ha-selector-object").get_by_text("48.8584").wait_for()
    page.locator("ha-selector-object").get_by_role("button", name="Add", exact=True).click()
    form.locator("ha-entity-picker").click()
    page.locator(ITEM, has_text="Work").click()
    form.get_by_role("button", name="Add").click()
    page.locator("ha-selector-object").get_by_text("Work").wait_for()
    page.get_by_role("button", name="Perform action").click()
    person.wait_for_attribute(person.entity_id("event.remote", E_208), "remote", "navigation")


def lines(page: Page, car: str, name: str) -> Iterator[str]:
    """Give what the log says of an entity of a car, as a state or in a sentence, the newest first."""
    for entry in page.locator("ha-logbook-renderer .entry").all_inner_texts():
        line = re.sub(r"[\s→]+", " ", entry)
        if car in line and re.search(rf"\b{name}[ :]", line):
            yield line


@pytest.mark.parametrize(
    ("screen", "language", "locking", "locked"),
    [(PHONE, "en", "Locking", "Locked"), (GERMAN, "de", "Wird verriegelt", "Verriegelt")],
    ids=["phone", "German"],
    indirect=["language"],
)
def test_the_log_has_a_line_for_each_state_and_one_for_a_failure(
    person: Person, language: str, locking: str, locked: str
) -> None:
    since = person.open("/profile").evaluate("new Date().toISOString()")
    doors = person.entity_id("lock.doors", E_208)
    person.in_the_garage("electric", "unlock")
    person.wait_for_state(doors, "unlocked")
    person.act("lock", "lock", doors)
    person.in_the_garage("combustion", "open", "Trunk")
    person.wait_for_state(person.entity_id("binary_sensor.trunk", HATCH), "on")
    person.act("lock", "lock", person.entity_id("lock.doors", HATCH), refused=True)
    named = ("entity", "event", "remote", "state_attributes")
    sentence = words("common", "remote_failed", language=language).format(
        remote=words(*named, "remote", "state", "doors", language=language),
        cause=words(*named, "failure_cause", "state", "doors_open", language=language),
    )
    person.page.wait_for_function(LOGGED, arg=[since, sentence])
    page = person.open("/logbook")
    page.locator("ha-logbook-renderer .entry", has_text=sentence).first.wait_for()

    name = words("entity", "lock", "doors", "name", language=language)
    last, before = [*lines(page, E_208, name)][:2]
    assert f"{name} {locked}" in last
    assert f"{name} {locking}" in before


@pytest.mark.parametrize(
    ("screen", "language"),
    [(DESKTOP, "en"), (GERMAN_PHONE_DARK, "de")],
    ids=["desktop", "German"],
    indirect=["language"],
)
def test_the_page_of_a_car_and_the_options_have_words_for_all(person: Person, language: str) -> None:
    person.open("/profile")
    [device] = [each["id"] for each in person.command("config/device_registry/list") if each["name"] == E_208]
    page = person.open(f"/config/devices/device/{device}")
    page.locator("ha-device-entities-card hui-lock-entity-row").wait_for()
    rows = page.locator("ha-device-entities-card hui-generic-entity-row")
    expect(rows).to_have_count(len([each for each in enabled(person) if each["device_id"] == device]))
    assert all(rows.locator(".info").all_inner_texts())
    assert all(badge.evaluate(HAS_ICON) for badge in rows.locator("state-badge").all())
    assert raw_keys(page) == []

    page = person.open(f"/config/integrations/integration/{DOMAIN}")
    page.locator("ha-config-entry-row ha-icon-button, ha-config-entry-row ha-button").first.wait_for()
    page.get_by_role("button", name={"en": "Configure", "de": "Konfigurieren"}[language]).first.click()
    dialog = page.locator("dialog-data-entry-flow")
    dialog.get_by_text(pattern("options", "step", "init", "data", "poll_interval", language=language)).first.wait_for()
    assert raw_keys(page) == []
