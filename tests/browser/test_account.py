"""An account from the form to its end: errors, options, changes, a new sign-in, and its removal."""

from playwright.sync_api import expect
import pytest

from .chromium import DESKTOP, PHONE_DARK
from .form import Form, choose_from_menu, entry, guided, open_new
from .person import Person
from .words import words

BRAND = "Peugeot"


def titles(person: Person) -> set[str]:
    return {each["title"] for each in person.command("config_entries/get", domain="stellantis")}


@pytest.mark.parametrize("screen", [DESKTOP, PHONE_DARK], ids=str)
def test_an_account_is_added_after_some_errors_and_deleted(person: Person) -> None:
    brand, right = guided(person)
    form = open_new(person)
    form.choose_brand(brand)
    form.open_advanced()

    form.fill(right | {"certificate_path": "stellantis/missing.pem"})
    form.submit()
    form.wait_for_error("file_missing")

    # The secret is kept, though its field is empty.
    form.fill({"certificate_path": right["certificate_path"], "private_key_path": "stellantis/other.key"})
    form.submit()
    form.wait_for_error("key_mismatch")
    expect(form.input("client_secret")).to_have_value("")

    form.fill({"client_secret": "wrong", "private_key_path": right["private_key_path"]})
    with person.consenting():
        form.submit()
    form.wait_for_error("invalid_client")

    form.fill({"client_secret": right["client_secret"]})
    with person.consenting():
        form.submit()
    form.finish()
    assert titles(person) == {BRAND, brand}
    assert person.entity_id("lock.doors", f"{brand} ë-C4")

    row = entry(person, brand)
    choose_from_menu(row, "Delete")
    person.page.locator("dialog-box").get_by_role("button", name="Delete").click()
    row.wait_for(state="detached")
    assert titles(person) == {BRAND}


@pytest.mark.parametrize("screen", [DESKTOP], ids=str)
def test_certificate_files_are_uploaded(person: Person) -> None:
    brand, right = guided(person)
    form = open_new(person)
    form.choose_brand(brand)
    form.open_advanced()
    paths = [right.pop(f"{name}_path") for name in ("certificate", "private_key", "ca_certificate")]
    form.fill(right)
    for number, path in enumerate(paths):
        form.upload(number, person.demo.config / path)
    with person.consenting():
        form.submit()
    form.finish()
    assert titles(person) == {BRAND, brand}
    [uploads] = [path for path in (person.demo.config / "stellantis").iterdir() if path.is_dir()]
    assert len(list(uploads.iterdir())) == len(paths)

    row = entry(person, brand)
    choose_from_menu(row, "Delete")
    person.page.locator("dialog-box").get_by_role("button", name="Delete").click()
    row.wait_for(state="detached")
    assert titles(person) == {BRAND}


@pytest.mark.parametrize("screen", [DESKTOP], ids=str)
def test_the_options_are_changed(person: Person) -> None:
    label = words("options", "step", "init", "data", "poll_interval")
    form = Form(person)
    interval = form.dialog.locator("ha-selector-number", has_text=label).locator("input")
    for minutes in ("45", "30"):
        entry(person, BRAND).get_by_role("button", name="Configure").click()
        interval.fill(minutes)
        form.submit()
        form.finish()
        entry(person, BRAND).get_by_role("button", name="Configure").click()
        expect(interval).to_have_value(minutes)


@pytest.mark.parametrize("screen", [PHONE_DARK], ids=str)
def test_an_account_is_reconfigured(person: Person) -> None:
    choose_from_menu(entry(person, BRAND), "Reconfigure")
    form = Form(person)
    expect(form.input("client_id")).not_to_have_value("")
    expect(form.input("client_secret")).to_have_value("")
    with person.consenting():
        form.submit()
    form.dialog.get_by_text("Reconfiguration was successful").wait_for()
