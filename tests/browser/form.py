"""The form for an account, as a person fills it in."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from playwright.sync_api import Locator, expect

from .demo import DOMAIN
from .person import Person
from .words import field, pattern, words

ADD = f"/config/integrations/dashboard/add?domain={DOMAIN}"
INTEGRATION = f"/config/integrations/integration/{DOMAIN}"

# What is chosen, not typed. The guide names the way of the messages, which is the form's default.
CHOSEN = {"brand", "delivery"}
STEP = ("config", "step", "user")
ADDRESSES = ("api_url", "oauth_url")
# What points to the errors is none itself.
SEE_ABOVE = ("config", "error", "see_above")
FLOW = "ui.panel.config.integrations.config_flow"
ENTRY = "ui.panel.config.integrations.config_entry"


class Form:
    """The dialog of a flow that is open. Its words are those of the person's language."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._language = person.language
        self.dialog: Locator = person.page.locator("dialog-data-entry-flow")

    def fill(self, values: Mapping[str, str]) -> None:
        """Type values into fields, by their names."""
        for name, value in values.items():
            if name in ADDRESSES:
                self.open_advanced()
            self.input(name).fill(value)

    def input(self, name: str) -> Locator:
        """Find a field."""
        return self.dialog.locator(f"input[name={name}]")

    def upload(self, number: int, file: Path) -> str:
        """Upload a file into one of the fields for files, wait until it is there, and return its id."""
        field = self.dialog.locator("ha-file-upload").nth(number)
        with self._person.page.expect_response("**/api/file_upload") as received:
            field.locator("input[type=file]").set_input_files(file)
        field.get_by_text(file.name).wait_for()
        file_id: str = received.value.json()["file_id"]
        return file_id

    def choose_brand(self, brand: str) -> None:
        """Choose a brand."""
        self.dialog.locator("ha-select").first.click()
        self.dialog.locator("ha-dropdown-item", has_text=brand).click()

    def choose_delivery(self, way: str) -> None:
        """Choose how messages arrive."""
        self.dialog.locator(f"ha-radio-option[value={way}]").click()

    def drop_scopes(self) -> None:
        """Choose no scope."""
        chips = self.dialog.locator("ha-input-chip")
        while chips.count():
            chips.last.locator("[part=remove-button]").click()

    def choose_all_scopes(self) -> None:
        """Choose all scopes by one click."""
        chips = self.dialog.locator("ha-input-chip")
        if not chips.count():
            self.dialog.locator("ha-generic-picker").get_by_role("button").click()
            name = self._words("common", "scope_all")
            self._person.page.locator("ha-picker-combo-box").get_by_text(name, exact=True).click()
            chips.get_by_text(name, exact=True).first.wait_for()

    def open_advanced(self) -> None:
        """Open the section of the addresses."""
        if not self.input("api_url").is_visible():
            self.dialog.get_by_text(self._words(*STEP, "sections", "advanced", "name"), exact=True).click()
            self.input("api_url").wait_for()

    def submit(self) -> None:
        """Submit the form."""
        self.dialog.get_by_role("button", name=self._person.localize(f"{FLOW}.submit"), exact=True).click()

    def wait_for_errors(self, *errors: str) -> None:
        """Wait until the form shows these errors, and no others."""
        for error in errors:
            self.dialog.get_by_text(pattern("config", "error", error, language=self._language)).first.wait_for()
        alerts = self.dialog.locator("ha-alert[alert-type=error]").filter(has_not_text=self._words(*SEE_ABOVE))
        expect(alerts).to_have_count(len(errors))

    def wait_for_abort(self, reason: str) -> None:
        """Wait until the flow has ended without a result, and close the dialog."""
        self.dialog.get_by_text(self._words("config", "abort", reason)).wait_for()
        self.close()

    def wait_for_success(self, reason: str) -> None:
        """Wait until Home Assistant says in its own words that an account has been changed, and close the dialog."""
        text = self._person.localize(f"component.homeassistant.config.abort.{reason}")
        self.dialog.get_by_text(text).wait_for()
        self.close()

    def check_kept(
        self, values: Mapping[str, str], secrets: Iterable[str], uploads: Mapping[str, str] | None = None
    ) -> None:
        """Check that what was typed is still there, and that secrets and uploads are said to be kept."""
        for name, value in values.items():
            expect(self.input(name)).to_have_value(value.strip())
        kept = [self._words("common", f"kept_{name}") for name in secrets]
        kept += [f"{self._words('common', f'kept_{name}')} ({file})" for name, file in (uploads or {}).items()]
        text = pattern("common", "kept", language=self._language, fields=", ".join(kept))
        self.dialog.get_by_text(text).wait_for()

    def finish(self) -> None:
        """Close the dialog after an account was added or options were saved."""
        names = [self._person.localize(f"{FLOW}.{key}") for key in ("finish", "finish_skip")]
        buttons = [self.dialog.get_by_role("button", name=name, exact=True) for name in names]
        buttons[0].or_(buttons[1]).click()
        self._wait_until_closed()

    def close(self) -> None:
        """Close the dialog."""
        self.dialog.locator("[data-dialog=close]").first.click()
        self._wait_until_closed()

    def _wait_until_closed(self) -> None:
        self.dialog.locator("ha-dialog").wait_for(state="hidden")

    def _words(self, *keys: str) -> str:
        return words(*keys, language=self._language)


def open_new(person: Person) -> Form:
    """Open the form for a new account."""
    person.open(ADD)
    person.page.locator("dialog-box").get_by_role("button", name=person.localize("ui.common.ok")).click()
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


def choose_from_menu(person: Person, title: str, key: str) -> Locator:
    """Choose an item of an account's menu, by the end of Home Assistant's key, and return the account's row."""
    row = entry(person, title)
    menu = row.locator("ha-dropdown").first
    menu.locator("ha-icon-button[slot=trigger]").click()
    menu.locator("ha-dropdown-item").get_by_text(person.localize(f"{ENTRY}.{key}"), exact=True).click()
    return row


def delete(person: Person, title: str) -> None:
    """Delete an account."""
    row = choose_from_menu(person, title, "delete")
    person.page.locator("dialog-box").get_by_role("button", name=person.localize("ui.common.delete")).click()
    row.wait_for(state="detached")
