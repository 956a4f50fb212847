"""The form for an account, as a person fills it in."""

from pathlib import Path

from playwright.sync_api import Locator

from .demo import DOMAIN
from .person import Person
from .words import field, pattern, words

ADD = f"/config/integrations/dashboard/add?domain={DOMAIN}"
INTEGRATION = f"/config/integrations/integration/{DOMAIN}"

# What is chosen, not typed. The guide names the way of the messages, which is the form's default.
CHOSEN = {"brand", "delivery"}
ADVANCED = ("config", "step", "user", "sections", "advanced", "name")


class Form:
    """The dialog of a flow that is open."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.dialog: Locator = person.page.locator("dialog-data-entry-flow")

    def fill(self, values: dict[str, str]) -> None:
        """Type values into fields, by their names."""
        for name, value in values.items():
            self.input(name).fill(value)

    def input(self, name: str) -> Locator:
        """Find a field."""
        return self.dialog.locator(f"input[name={name}]")

    def upload(self, number: int, file: Path) -> None:
        """Upload a file into one of the fields for files, and wait until it is there."""
        field = self.dialog.locator("ha-file-upload").nth(number)
        field.locator("input[type=file]").set_input_files(file)
        field.get_by_text(file.name).wait_for()

    def choose_brand(self, brand: str) -> None:
        """Choose a brand."""
        self.dialog.locator("ha-select").first.click()
        self.dialog.locator("ha-dropdown-item", has_text=brand).click()

    def open_advanced(self) -> None:
        """Open the section of the addresses."""
        self.dialog.get_by_text(words(*ADVANCED), exact=True).click()
        self.input("api_url").wait_for()

    def submit(self) -> None:
        """Submit the form."""
        self.dialog.get_by_role("button", name="Submit").click()

    def wait_for_error(self, error: str) -> None:
        """Wait until the form shows an error."""
        self.dialog.get_by_text(pattern("config", "error", error)).first.wait_for()

    def finish(self) -> None:
        """Close the dialog after an account was added or options were saved."""
        self.dialog.get_by_role("button", name="finish").click()
        self.dialog.wait_for(state="hidden")


def open_new(person: Person) -> Form:
    """Open the form for a new account."""
    person.open(ADD)
    person.page.locator("dialog-box").get_by_role("button", name="OK").click()
    form = Form(person)
    form.input("client_id").wait_for()
    return form


def guided(person: Person) -> tuple[str, dict[str, str]]:
    """Return the brand, and what is to be typed, as the demo's guide tells."""
    values = {field(label): value for label, value in person.demo.fields.items()}
    return values["brand"], {name: value for name, value in values.items() if name not in CHOSEN}


def entry(person: Person, title: str) -> Locator:
    """Open the integration's page and find an account on it."""
    person.open(INTEGRATION)
    row = person.page.locator("ha-config-entry-row", has_text=title).first
    row.wait_for()
    return row


def choose_from_menu(row: Locator, name: str) -> None:
    """Choose an item of an account's menu."""
    menu = row.locator("ha-dropdown").first
    menu.locator("ha-icon-button[slot=trigger]").click()
    menu.locator("ha-dropdown-item").get_by_text(name, exact=True).click()
