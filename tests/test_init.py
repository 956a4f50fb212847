"""Accounts that come, go and fail; their cars; their tokens; and what stays secret."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import gc
import logging
from pathlib import Path
import shutil
from typing import Any

from cryptography.x509 import load_pem_x509_certificate
from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis.account import account, async_remove_storage
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, MessageFault, Outcome, electric

from .helpers.harness import Harness, mistakes
from .helpers.held import Held
from .helpers.vendor import make_grant

pytestmark = pytest.mark.usefixtures("polled")

# The platforms that send remotes.
REMOTES = {"button", "climate", "lock", "switch"}

NOBODY = "https://127.0.0.1:1"
OURS = "custom_components.stellantis"


def devices(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, dr.DeviceEntry]:
    """Return the devices of an account's cars by their VIN."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {vin: device for device in found if not device.entry_type for _, vin in device.identifiers}


def vins(*cars: Car) -> set[str]:
    return {car.vin for car in cars}


def reauth_flows(hass: HomeAssistant) -> list[str]:
    """Return the accounts that the person is asked to sign in again to."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow["context"]["entry_id"] for flow in flows if flow["context"]["source"] == "reauth"]


def refreshes(harness: Harness) -> list[str]:
    """Return the refresh tokens that have been handed in."""
    bodies = [request.body for request in harness.requests("POST", "/access_token")]
    return [body["refresh_token"] for body in bodies if body["grant_type"] == "refresh_token"]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    records = [record for record in caplog.records if record.levelno >= logging.WARNING]
    return [record.getMessage() for record in records if record.name.startswith((OURS, "homeassistant.config_entries"))]


def change(harness: Harness, entry: ConfigEntry[Any], **data: Any) -> None:
    """Change what the entry holds."""
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, **data})


# Coming and going


@pytest.mark.usefixtures("three_cars")
async def test_the_cars_of_an_account_are_set_up(harness: Harness) -> None:
    entry = await harness.add_account()
    cars = harness.vendor.accounts["driver"].cars
    assert devices(harness.hass, entry).keys() == vins(*cars)
    assert {harness.state(car, "lock", "doors").state for car in cars} == {"locked"}


@pytest.mark.usefixtures("three_cars")
async def test_two_accounts_live_side_by_side(harness: Harness) -> None:
    entries = {name: await harness.add_account(name) for name in ("driver", "family")}
    for name, entry in entries.items():
        assert devices(harness.hass, entry).keys() == vins(*harness.vendor.accounts[name].cars)

    await harness.hass.config_entries.async_remove(entries["driver"].entry_id)

    assert entries["family"].state is ConfigEntryState.LOADED
    second = harness.vendor.cars["second"]
    await harness.call(second, "lock", "doors", "unlock")
    assert not second.locked


async def test_an_account_is_unloaded_and_set_up_again(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()

    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert harness.state(car, "lock", "doors").state == STATE_UNAVAILABLE
    before = len(harness.vendor.requests)
    await harness.pass_time(days=2)
    assert len(harness.vendor.requests) == before

    assert await harness.hass.config_entries.async_setup(entry.entry_id)
    assert harness.state(car, "lock", "doors").state == "locked"


async def test_a_restart_works_with_what_was_stored(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    await harness.reload(entry)
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"


# Entries of an older version


async def add_old(harness: Harness, unique_id: str | None, account: str = "driver", **data: Any) -> ConfigEntry[Any]:
    """Add an entry of version 1.1, whose unique id began with the realm, and which knew one way for messages."""
    entry = await harness.add_account(account)
    await harness.hass.config_entries.async_unload(entry.entry_id)
    data = {key: value for key, value in {**entry.data, **data}.items() if key != "delivery"}
    harness.hass.config_entries.async_update_entry(entry, unique_id=unique_id, minor_version=1, data=data)
    return entry


async def set_up(harness: Harness, entry: ConfigEntry[Any]) -> None:
    await harness.hass.config_entries.async_setup(entry.entry_id)
    await harness.settle()


SUBJECT = "d7b1c5b0-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("old", "data", "new"),
    [
        (f"clientsB2CPeugeot_{SUBJECT}", {}, f"peugeot_{SUBJECT}"),
        ("clientsB2CPeugeot_driver@example.com", {}, "peugeot_driver@example.com"),
        ("clientsB2CPeugeot_Driver@Example.com", {}, "peugeot_driver@example.com"),
        ("clientsB2CPeugeot_a_b", {}, "peugeot_a_b"),
        # The realm was changed by hand, or is written in an unusual way.
        (f"OTPPeugeot_{SUBJECT}", {}, f"peugeot_{SUBJECT}"),
        (f"my_realm_{SUBJECT}", {"realm": "my_realm"}, f"peugeot_{SUBJECT}"),
        (None, {}, f"peugeot_{SUBJECT}"),
    ],
)
async def test_an_older_entry_gets_the_brand_into_its_unique_id(
    harness: Harness, car: Car, old: str | None, data: dict[str, Any], new: str
) -> None:
    entry = await add_old(harness, old, **data)
    harness.vendor.faults.clear()

    await set_up(harness, entry)

    assert (entry.unique_id, entry.version, entry.minor_version) == (new, 1, 3)


async def test_an_older_entry_of_which_nothing_is_known_keeps_its_unique_id(harness: Harness) -> None:
    harness.vendor.accounts["driver"].id_token = False
    entry = await add_old(harness, "strange")

    await set_up(harness, entry)

    assert (entry.unique_id, entry.minor_version, entry.state) == ("strange", 3, ConfigEntryState.LOADED)
    flow = await harness.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    assert (await harness.consent(await harness.submit(flow, harness.form())))["reason"] == "wrong_account"


async def test_an_older_entry_goes_on_as_before(harness: Harness, car: Car) -> None:
    entry = await add_old(harness, f"clientsB2CPeugeot_{SUBJECT}")
    lock = harness.entity_id(car, "lock", "doors")

    await set_up(harness, entry)

    assert entry.data["delivery"] == "webhook"
    assert harness.entity_id(car, "lock", "doors") == lock
    assert len(harness.vendor.callbacks) == 1
    await harness.call(car, "lock", "doors", "unlock")
    assert not car.locked


async def test_an_older_entry_that_is_disabled_can_be_changed(harness: Harness) -> None:
    entry = await add_old(harness, f"clientsB2CPeugeot_{SUBJECT}")
    entries = harness.hass.config_entries
    await entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert (await entries.options.async_init(entry.entry_id))["type"] is FlowResultType.FORM

    await harness.reconfigure(entry)
    await entries.async_set_disabled_by(entry.entry_id, None)
    await harness.settle()

    assert (entry.state, entry.minor_version, entry.data["delivery"]) == (ConfigEntryState.LOADED, 3, "webhook")


async def test_of_an_account_that_was_added_twice_one_entry_keeps_its_unique_id(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    first = await add_old(harness, f"clientsB2CPeugeot_{SUBJECT}")
    second = await add_old(harness, f"OTPPeugeot_{SUBJECT}", realm="OTPPeugeot")
    caplog.clear()

    for entry in (first, second):
        await set_up(harness, entry)

    assert [entry.unique_id for entry in (first, second)] == [f"peugeot_{SUBJECT}", f"OTPPeugeot_{SUBJECT}"]
    assert {entry.minor_version for entry in (first, second)} == {3}
    [warning] = [each for each in warnings(caplog) if "twice" in each]
    assert SUBJECT not in warning
    # It can be changed nevertheless, also once its realm is another one.
    for _ in range(2):
        flow = await harness.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": "reconfigure", "entry_id": second.entry_id}
        )
        flow = await harness.consent(await harness.submit(flow, harness.form()))
        assert flow["reason"] == "reconfigure_successful"
        await harness.settle()
        assert second.unique_id == f"OTPPeugeot_{SUBJECT}"
    # When the other one is gone, it takes its place.
    await harness.hass.config_entries.async_remove(first.entry_id)
    flow = await harness.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": second.entry_id}
    )
    flow = await harness.consent(await harness.submit(flow, harness.form()))
    await harness.settle()
    assert second.unique_id == f"peugeot_{SUBJECT}"


async def test_an_entry_of_a_later_minor_version_works(harness: Harness) -> None:
    entry = await harness.add_account()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    harness.hass.config_entries.async_update_entry(entry, minor_version=4)

    await set_up(harness, entry)

    assert (entry.state, entry.minor_version) == (ConfigEntryState.LOADED, 4)


async def test_an_entry_of_a_later_major_version_is_not_touched(harness: Harness) -> None:
    entry = await harness.add_account()
    await harness.hass.config_entries.async_unload(entry.entry_id)
    harness.hass.config_entries.async_update_entry(entry, version=2)

    await set_up(harness, entry)

    assert entry.state is ConfigEntryState.MIGRATION_ERROR


# Removal


def grant_is_gone(harness: Harness, token: dict[str, Any]) -> bool:
    grants = harness.vendor.grants
    return not grants.by_access_token(token["access_token"]) and not grants.by_refresh_token(token["refresh_token"])


async def test_removal_takes_everything_back(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    entry = await harness.add_account()
    token = entry.data["token"]

    await harness.hass.config_entries.async_remove(entry.entry_id)

    assert not devices(harness.hass, entry)
    assert not er.async_entries_for_config_entry(er.async_get(harness.hass), entry.entry_id)
    assert not harness.vendor.callbacks
    assert grant_is_gone(harness, token)
    # The refresh token stands for the whole grant.
    assert [request.body for request in harness.requests("POST", "/token/revoke")] == [
        {"token": token["refresh_token"]}
    ]
    assert not warnings(caplog)


@pytest.mark.parametrize("known", [True, False])
async def test_removal_takes_everything_back_with_an_access_token_that_has_expired(
    harness: Harness, known: bool
) -> None:
    entry = await harness.add_account()
    token = entry.data["token"]
    grant = harness.vendor.grants.by_refresh_token(token["refresh_token"])
    assert grant
    grant.access_tokens.clear()
    if known:
        change(harness, entry, token={**token, "expires_at": 0})

    await harness.hass.config_entries.async_remove(entry.entry_id)

    assert not harness.vendor.callbacks
    assert (401 in {request.status for request in harness.vendor.requests}) is not known
    assert grant.refresh_token != token["refresh_token"]
    assert harness.vendor.grants.by_refresh_token(grant.refresh_token) is None


async def test_removal_revokes_an_access_token_that_cannot_be_refreshed(harness: Harness) -> None:
    entry = await harness.add_account()
    token = entry.data["token"]
    change(harness, entry, token={key: value for key, value in token.items() if key != "refresh_token"})

    await harness.hass.config_entries.async_remove(entry.entry_id)

    assert grant_is_gone(harness, token)


async def test_removal_takes_repairs_back(harness: Harness) -> None:
    entry = await harness.add_account()
    await harness.hass.config.async_update(external_url=None)
    await harness.settle()
    issue = f"no_url_{entry.entry_id}"
    assert ir.async_get(harness.hass).async_get_issue(DOMAIN, issue)

    await harness.hass.config_entries.async_remove(entry.entry_id)

    assert not ir.async_get(harness.hass).async_get_issue(DOMAIN, issue)


# Cars


@pytest.mark.usefixtures("other")
async def test_a_car_that_is_bought_appears_within_a_day(harness: Harness) -> None:
    entry = await harness.add_account()
    driver = harness.vendor.accounts["driver"]
    bought = electric("bought", "Peugeot", "e-3008")
    harness.vendor.add_car(driver, bought)

    await harness.pass_time(days=1)

    assert devices(harness.hass, entry).keys() == vins(*driver.cars)
    await harness.call(bought, "lock", "doors", "unlock")
    assert not bought.locked


async def test_a_list_that_is_refused_takes_no_car_away(harness: Harness) -> None:
    entry = await harness.add_account()
    driver = harness.vendor.accounts["driver"]
    harness.vendor.faults.add(Fault(path="/user/vehicles", status=401, times=None))

    await harness.pass_time(days=1)

    assert not reauth_flows(harness.hass)
    assert devices(harness.hass, entry).keys() == vins(*driver.cars)


@pytest.fixture
async def settings(hass: HomeAssistant) -> None:
    """Set up the settings before the harness starts its server, which then takes no more pages."""
    for component in ("config", "websocket_api"):
        assert await async_setup_component(hass, component, {})


@pytest.mark.usefixtures("settings")
@pytest.mark.usefixtures("other")
async def test_only_a_car_that_is_gone_can_be_deleted_by_hand(
    harness: Harness, car: Car, hass_ws_client: WebSocketGenerator
) -> None:
    entry = await harness.add_account()
    person = await hass_ws_client(harness.hass)
    device = devices(harness.hass, entry)[car.vin]

    async def delete() -> str | None:
        """Try it, and return why not."""
        # The newest command does without the entry; this one works with every release that is supported.
        command = {"type": "config/device_registry/remove_config_entry", "config_entry_id": entry.entry_id}
        await person.send_json_auto_id({**command, "device_id": device.id})
        answer = await person.receive_json()
        return None if answer["success"] else answer["error"]["message"]

    assert await delete() == "Failed to remove device entry, rejected by integration"
    await harness.hass.config_entries.async_unload(entry.entry_id)
    assert await delete() == "Failed to remove device entry, rejected by integration"
    harness.vendor.accounts["driver"].cars.clear()
    await harness.hass.config_entries.async_setup(entry.entry_id)
    assert await delete() is None

    assert car.vin not in devices(harness.hass, entry)


@pytest.mark.usefixtures("three_cars")
async def test_only_what_was_consented_to_is_offered(harness: Harness, car: Car) -> None:
    scopes = ("data:telemetry", "remote:door:write")
    grant = make_grant(harness.vendor, "driver", *scopes)
    answer = {"access_token": grant.issue(3600), "expires_in": 3600, "scope": " ".join(scopes)}
    harness.vendor.faults.add(Fault(path="/access_token", body=answer))

    entry = await harness.sign_in()

    entities = er.async_entries_for_config_entry(er.async_get(harness.hass), entry.entry_id)
    assert {entity.unique_id.split("_", 1)[1] for entity in entities if entity.domain in REMOTES} == {
        "doors",
        # They have no scope of their own, and are disabled.
        "immobilization",
        "stolen",
    }
    assert harness.state(car, "lock", "doors").state == "locked"


# Failures of set-up


FAILING_ANSWERS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"status": 400, "body": {"message": "no"}}, "rejected"),
    ({"status": 403}, "forbidden"),
    ({"status": 404}, "no_data"),
    ({"status": 429}, "rate_limited"),
    ({"status": 503}, "vendor_error"),
    ({"body": "<html>Welcome</html>"}, "bad_answer"),
    ({"drop": True}, "hung_up"),
    ({"status": 401, "body": {"moreInformation": "Not registered to plan"}}, "no_access_plan"),
)
FAILING_DATA: tuple[tuple[dict[str, Any], str], ...] = (
    ({"api_url": NOBODY}, "cannot_connect"),
    ({"certificate_path": "none.pem"}, "file_missing"),
    ({"certificate_path": "folder.pem"}, "file_is_folder"),
    ({"certificate_path": "client.key"}, "no_certificate"),
    ({"certificate_path": "expired.pem"}, "certificate_expired"),
    ({"private_key_path": "other.key"}, "key_mismatch"),
    ({"private_key_path": "client.encrypted.key"}, "password_missing"),
    ({"private_key_path": "client.encrypted.key", "private_key_password": "guess"}, "password_wrong"),
    ({"certificate_path": "foreign.pem", "private_key_path": "foreign.key"}, "certificate_refused"),
    ({"ca_certificate_path": "foreign-ca.pem"}, "server_not_trusted"),
)


async def start_anew(harness: Harness, entry: ConfigEntry[Any]) -> None:
    """Restart an account whose cars have never been read."""
    if entry.state is ConfigEntryState.LOADED:
        await harness.hass.config_entries.async_unload(entry.entry_id)
        await async_remove_storage(harness.hass, entry)
        await harness.hass.config_entries.async_setup(entry.entry_id)
    else:
        await harness.hass.config_entries.async_reload(entry.entry_id)


async def test_set_up_is_tried_again_when_the_vendor_fails(harness: Harness, subtests: pytest.Subtests) -> None:
    entry = await harness.add_account()
    for answer, key in FAILING_ANSWERS:
        with subtests.test(key):
            harness.vendor.faults.add(Fault(path="/user/vehicles", times=None, **answer))
            await start_anew(harness, entry)
            assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_RETRY, key)
        harness.vendor.faults.clear()

    await harness.pass_time(hours=1)

    assert entry.state is ConfigEntryState.LOADED
    assert not reauth_flows(harness.hass)


async def test_set_up_says_what_is_wrong_with_files_and_addresses(
    harness: Harness, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    entry = await harness.add_account()
    shutil.copytree(harness.vendor.certificates.ca.parent, tmp_path, dirs_exist_ok=True)
    (tmp_path / "folder.pem").mkdir()
    harness.hass.config.config_dir = str(tmp_path)
    good = dict(entry.data)
    for bad, key in FAILING_DATA:
        with subtests.test(key):
            change(harness, entry, **bad)
            await start_anew(harness, entry)
            assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_RETRY, key)
        harness.hass.config_entries.async_update_entry(entry, data=good)

    await harness.pass_time(hours=1)

    assert entry.state is ConfigEntryState.LOADED


async def test_set_up_names_the_file_that_is_wrong(harness: Harness) -> None:
    entry = await harness.add_account()
    change(harness, entry, private_key_path="/none.key")
    await harness.hass.config_entries.async_reload(entry.entry_id)
    assert entry.error_reason_translation_placeholders == {"path": "/none.key"}


async def test_a_certificate_that_ends_soon_is_told(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = await harness.add_account()
    issue = f"certificate_expires_{entry.entry_id}"
    registry = ir.async_get(harness.hass)
    assert not registry.async_get_issue(DOMAIN, issue)

    monkeypatch.setattr(account, "CERTIFICATE_NOTICE", timedelta(days=10_000))
    await harness.pass_time(days=1)
    told = registry.async_get_issue(DOMAIN, issue)
    assert told
    assert told.translation_placeholders
    certificate = load_pem_x509_certificate(harness.vendor.certificates.client_certificate.read_bytes())
    day = dt_util.as_local(certificate.not_valid_after_utc).date()
    assert told.translation_placeholders["date"] == day.isoformat()

    monkeypatch.undo()
    await harness.pass_time(days=1)
    assert not registry.async_get_issue(DOMAIN, issue)


# Tokens


async def test_a_refresh_token_is_used_once_and_the_new_one_is_kept(harness: Harness, car: Car) -> None:
    harness.vendor.token_lifetime = 10
    entry = await harness.add_account()
    await harness.reload(entry)
    await harness.call(car, "lock", "doors", "unlock")
    await harness.settle()

    used = refreshes(harness)
    assert len(used) > 2
    assert len(set(used)) == len(used)
    grant = harness.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])
    assert grant
    assert entry.data["token"]["access_token"] in grant.access_tokens
    assert not reauth_flows(harness.hass)


def expire_access_token(harness: Harness, entry: ConfigEntry[Any]) -> None:
    """Let the vendor forget the access token before its time."""
    grant = harness.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])
    assert grant
    grant.access_tokens.clear()


@pytest.mark.usefixtures("three_cars")
async def test_requests_that_are_refused_side_by_side_lead_to_one_refresh(harness: Harness) -> None:
    entry = await harness.add_account()
    cars = harness.vendor.accounts["driver"].cars
    before = [harness.reads(car) for car in cars]
    expire_access_token(harness, entry)

    await harness.pass_time(minutes=30)

    assert len(refreshes(harness)) == 1
    # Each was refused once and then answered.
    assert [harness.reads(car) for car in cars] == [reads + 2 for reads in before]
    assert {harness.requests("GET", f"/{car.id}/status")[-1].status for car in cars} == {200}


@pytest.mark.usefixtures("three_cars")
async def test_a_request_that_is_refused_later_takes_the_token_that_is_new_by_then(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    expire_access_token(harness, entry)
    answer = Held(path="*/status", car=car)
    harness.vendor.faults.add(answer)

    async_fire_time_changed(harness.hass, dt_util.utcnow() + timedelta(minutes=30))
    await answer.held.wait()
    await harness.vendor.wait_for_request("GET", f"/{harness.vendor.cars['hybrid'].id}/status", after=2)
    answer.let_go.set()
    await harness.settle()

    assert [request.status for request in harness.requests("GET", f"/{car.id}/status")] == [200, 401, 200]
    assert len(refreshes(harness)) == 1


async def test_an_identity_provider_that_is_away_is_no_reason_to_sign_in(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    expire_access_token(harness, entry)
    harness.vendor.faults.add(Fault(path="/access_token", status=503, times=None))

    failure = await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    assert failure.translation_key == "vendor_error"
    await start_anew(harness, entry)
    assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_RETRY, "vendor_error")
    assert not reauth_flows(harness.hass)

    harness.vendor.faults.clear()
    await harness.pass_time(minutes=10)
    assert entry.state is ConfigEntryState.LOADED


async def test_a_grant_that_is_revoked_asks_for_one_sign_in(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.revoke_tokens("driver")

    failure = await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    assert failure.translation_key == "sign_in_refused"
    assert not reauth_flows(harness.hass)

    await harness.pass_time(minutes=30)
    await harness.pass_time(days=1)
    assert reauth_flows(harness.hass) == [entry.entry_id]
    await harness.reload(entry)
    assert reauth_flows(harness.hass) == [entry.entry_id]


async def test_a_secret_that_is_changed_at_the_vendor_asks_for_a_sign_in(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    app = harness.vendor.apps[entry.data["client_id"]]
    harness.vendor.apps[app.client_id] = replace(app, client_secret="another secret, of a length that JWT likes")
    expire_access_token(harness, entry)

    failure = await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    assert failure.translation_key == "sign_in_refused"
    await harness.pass_time(minutes=6)

    assert reauth_flows(harness.hass) == [entry.entry_id]


async def test_a_token_that_cannot_be_refreshed_asks_for_a_sign_in(harness: Harness) -> None:
    entry = await harness.add_account()
    token = entry.data["token"]
    change(harness, entry, token={"access_token": token["access_token"], "expires_at": 0})

    await harness.hass.config_entries.async_reload(entry.entry_id)
    await harness.settle()

    assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_ERROR, "invalid_auth")
    assert reauth_flows(harness.hass) == [entry.entry_id]
    assert not refreshes(harness)


async def test_a_refresh_that_an_unload_interrupts_is_not_lost(harness: Harness) -> None:
    entry = await harness.add_account()
    expire_access_token(harness, entry)
    answer = Held(path="/access_token")
    harness.vendor.faults.add(answer)
    async_fire_time_changed(harness.hass, dt_util.utcnow() + timedelta(minutes=30))
    await answer.held.wait()

    unloading = harness.hass.async_create_task(harness.hass.config_entries.async_unload(entry.entry_id))
    await harness.browser.get("/")  # by the end of which the account would have been unloaded
    async_fire_time_changed(
        harness.hass, dt_util.utcnow() + timedelta(seconds=11)
    )  # longer than Home Assistant waits for an unload
    await harness.browser.get("/")
    answer.let_go.set()
    assert await unloading

    assert harness.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])
    assert await harness.hass.config_entries.async_setup(entry.entry_id)


async def test_a_caller_that_goes_away_does_not_cost_the_others_the_refresh(harness: Harness) -> None:
    entry = await harness.add_account()
    change(harness, entry, token={**entry.data["token"], "expires_at": 0})
    answer = Held(path="/access_token")
    harness.vendor.faults.add(answer)
    token = entry.runtime_data.token
    leaving, staying = asyncio.create_task(token()), asyncio.create_task(token())
    await answer.held.wait()

    leaving.cancel()
    answer.let_go.set()

    assert await staying == entry.data["token"]["access_token"]
    assert leaving.cancelled()
    assert len(refreshes(harness)) == 1
    assert harness.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])


async def test_a_refresh_that_fails_during_an_unload_leaves_nothing_behind(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    expire_access_token(harness, entry)
    answer = Held(path="/access_token", status=503)
    harness.vendor.faults.add(answer)
    async_fire_time_changed(harness.hass, dt_util.utcnow() + timedelta(minutes=30))
    await answer.held.wait()

    unloading = harness.hass.async_create_task(harness.hass.config_entries.async_unload(entry.entry_id))
    await harness.browser.get("/")
    answer.let_go.set()
    assert await unloading
    gc.collect()
    await harness.settle()

    assert "never retrieved" not in caplog.text


async def test_a_refresh_that_is_under_way_does_not_undo_a_new_sign_in(harness: Harness) -> None:
    entry = await harness.add_account()
    flow = await harness.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    flow = await harness.submit(flow, harness.form(scopes=["data:telemetry", "remote:door:write"]))
    expire_access_token(harness, entry)
    answer = Held(path="/access_token")
    harness.vendor.faults.add(answer)
    async_fire_time_changed(harness.hass, dt_util.utcnow() + timedelta(minutes=30))
    await answer.held.wait()

    consenting = harness.hass.async_create_task(harness.consent(flow))
    await harness.vendor.wait_for_request("GET", "/user/vehicles", after=len(harness.requests("GET", "/user/vehicles")))
    answer.let_go.set()
    assert (await consenting)["reason"] == "reconfigure_successful"
    await harness.settle()

    assert entry.state is ConfigEntryState.LOADED
    grant = harness.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])
    assert grant
    assert set(grant.scopes) == {"data:telemetry", "remote:door:write"}


# Secrets


@pytest.mark.usefixtures("three_cars")
async def test_nothing_secret_is_logged(harness: Harness, car: Car, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    files, vendor = harness.vendor.certificates, harness.vendor
    bad_token = "a-token-answer-that-lacks-its-lifetime"
    vendor.faults.add(Fault(path="/access_token", body={"access_token": bad_token}))
    key = {"private_key_path": str(files.encrypted_key), "private_key_password": files.password}
    flow = await harness.consent(await harness.submit(await harness.start_flow(), harness.form(**key)))
    assert mistakes(flow) == {"base": "bad_answer"}
    entry = await harness.sign_in(**key)

    expire_access_token(harness, entry)
    await harness.call(car, "lock", "doors", "unlock")
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    await harness.failure(harness.call(car, "lock", "doors", "lock"))
    vendor.faults.add(MessageFault(double=True, times=None))
    vendor.faults.add(Fault(path="*/remotes", status=400, body={"message": f"{car.vin} of driver@example.com"}))
    refusal = await harness.failure(harness.call(car, "button", "horn", "press"))
    assert refusal.translation_placeholders == {"message": "… of …"}
    vendor.faults.add(Fault(path="/access_token", body={"access_token": bad_token}, times=None))
    expire_access_token(harness, entry)
    await harness.pass_time(minutes=30)
    vendor.faults.clear()
    await harness.reload(entry)
    vendor.faults.add(Fault(path="/user/callbacks", drop=True, times=None))
    await harness.hass.config_entries.async_remove(entry.entry_id)

    secrets = {bad_token, files.password, entry.data["client_secret"], entry.data["callback_secret"]}
    for request in vendor.requests:
        secrets.add(request.headers.get("Authorization", "").partition(" ")[2])
        if isinstance(request.body, dict):
            secrets |= {request.body[name] for name in ("code", "refresh_token", "token") if name in request.body}
    cars = vendor.accounts["driver"].cars
    private = {*vins(*cars), *(car.id for car in cars), "driver@example.com", "48.8584", entry.data["webhook_id"]}
    # The person's browser, that is the test itself, carries the code in an address; the disk of the tests tells all.
    ignored = {"aiohttp.access", "pytest_homeassistant_custom_component.common"}
    records = [record for record in caplog.records if record.name not in ignored]
    everybody = "\n".join(record.getMessage() for record in records)
    ours = "\n".join(record.getMessage() for record in records if record.name.startswith(OURS))
    assert len(secrets) > 10
    assert "401" in ours
    assert not [secret for secret in secrets if secret and secret in everybody]
    assert not [detail for detail in private if detail in ours]
