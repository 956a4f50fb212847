"""The form is longer than a screen: who submits it sees its end, and nothing of what is wrong above."""

from playwright.sync_api import expect
import pytest

from .chromium import DESKTOP, PHONE
from .form import open_new
from .person import Person
from .words import pattern


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=str)
def test_what_is_wrong_is_told_where_the_form_was_submitted(person: Person) -> None:
    form = open_new(person)
    pointer = form.dialog.get_by_text(pattern("config", "error", "see_above"))
    for _ in range(2):
        form.dialog.locator("ha-form-expandable").scroll_into_view_if_needed()
        form.submit()
        form.wait_for_error("certificate_needed")
        expect(pointer).to_be_in_viewport()
    expect(form.dialog.get_by_text(pattern("config", "error", "required")).first).not_to_be_in_viewport()
