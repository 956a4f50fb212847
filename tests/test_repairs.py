"""What the buttons of repairs do."""

from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any

from aiohttp.test_utils import TestClient
from cryptography.x509 import load_pem_x509_certificate
from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.account import account
from custom_components.stellantis.const import DOMAIN
from custom_components.stellantis.issues import FIXES, Fix, Issue
from simulator import Fault

from .helpers.harness import Harness

pytestmark = pytest.mark.usefixtures("settings")

type Person = TestClient[Any, Any]
type Step = dict[str, Any]


@pytest.fixture
async def settings(hass: HomeAssistant) -> None:
    """Set up the settings before the harness starts its server, which then takes no more pages."""
    for component in ("config", "repairs"):
        assert await async_setup_component(hass, component, {})


@pytest.fixture
async def person(harness: Harness, hass_client: ClientSessionGenerator) -> Person:
    """Somebody who is signed in to Home Assistant, with a browser."""
    return await hass_client()


def shown(harness: Harness, entry: ConfigEntry[Any], issue: Issue) -> ir.IssueEntry | None:
    return ir.async_get(harness.hass).async_get_issue(DOMAIN, f"{issue}_{entry.entry_id}")


async def post(person: Person, path: str, content: dict[str, str]) -> Step:
    async with person.post(path, json=content) as answer:
        assert answer.status == 200, await answer.text()
        step: Step = await answer.json()
        return step


async def open_repair(person: Person, entry: ConfigEntry[Any], issue: Issue) -> Step:
    """Press the button of a repair."""
    return await post(person, "/api/repairs/issues/fix", {"handler": DOMAIN, "issue_id": f"{issue}_{entry.entry_id}"})


async def choose(person: Person, step: Step, fix: Fix) -> Step:
    """Choose from the menu of a repair."""
    return await post(person, f"/api/repairs/issues/fix/{step['flow_id']}", {"next_step_id": fix})


async def follow(person: Person, step: Step) -> ConfigFlowResult:
    """Go on in the flow that a repair leads to, as the browser does."""
    kind, flow_id = step["next_flow"]
    assert kind == "config_flow"
    async with person.get(f"/api/config/config_entries/flow/{flow_id}") as answer:
        assert answer.status == 200, await answer.text()
        form: ConfigFlowResult = await answer.json()
        return form


async def lose_address(harness: Harness) -> None:
    await harness.hass.config.async_update(external_url=None)
    await harness.settle()


def near_expiry(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have the client certificate, but not the renewed one, expire within the time of notice; returns the day."""
    expires = load_pem_x509_certificate(harness.vendor.certificates.client_certificate.read_bytes()).not_valid_after_utc
    monkeypatch.setattr(account, "CERTIFICATE_NOTICE", expires - dt_util.utcnow() + timedelta(days=1))
    return dt_util.as_local(expires).date().isoformat()


async def add_expiring(harness: Harness, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ConfigEntry[Any]:
    """Add an account with certificate files of its own, which are about to expire."""
    files = harness.vendor.certificates
    near_expiry(harness, monkeypatch)
    shutil.copytree(files.ca.parent, folder, dirs_exist_ok=True)
    entry = await harness.add_account(
        certificate_path=str(folder / files.client_certificate.name),
        private_key_path=str(folder / files.client_key.name),
    )
    assert shown(harness, entry, Issue.CERTIFICATE_EXPIRES)
    return entry


def test_who_can_be_helped_by_a_button() -> None:
    assert FIXES == {
        Issue.CERTIFICATE_EXPIRES: (Fix.RELOAD, Fix.RECONFIGURE),
        Issue.MESSAGES_MISSING_PUSH_NOTIFICATION: (Fix.RECONFIGURE,),
        Issue.MESSAGES_MISSING_WEBHOOK: (Fix.RECONFIGURE,),
        Issue.MESSAGES_MISSING_WEBSOCKET: (Fix.RECONFIGURE,),
        Issue.NO_URL: (Fix.RECONFIGURE,),
        Issue.PUSH_NOTIFICATION_DOWN: (Fix.RELOAD, Fix.RECONFIGURE),
        Issue.PUSH_REFUSED: (Fix.RECONFIGURE,),
    }


# Reload


async def test_a_certificate_that_was_replaced_is_read_by_a_reload(
    harness: Harness, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await add_expiring(harness, tmp_path, monkeypatch)
    shutil.copy(tmp_path / "renewed.pem", tmp_path / "client.pem")

    menu = await open_repair(person, entry, Issue.CERTIFICATE_EXPIRES)
    assert menu["type"] == FlowResultType.MENU
    assert menu["menu_options"] == ["reload", "reconfigure"]
    assert menu["description_placeholders"] == {"account": entry.title, "date": near_expiry(harness, monkeypatch)}
    end = await choose(person, menu, Fix.RELOAD)

    assert end["type"] == FlowResultType.CREATE_ENTRY
    assert end["description_placeholders"]["account"] == entry.title
    assert entry.state is ConfigEntryState.LOADED
    assert shown(harness, entry, Issue.CERTIFICATE_EXPIRES) is None


async def test_a_reload_does_not_hide_a_certificate_that_is_still_the_old_one(
    harness: Harness, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await add_expiring(harness, tmp_path, monkeypatch)
    menu = await open_repair(person, entry, Issue.CERTIFICATE_EXPIRES)

    end = await choose(person, menu, Fix.RELOAD)

    assert (end["type"], end["reason"]) == (FlowResultType.ABORT, "unchanged")
    assert end["description_placeholders"]["date"] == near_expiry(harness, monkeypatch)
    repair = shown(harness, entry, Issue.CERTIFICATE_EXPIRES)
    assert repair
    assert repair.active
    # It can be tried again.
    shutil.copy(tmp_path / "renewed.pem", tmp_path / "client.pem")
    menu = await open_repair(person, entry, Issue.CERTIFICATE_EXPIRES)
    assert (await choose(person, menu, Fix.RELOAD))["type"] == FlowResultType.CREATE_ENTRY


async def test_a_reload_that_fails_says_so(
    harness: Harness, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await add_expiring(harness, tmp_path, monkeypatch)
    shutil.copy(tmp_path / "expired.pem", tmp_path / "client.pem")
    menu = await open_repair(person, entry, Issue.CERTIFICATE_EXPIRES)

    end = await choose(person, menu, Fix.RELOAD)

    assert (end["type"], end["reason"]) == (FlowResultType.ABORT, "reload_failed")
    assert entry.error_reason_translation_key == "certificate_expired"


async def test_an_entry_that_cannot_be_reloaded_says_so(
    harness: Harness, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await add_expiring(harness, tmp_path, monkeypatch)
    menu = await open_repair(person, entry, Issue.CERTIFICATE_EXPIRES)
    assert isinstance(entry, MockConfigEntry)
    entry.mock_state(harness.hass, ConfigEntryState.FAILED_UNLOAD)

    end = await choose(person, menu, Fix.RELOAD)

    assert (end["type"], end["reason"]) == (FlowResultType.ABORT, "reload_failed")
    entry.mock_state(harness.hass, ConfigEntryState.LOADED)


async def test_an_account_that_was_unloaded_meanwhile_is_loaded(
    harness: Harness, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await add_expiring(harness, tmp_path, monkeypatch)
    menu = await open_repair(person, entry, Issue.CERTIFICATE_EXPIRES)
    shutil.copy(tmp_path / "renewed.pem", tmp_path / "client.pem")
    await harness.hass.config_entries.async_unload(entry.entry_id)

    assert (await choose(person, menu, Fix.RELOAD))["type"] == FlowResultType.CREATE_ENTRY
    assert entry.state is ConfigEntryState.LOADED


# Reconfigure


async def test_a_certificate_elsewhere_is_entered_in_the_form(
    harness: Harness, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    near_expiry(harness, monkeypatch)
    entry = await harness.add_account()
    menu = await open_repair(person, entry, Issue.CERTIFICATE_EXPIRES)

    form = await follow(person, await choose(person, menu, Fix.RECONFIGURE))

    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "user")
    [flow] = harness.hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reconfigure"
    assert flow["context"]["entry_id"] == entry.entry_id
    assert shown(harness, entry, Issue.CERTIFICATE_EXPIRES)
    renewed = str(harness.vendor.certificates.renewed_certificate)
    result = await harness.consent(await harness.submit(flow, harness.form(certificate_path=renewed)))
    assert result["reason"] == "reconfigure_successful"
    await harness.settle()
    assert shown(harness, entry, Issue.CERTIFICATE_EXPIRES) is None


async def test_what_reconfiguring_does_not_mend_is_still_shown(harness: Harness, person: Person) -> None:
    harness.vendor.faults.add(Fault(method="POST", path="*/monitors", status=403, times=None))
    entry = await harness.add_account()
    for mended in (False, True):
        if mended:
            harness.vendor.faults.clear()
        menu = await open_repair(person, entry, Issue.PUSH_REFUSED)
        assert menu["menu_options"] == ["reconfigure"]
        end = await choose(person, menu, Fix.RECONFIGURE)
        assert (end["type"], end["reason"]) == (FlowResultType.ABORT, "reconfigure")
        result = await harness.consent(await harness.submit(await follow(person, end), harness.form()))
        assert result["reason"] == "reconfigure_successful"
        await harness.settle()
        assert (shown(harness, entry, Issue.PUSH_REFUSED) is None) is mended


async def test_an_account_without_an_address_can_be_reconfigured(harness: Harness, person: Person) -> None:
    entry = await harness.add_account()
    await lose_address(harness)
    menu = await open_repair(person, entry, Issue.NO_URL)
    assert menu["description_placeholders"] == {"account": entry.title}

    form = await follow(person, await choose(person, menu, Fix.RECONFIGURE))

    assert form["type"] == FlowResultType.FORM
    assert shown(harness, entry, Issue.NO_URL)
    result = await harness.consent(await harness.submit(form, harness.form(delivery="polling")))
    assert result["reason"] == "reconfigure_successful"
    await harness.settle()
    assert entry.data["delivery"] == "polling"
    assert shown(harness, entry, Issue.NO_URL) is None


async def test_a_form_that_was_closed_does_not_stay(harness: Harness, person: Person) -> None:
    """The form of another account does."""
    other = await harness.add_account("family")
    entry = await harness.add_account()
    await lose_address(harness)
    forms = [
        await follow(person, await choose(person, await open_repair(person, each, Issue.NO_URL), Fix.RECONFIGURE))
        for each in (other, entry, entry)
    ]
    under_way = {flow["flow_id"] for flow in harness.hass.config_entries.flow.async_progress()}
    assert under_way == {forms[0]["flow_id"], forms[2]["flow_id"]}
    assert not harness.hass.data["repairs"]["flow_manager"].async_progress()


# What happens meanwhile


@pytest.mark.parametrize("fix", Fix)
async def test_an_account_that_was_removed_meanwhile_says_so(
    harness: Harness, person: Person, fix: Fix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await add_expiring(harness, tmp_path, monkeypatch)
    menu = await open_repair(person, entry, Issue.CERTIFICATE_EXPIRES)
    await harness.hass.config_entries.async_remove(entry.entry_id)

    end = await choose(person, menu, fix)

    assert (end["type"], end["reason"]) == (FlowResultType.ABORT, "entry_removed")
    assert end["description_placeholders"]["account"] == entry.title
    assert "next_flow" not in end
    assert not harness.hass.config_entries.flow.async_progress()


@pytest.mark.parametrize("fix", Fix)
async def test_an_account_that_was_disabled_meanwhile_says_so(
    harness: Harness, person: Person, fix: Fix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await add_expiring(harness, tmp_path, monkeypatch)
    menu = await open_repair(person, entry, Issue.CERTIFICATE_EXPIRES)
    await harness.hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)

    end = await choose(person, menu, fix)

    assert (end["type"], end["reason"]) == (FlowResultType.ABORT, "entry_disabled")
    assert not harness.hass.config_entries.flow.async_progress()


async def test_a_repair_that_has_gone_has_no_button(harness: Harness, person: Person) -> None:
    entry = await harness.add_account()
    content = {"handler": DOMAIN, "issue_id": f"{Issue.NO_URL}_{entry.entry_id}"}
    async with person.post("/api/repairs/issues/fix", json=content) as answer:
        assert answer.status == 400


async def test_one_that_no_button_can_help_has_none(harness: Harness) -> None:
    await harness.add_account()
    shared = harness.vendor.cars["electric"]
    harness.vendor.accounts["family"].cars.append(shared)
    second = await harness.add_account("family")
    repair = shown(harness, second, Issue.CAR_IN_TWO_ACCOUNTS)
    assert repair
    assert repair.is_fixable is False
