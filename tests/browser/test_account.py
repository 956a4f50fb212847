"""An account from the form to its end: errors, files, options, changes, a new sign-in, and its removal."""

from collections.abc import Iterator, Mapping
from pathlib import Path
import re
import stat
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
import pytest

from .chromium import DESKTOP, Screen
from .demo import DOMAIN, Demo
from .form import ENTRY, Form, choose_from_menu, delete, entry, guided, open_new
from .mistakes import EARLY, FIREBASE, LATE, NOT_TOLD, TOLD, Mistake
from .person import Person
from .vendor import ErringVendor, start_erring_vendor
from .words import keys, pattern, words

BRAND = "Peugeot"
# Home Assistant itself is English.
GERMAN = Screen(390, 844, "dark", "de-DE")
GRAVE = ("serious", "critical")
# The rules of axe-core that elements of Home Assistant's own break.
NOT_OURS = {
    ("aria-required-parent", "ha-select"),
    ("color-contrast", "ha-input"),
    ("color-contrast", "ha-markdown"),
}
INTEGRATIONS = "/config/integrations/dashboard"

in_both_languages = pytest.mark.parametrize("screen", [DESKTOP, GERMAN], ids=["English", "German"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the files of people."""
    return tmp_path_factory.mktemp("made")


@pytest.fixture(scope="module")
def vendor(demo: Demo, made: Path) -> Iterator[ErringVendor]:
    with start_erring_vendor(demo, made) as vendor:
        yield vendor


def titles(person: Person) -> set[str]:
    return {each["title"] for each in person.command("config_entries/get", domain=DOMAIN)}


def mistaken(mistake: Mistake, right: Mapping[str, str], stands_for: Mapping[str, Any]) -> dict[str, str]:
    """Return what is in all fields."""
    return {**right, **{name: value.format_map(stands_for) for name, value in mistake.typed.items()}}


def submit(form: Form, person: Person, *, opens: bool = True, decision: str = "Allow") -> None:
    """Submit the form; in the window that opens press a button."""
    if opens:
        with person.consenting(decision):
            form.submit()
    else:
        form.submit()


def check_dialog(person: Person) -> None:
    """Check that no label is cut, and that axe-core finds nothing but what is Home Assistant's own."""
    assert person.cut_labels() == []
    found = Axe().run(person.page, context={"include": {"fromShadowDom": ["home-assistant", "dialog-data-entry-flow"]}})
    faults = [
        (one["id"], node["target"])
        for one in found.response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
        if not any((one["id"], re.split(r"[^\w-]", part)[0]) in NOT_OURS for part in node["target"][0])
    ]
    assert found.response["passes"]
    assert faults == []


def test_each_error_is_told_in_a_browser() -> None:
    rows = [error for mistake in (*EARLY, *LATE, *FIREBASE) for error in mistake.errors]
    assert sorted([*rows, *TOLD["error"], *NOT_TOLD["error"]]) == sorted(keys("config", "error"))
    assert sorted([*TOLD["abort"], *NOT_TOLD["abort"]]) == sorted(keys("config", "abort"))


@in_both_languages
def test_what_is_wrong_is_told_where_the_form_was_submitted(person: Person) -> None:
    """The form is longer than a screen: who submits it sees its end."""
    form = open_new(person)
    texts = (words("config", "error", key, language=person.language) for key in ("required", "see_above"))
    above, pointer = (form.dialog.get_by_text(text) for text in texts)
    for _ in range(2):
        form.dialog.locator("ha-form-expandable").scroll_into_view_if_needed()
        form.submit()
        above.first.wait_for()
        expect(pointer).to_be_in_viewport()
    expect(above.first).not_to_be_in_viewport()


@pytest.mark.timeout(240)
@in_both_languages
def test_an_account_is_added_after_all_errors_and_deleted(person: Person, vendor: ErringVendor, made: Path) -> None:
    brand, guide = guided(person)
    right = {**guide, **vendor.addresses, "realm": "", "private_key_password": ""}
    secrets = {"client_secret": right.pop("client_secret"), "private_key_password": ""}
    form = open_new(person)
    check_dialog(person)
    form.choose_brand(brand)
    shown = dict.fromkeys(right, "")
    form.fill({"client_secret": secrets["client_secret"]})
    for mistake in (*EARLY, *LATE):
        vendor.err(**mistake.vendor)
        typed = mistaken(mistake, right, {**vendor.says, "made": made})
        form.fill({name: value for name, value in typed.items() if value != shown.get(name, "")})
        if mistake.scopes:
            form.choose_all_scopes()
        else:
            form.drop_scopes()
        submit(form, person, opens=mistake.opens, decision=mistake.decision)
        form.wait_for_errors(*mistake.errors)
        secrets = {name: typed.get(name) or secret for name, secret in secrets.items()}
        shown = {**typed, **dict.fromkeys(secrets, "")}
        form.check_kept(shown, [name for name, secret in secrets.items() if secret])
        if mistake is EARLY[0]:
            check_dialog(person)
        if "client_secret" in mistake.typed:
            form.fill({"client_secret": guide["client_secret"]})

    vendor.err()
    form.fill(guide)
    submit(form, person)
    form.finish()
    assert titles(person) == {BRAND, brand}
    assert person.entity_id("lock.doors", f"{brand} ë-C4")

    delete(person, brand)
    assert titles(person) == {BRAND}


@in_both_languages
def test_a_window_that_leads_nowhere_is_closed_and_nothing_is_lost(person: Person, vendor: ErringVendor) -> None:
    vendor.err()
    _brand, right = guided(person)
    client_id, client_secret = vendor.says["apps"]["peugeot"]
    right |= {**vendor.addresses, "client_secret": client_secret, "client_id": "another-app"}
    form = open_new(person)
    form.fill(right)
    form.choose_delivery("push_notification")
    form.submit()
    firebase: dict[str, str] = vendor.says["firebase"]
    for mistake in FIREBASE:
        typed = mistaken(mistake, firebase, {})
        form.fill(typed)
        form.submit()
        form.wait_for_errors(*mistake.errors)
        for name, value in typed.items():
            expect(form.input(name)).to_have_value(value)
    form.fill(firebase)
    form.submit()
    form.wait_for_errors("client_id_unknown")

    # Whoever is sure gets the vendor's page, which does not lead back.
    form.submit()
    expect(form.input("firebase_api_key")).to_have_value(firebase["firebase_api_key"])
    with person.context.expect_page() as opened:
        form.submit()
    opened.value.get_by_text("This app is not registered.").wait_for()
    opened.value.close()
    form.close()
    [complaint] = person.complaints
    assert complaint.startswith("Failed to load resource: the server responded with a status of 400")
    person.complaints.clear()

    form = open_new(person)
    right.pop("client_secret")
    form.open_advanced()
    form.check_kept(right, ["client_secret"])
    form.fill({"client_id": client_id})
    form.submit()
    expect(form.input("firebase_api_key")).to_have_value(firebase["firebase_api_key"])
    submit(form, person)
    form.wait_for_abort("already_configured")
    assert titles(person) == {BRAND}


def add_by_upload(person: Person, vendor: ErringVendor, files: list[Path], **typed: str) -> Form:
    """Fill in a form with uploads in the place of paths."""
    vendor.err()
    brand, right = guided(person)
    form = open_new(person)
    form.choose_brand(brand)
    form.fill({name: value for name, value in right.items() if not name.endswith("_path")} | vendor.addresses | typed)
    for number, file in enumerate(files):
        form.upload(number, file)
    return form


def uploads(person: Person) -> list[Path]:
    """Return the files that were uploaded, after a look at who may read them."""
    folder = person.demo.config / DOMAIN
    files = [file for path in folder.iterdir() if path.is_dir() for file in path.iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} <= {0o600}
    return sorted(files)


@in_both_languages
@pytest.mark.parametrize("name", ["all.p12", "all.pem"])
def test_one_file_is_enough(person: Person, vendor: ErringVendor, made: Path, name: str) -> None:
    brand, _right = guided(person)
    password = {"private_key_password": vendor.says["password"]} if name.endswith("p12") else {}
    form = add_by_upload(person, vendor, [made / name], **password)
    submit(form, person)
    form.finish()
    assert titles(person) == {BRAND, brand}
    [file] = uploads(person)
    assert file.read_bytes() == (made / name).read_bytes()
    delete(person, brand)
    assert titles(person) == {BRAND}
    assert uploads(person) == []


@in_both_languages
def test_files_are_uploaded_and_replaced(person: Person, vendor: ErringVendor, made: Path) -> None:
    brand, right = guided(person)
    kinds = ("certificate", "private_key", "ca_certificate")
    files = [person.demo.config / right[f"{kind}_path"] for kind in kinds]
    form = add_by_upload(person, vendor, files)
    gone = form.upload(2, files[2])
    person.delete_upload(gone)
    form.submit()
    form.wait_for_errors("upload_gone")
    form.upload(2, files[2])
    submit(form, person)
    form.finish()
    assert titles(person) == {BRAND, brand}
    before = uploads(person)
    assert sorted(file.read_bytes() for file in before) == sorted(file.read_bytes() for file in files)

    # Another account than the one that is set up.
    vendor.err(account={"subject": "somebody else"})
    choose_from_menu(person, brand, "reconfigure")
    form = Form(person)
    submit(form, person)
    form.wait_for_abort("wrong_account")

    secret = "another secret, of a length that JWT likes"
    vendor.err(app={"client_secret": secret})
    choose_from_menu(person, brand, "reconfigure")
    form = Form(person)
    submit(form, person)
    form.wait_for_errors("invalid_client")
    form.upload(0, made / "all.p12")
    form.fill({"client_secret": secret, "private_key_password": vendor.says["password"]})
    form.fill({f"{kind}_path": "" for kind in kinds})
    folder = before[0].parent
    aside = folder.rename(made / folder.name)
    folder.touch()
    submit(form, person)
    form.wait_for_errors("file_not_written")
    form.check_kept({}, ["client_secret", "private_key_password"], {"certificate_path": "all.p12"})
    folder.unlink()
    aside.rename(folder)
    submit(form, person)
    form.wait_for_success("reconfigure_successful")
    [file] = uploads(person)
    assert file.read_bytes() == (made / "all.p12").read_bytes()

    delete(person, brand)
    assert titles(person) == {BRAND}


@in_both_languages
def test_the_options_are_changed(person: Person) -> None:
    row = entry(person, BRAND)
    label = words("options", "step", "init", "data", "poll_interval", language=person.language)
    form = Form(person)
    interval = form.dialog.locator("ha-selector-number", has_text=label).locator("input")
    for before, after in (("30", "45"), ("45", "30")):
        row.get_by_role("button", name=person.localize(f"{ENTRY}.configure")).click()
        expect(interval).to_have_value(before)
        interval.fill(after)
        form.submit()
        form.finish()


@in_both_languages
def test_a_revoked_sign_in_is_renewed(person: Person) -> None:
    person.open(INTEGRATIONS)
    doors = person.entity_id("lock.doors", "Peugeot e-208")
    person.in_the_garage("electric", "revoke")
    person.act("lock", "unlock", doors, refused=True)
    card = person.page.locator("ha-config-flow-card", has_text=BRAND)
    card.get_by_role("button", name=person.localize("ui.panel.config.integrations.reconfigure")).click()
    form = Form(person)
    sentence = pattern("config", "step", "reauth_confirm", "description", language=person.language, account=BRAND)
    form.dialog.get_by_text(sentence).wait_for()
    submit(form, person, decision="Deny")
    form.wait_for_errors("consent_denied")
    submit(form, person)
    form.wait_for_success("reauth_successful")
    expect(card).to_have_count(0)
    person.act("lock", "unlock", doors)
    person.wait_for_state(doors, "unlocked")
