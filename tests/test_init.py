"""Accounts that come, go and fail; their cars; their tokens; and what stays secret."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
import gc
import logging
from pathlib import Path
import shutil
from typing import Any, override

from aiohttp import web
from aiohttp.typedefs import Handler
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellantis import account
from custom_components.stellantis.account import status_store
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, MessageFault, Outcome, electric

from .conftest import House
from .vendor import make_grant

pytestmark = pytest.mark.usefixtures("polled")

# The platforms that send remotes.
REMOTES = {"button", "climate", "lock", "switch"}

NOBODY = "https://127.0.0.1:1"
OURS = "custom_components.stellantis"


def devices(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, dr.DeviceEntry]:
    """Return the devices of an account by their VIN."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {vin: device for device in found for _, vin in device.identifiers}


def vins(*cars: Car) -> set[str]:
    return {car.vin for car in cars}


def reauth_flows(hass: HomeAssistant) -> list[str]:
    """Return the accounts that the person is asked to sign in again to."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow["context"]["entry_id"] for flow in flows if flow["context"]["source"] == "reauth"]


def refreshes(house: House) -> list[str]:
    """Return the refresh tokens that have been handed in."""
    bodies = [request.body for request in house.requests("POST", "/access_token")]
    return [body["refresh_token"] for body in bodies if body["grant_type"] == "refresh_token"]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    records = [record for record in caplog.records if record.levelno >= logging.WARNING]
    return [record.getMessage() for record in records if record.name.startswith((OURS, "homeassistant.config_entries"))]


def change(house: House, entry: ConfigEntry[Any], **data: Any) -> None:
    """Change what the entry holds."""
    house.hass.config_entries.async_update_entry(entry, data={**entry.data, **data})


# Coming and going


async def test_the_cars_of_an_account_are_set_up(house: House) -> None:
    entry = await house.add_account()
    cars = house.vendor.accounts["driver"].cars
    assert devices(house.hass, entry).keys() == vins(*cars)
    assert {house.state(car, "lock", "doors").state for car in cars} == {"locked"}


async def test_two_accounts_live_side_by_side(house: House) -> None:
    entries = {name: await house.add_account(name) for name in ("driver", "family")}
    for name, entry in entries.items():
        assert devices(house.hass, entry).keys() == vins(*house.vendor.accounts[name].cars)

    await house.hass.config_entries.async_remove(entries["driver"].entry_id)

    assert entries["family"].state is ConfigEntryState.LOADED
    second = house.vendor.cars["second"]
    await house.call(second, "lock", "doors", "unlock")
    assert not second.locked


async def test_an_account_is_unloaded_and_set_up_again(house: House, car: Car) -> None:
    entry = await house.add_account()

    assert await house.hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert house.state(car, "lock", "doors").state == STATE_UNAVAILABLE
    before = len(house.vendor.requests)
    await house.pass_time(days=2)
    assert len(house.vendor.requests) == before

    assert await house.hass.config_entries.async_setup(entry.entry_id)
    assert house.state(car, "lock", "doors").state == "locked"


async def test_a_restart_works_with_what_was_stored(house: House, car: Car) -> None:
    entry = await house.add_account()
    await house.reload(entry)
    await house.call(car, "lock", "doors", "unlock")
    assert house.state(car, "lock", "doors").state == "unlocked"


# Removal


def grant_is_gone(house: House, token: dict[str, Any]) -> bool:
    grants = house.vendor.grants
    return not grants.by_access_token(token["access_token"]) and not grants.by_refresh_token(token["refresh_token"])


async def test_removal_takes_everything_back(house: House, caplog: pytest.LogCaptureFixture) -> None:
    entry = await house.add_account()
    token = entry.data["token"]

    await house.hass.config_entries.async_remove(entry.entry_id)

    assert not devices(house.hass, entry)
    assert not er.async_entries_for_config_entry(er.async_get(house.hass), entry.entry_id)
    assert not house.vendor.callbacks
    assert grant_is_gone(house, token)
    # The refresh token stands for the whole grant.
    assert [request.body for request in house.requests("POST", "/token/revoke")] == [{"token": token["refresh_token"]}]
    assert not warnings(caplog)


@pytest.mark.parametrize("known", [True, False])
async def test_removal_takes_everything_back_with_an_access_token_that_has_expired(house: House, known: bool) -> None:
    entry = await house.add_account()
    token = entry.data["token"]
    grant = house.vendor.grants.by_refresh_token(token["refresh_token"])
    assert grant
    grant.access_tokens.clear()
    if known:
        change(house, entry, token={**token, "expires_at": 0})

    await house.hass.config_entries.async_remove(entry.entry_id)

    assert not house.vendor.callbacks
    assert (401 in {request.status for request in house.vendor.requests}) is not known
    assert grant.refresh_token != token["refresh_token"]
    assert house.vendor.grants.by_refresh_token(grant.refresh_token) is None


async def test_removal_revokes_an_access_token_that_cannot_be_refreshed(house: House) -> None:
    entry = await house.add_account()
    token = entry.data["token"]
    change(house, entry, token={key: value for key, value in token.items() if key != "refresh_token"})

    await house.hass.config_entries.async_remove(entry.entry_id)

    assert grant_is_gone(house, token)


@pytest.mark.parametrize(
    ("path", "kept"), [("*", True), ("/user/callbacks*", True), ("/token/revoke", False)], ids=["all", "api", "token"]
)
async def test_removal_succeeds_although_the_vendor_cannot_be_reached(
    house: House, caplog: pytest.LogCaptureFixture, path: str, kept: bool
) -> None:
    entry = await house.add_account()
    house.vendor.faults.add(Fault(path=path, drop=True, times=None))

    await house.hass.config_entries.async_remove(entry.entry_id)

    assert not house.hass.config_entries.async_entries(DOMAIN)
    assert not devices(house.hass, entry)
    assert bool(house.vendor.callbacks) is kept
    [warning] = warnings(caplog)
    assert "vendor" in warning


async def test_removal_revokes_the_token_although_the_certificate_is_gone(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await house.add_account()
    token = entry.data["token"]
    change(house, entry, certificate_path="none.pem")

    await house.hass.config_entries.async_remove(entry.entry_id)

    assert grant_is_gone(house, token)
    assert len(warnings(caplog)) == 1


async def test_removal_takes_repairs_back(house: House) -> None:
    entry = await house.add_account()
    await house.hass.config.async_update(external_url=None)
    await house.settle()
    issue = f"no_url_{entry.entry_id}"
    assert ir.async_get(house.hass).async_get_issue(DOMAIN, issue)

    await house.hass.config_entries.async_remove(entry.entry_id)

    assert not ir.async_get(house.hass).async_get_issue(DOMAIN, issue)


# Cars


async def test_a_car_that_is_bought_appears_within_a_day(house: House) -> None:
    entry = await house.add_account()
    driver = house.vendor.accounts["driver"]
    bought = electric("bought", "Peugeot", "e-3008")
    house.vendor.add_car(driver, bought)

    await house.pass_time(days=1)

    assert devices(house.hass, entry).keys() == vins(*driver.cars)
    await house.call(bought, "lock", "doors", "unlock")
    assert not bought.locked


@pytest.mark.parametrize("look_again", ["a day", "a restart"])
async def test_a_car_that_is_sold_disappears(house: House, look_again: str) -> None:
    entry = await house.add_account()
    driver = house.vendor.accounts["driver"]
    sold = driver.cars.pop()
    lock = house.entity_id(sold, "lock", "doors")

    if look_again == "a day":
        await house.pass_time(days=1)
    else:
        await house.reload(entry)

    assert devices(house.hass, entry).keys() == vins(*driver.cars)
    assert not er.async_get(house.hass).async_get(lock)
    assert not house.hass.states.get(lock)
    before = house.reads(sold)
    await house.pass_time(minutes=30)
    assert house.reads(sold) == before


async def test_a_vendor_that_forgets_all_cars_takes_none_away(house: House, car: Car) -> None:
    entry = await house.add_account()
    driver = house.vendor.accounts["driver"]
    cars, driver.cars = driver.cars, []

    await house.pass_time(days=1)
    assert devices(house.hass, entry).keys() == vins(*cars)

    driver.cars = cars
    await house.call(car, "lock", "doors", "unlock")
    assert not car.locked


async def test_a_list_that_cannot_be_read_is_read_the_next_day(house: House) -> None:
    entry = await house.add_account()
    driver = house.vendor.accounts["driver"]
    sold = driver.cars.pop()
    house.vendor.faults.add(Fault(path="/user/vehicles", status=503))

    await house.pass_time(days=1)
    assert devices(house.hass, entry).keys() == vins(sold, *driver.cars)

    await house.pass_time(days=1)
    assert devices(house.hass, entry).keys() == vins(*driver.cars)


async def test_a_list_that_is_refused_asks_for_a_sign_in(house: House) -> None:
    entry = await house.add_account()
    driver = house.vendor.accounts["driver"]
    house.vendor.faults.add(Fault(path="/user/vehicles", status=401, times=None))

    await house.pass_time(days=1)

    assert reauth_flows(house.hass) == [entry.entry_id]
    assert devices(house.hass, entry).keys() == vins(*driver.cars)


@pytest.fixture
async def settings(hass: HomeAssistant) -> None:
    """Let there be settings, before the house's server runs and takes no more pages."""
    for component in ("config", "websocket_api"):
        assert await async_setup_component(hass, component, {})


@pytest.mark.usefixtures("settings")
async def test_only_a_car_that_is_gone_can_be_deleted_by_hand(
    house: House, car: Car, hass_ws_client: WebSocketGenerator
) -> None:
    entry = await house.add_account()
    person = await hass_ws_client(house.hass)
    device = devices(house.hass, entry)[car.vin]

    async def delete() -> str | None:
        """Try it, and return why not."""
        # The newest command does without the entry; this one works with every release that is supported.
        command = {"type": "config/device_registry/remove_config_entry", "config_entry_id": entry.entry_id}
        await person.send_json_auto_id({**command, "device_id": device.id})
        answer = await person.receive_json()
        return None if answer["success"] else answer["error"]["message"]

    assert await delete() == "Failed to remove device entry, rejected by integration"
    await house.hass.config_entries.async_unload(entry.entry_id)
    assert await delete() == "Failed to remove device entry, rejected by integration"
    house.vendor.accounts["driver"].cars.clear()
    await house.hass.config_entries.async_setup(entry.entry_id)
    assert await delete() is None

    assert car.vin not in devices(house.hass, entry)


async def test_only_what_was_consented_to_is_offered(house: House, car: Car) -> None:
    scopes = ("data:telemetry", "remote:door:write")
    grant = make_grant(house.vendor, "driver", *scopes)
    answer = {"access_token": grant.issue(3600), "expires_in": 3600, "scope": " ".join(scopes)}
    house.vendor.faults.add(Fault(path="/access_token", body=answer))

    entry = await house.add_account()

    entities = er.async_entries_for_config_entry(er.async_get(house.hass), entry.entry_id)
    assert {entity.unique_id.split("_", 1)[1] for entity in entities if entity.domain in REMOTES} == {
        "doors",
        # They have no scope of their own, and are disabled.
        "immobilization",
        "stolen",
    }
    assert house.state(car, "lock", "doors").state == "locked"


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
    ({"certificate_path": "folder.pem"}, "file_unreadable"),
    ({"certificate_path": "client.key"}, "not_pem"),
    ({"certificate_path": "expired.pem"}, "certificate_expired"),
    ({"private_key_path": "other.key"}, "key_mismatch"),
    ({"private_key_path": "client.encrypted.key"}, "password_missing"),
    ({"private_key_path": "client.encrypted.key", "private_key_password": "guess"}, "password_wrong"),
    ({"certificate_path": "foreign.pem", "private_key_path": "foreign.key"}, "certificate_refused"),
    ({"ca_certificate_path": "foreign-ca.pem"}, "server_not_trusted"),
)


async def start_anew(house: House, entry: ConfigEntry[Any]) -> None:
    """Restart an account whose cars have never been read."""
    if entry.state is ConfigEntryState.LOADED:
        await house.hass.config_entries.async_unload(entry.entry_id)
        await status_store(house.hass, entry).async_remove()
        await house.hass.config_entries.async_setup(entry.entry_id)
    else:
        await house.hass.config_entries.async_reload(entry.entry_id)


async def test_set_up_is_tried_again_when_the_vendor_fails(house: House, subtests: pytest.Subtests) -> None:
    entry = await house.add_account()
    for answer, key in FAILING_ANSWERS:
        with subtests.test(key):
            house.vendor.faults.add(Fault(path="/user/vehicles", times=None, **answer))
            await start_anew(house, entry)
            assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_RETRY, key)
        house.vendor.faults.clear()

    await house.pass_time(hours=1)

    assert entry.state is ConfigEntryState.LOADED
    assert not reauth_flows(house.hass)


async def test_set_up_says_what_is_wrong_with_files_and_addresses(
    house: House, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    entry = await house.add_account()
    shutil.copytree(house.vendor.certificates.ca.parent, tmp_path, dirs_exist_ok=True)
    (tmp_path / "folder.pem").mkdir()
    house.hass.config.config_dir = str(tmp_path)
    good = dict(entry.data)
    for bad, key in FAILING_DATA:
        with subtests.test(key):
            change(house, entry, **bad)
            await start_anew(house, entry)
            assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_RETRY, key)
        house.hass.config_entries.async_update_entry(entry, data=good)

    await house.pass_time(hours=1)

    assert entry.state is ConfigEntryState.LOADED


async def test_set_up_names_the_file_that_is_wrong(house: House) -> None:
    entry = await house.add_account()
    change(house, entry, private_key_path="/none.key")
    await house.hass.config_entries.async_reload(entry.entry_id)
    assert entry.error_reason_translation_placeholders == {"path": "/none.key"}


async def test_a_certificate_that_ends_soon_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = await house.add_account()
    issue = f"certificate_expires_{entry.entry_id}"
    registry = ir.async_get(house.hass)
    assert not registry.async_get_issue(DOMAIN, issue)

    monkeypatch.setattr(account, "CERTIFICATE_NOTICE", timedelta(days=1000))
    await house.pass_time(days=1)
    told = registry.async_get_issue(DOMAIN, issue)
    assert told
    assert told.translation_placeholders
    day = dt_util.parse_date(told.translation_placeholders["date"])
    assert day
    assert timedelta(days=800) < day - dt_util.now().date() < timedelta(days=1000)

    monkeypatch.undo()
    await house.pass_time(days=1)
    assert not registry.async_get_issue(DOMAIN, issue)


# Tokens


@dataclass(frozen=True, kw_only=True)
class Held(Fault):
    """Holds an answer back until it is let go."""

    held: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def spoil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        self.held.set()
        await self.let_go.wait()
        return answer if self.status is None else web.Response(status=self.status)


async def test_a_refresh_token_is_used_once_and_the_new_one_is_kept(house: House, car: Car) -> None:
    house.vendor.token_lifetime = 10
    entry = await house.add_account()
    await house.reload(entry)
    await house.call(car, "lock", "doors", "unlock")

    used = refreshes(house)
    assert len(used) > 2
    assert len(set(used)) == len(used)
    grant = house.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])
    assert grant
    assert entry.data["token"]["access_token"] in grant.access_tokens
    assert not reauth_flows(house.hass)


def expire_access_token(house: House, entry: ConfigEntry[Any]) -> None:
    """Let the vendor forget the access token before its time."""
    grant = house.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])
    assert grant
    grant.access_tokens.clear()


async def test_requests_that_are_refused_side_by_side_lead_to_one_refresh(house: House) -> None:
    entry = await house.add_account()
    cars = house.vendor.accounts["driver"].cars
    before = [house.reads(car) for car in cars]
    expire_access_token(house, entry)

    await house.pass_time(minutes=30)

    assert len(refreshes(house)) == 1
    # Each was refused once and then answered.
    assert [house.reads(car) for car in cars] == [reads + 2 for reads in before]
    assert {house.requests("GET", f"/{car.id}/status")[-1].status for car in cars} == {200}


async def test_a_request_that_is_refused_later_takes_the_token_that_is_new_by_then(house: House, car: Car) -> None:
    entry = await house.add_account()
    expire_access_token(house, entry)
    answer = Held(path="*/status", car=car)
    house.vendor.faults.add(answer)

    async_fire_time_changed(house.hass, dt_util.utcnow() + timedelta(minutes=30))
    await answer.held.wait()
    await house.vendor.wait_for_request("GET", f"/{house.vendor.cars['hybrid'].id}/status", after=2)
    answer.let_go.set()
    await house.settle()

    assert [request.status for request in house.requests("GET", f"/{car.id}/status")] == [200, 401, 200]
    assert len(refreshes(house)) == 1


async def test_an_identity_provider_that_is_away_is_no_reason_to_sign_in(house: House, car: Car) -> None:
    entry = await house.add_account()
    expire_access_token(house, entry)
    house.vendor.faults.add(Fault(path="/access_token", status=503, times=None))

    failure = await house.failure(house.call(car, "lock", "doors", "unlock"))
    assert failure.translation_key == "vendor_error"
    await start_anew(house, entry)
    assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_RETRY, "vendor_error")
    assert not reauth_flows(house.hass)

    house.vendor.faults.clear()
    await house.pass_time(minutes=10)
    assert entry.state is ConfigEntryState.LOADED


async def test_a_grant_that_is_revoked_asks_for_one_sign_in(house: House, car: Car) -> None:
    entry = await house.add_account()
    house.vendor.revoke_tokens("driver")

    failure = await house.failure(house.call(car, "lock", "doors", "unlock"))
    assert failure.translation_key == "invalid_auth"
    await house.settle()
    assert reauth_flows(house.hass) == [entry.entry_id]

    await house.pass_time(minutes=30)
    await house.pass_time(days=1)
    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.settle()
    assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_ERROR, "invalid_auth")
    assert reauth_flows(house.hass) == [entry.entry_id]


async def test_a_secret_that_is_changed_at_the_vendor_asks_for_a_sign_in(house: House, car: Car) -> None:
    entry = await house.add_account()
    app = house.vendor.apps[entry.data["client_id"]]
    house.vendor.apps[app.client_id] = replace(app, client_secret="another secret, of a length that JWT likes")

    failure = await house.failure(house.call(car, "lock", "doors", "unlock"))
    assert failure.translation_key == "invalid_client"
    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.settle()

    assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_ERROR, "invalid_client")
    assert reauth_flows(house.hass) == [entry.entry_id]


async def test_a_token_that_cannot_be_refreshed_asks_for_a_sign_in(house: House) -> None:
    entry = await house.add_account()
    token = entry.data["token"]
    change(house, entry, token={"access_token": token["access_token"], "expires_at": 0})

    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.settle()

    assert (entry.state, entry.error_reason_translation_key) == (ConfigEntryState.SETUP_ERROR, "invalid_auth")
    assert reauth_flows(house.hass) == [entry.entry_id]
    assert not refreshes(house)


async def test_a_refresh_that_an_unload_interrupts_is_not_lost(house: House) -> None:
    entry = await house.add_account()
    expire_access_token(house, entry)
    answer = Held(path="/access_token")
    house.vendor.faults.add(answer)
    async_fire_time_changed(house.hass, dt_util.utcnow() + timedelta(minutes=30))
    await answer.held.wait()

    unloading = house.hass.async_create_task(house.hass.config_entries.async_unload(entry.entry_id))
    await house.browser.get("/")  # by the end of which the account would have been unloaded
    async_fire_time_changed(house.hass, dt_util.utcnow() + timedelta(seconds=11))  # longer than Home Assistant waits
    await house.browser.get("/")
    answer.let_go.set()
    assert await unloading

    assert house.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])
    assert await house.hass.config_entries.async_setup(entry.entry_id)


async def test_a_refresh_that_fails_during_an_unload_leaves_nothing_behind(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await house.add_account()
    expire_access_token(house, entry)
    answer = Held(path="/access_token", status=503)
    house.vendor.faults.add(answer)
    async_fire_time_changed(house.hass, dt_util.utcnow() + timedelta(minutes=30))
    await answer.held.wait()

    unloading = house.hass.async_create_task(house.hass.config_entries.async_unload(entry.entry_id))
    await house.browser.get("/")
    answer.let_go.set()
    assert await unloading
    gc.collect()
    await house.settle()

    assert "never retrieved" not in caplog.text


async def test_a_refresh_that_is_under_way_does_not_undo_a_new_sign_in(house: House) -> None:
    entry = await house.add_account()
    flow = await house.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    flow = await house.submit(flow, house.form(scopes=["data:telemetry", "remote:door:write"]))
    expire_access_token(house, entry)
    answer = Held(path="/access_token")
    house.vendor.faults.add(answer)
    async_fire_time_changed(house.hass, dt_util.utcnow() + timedelta(minutes=30))
    await answer.held.wait()

    consenting = house.hass.async_create_task(house.consent(flow))
    await house.vendor.wait_for_request("GET", "/user/vehicles", after=len(house.requests("GET", "/user/vehicles")))
    answer.let_go.set()
    assert (await consenting)["reason"] == "reconfigure_successful"
    await house.settle()

    assert entry.state is ConfigEntryState.LOADED
    grant = house.vendor.grants.by_refresh_token(entry.data["token"]["refresh_token"])
    assert grant
    assert set(grant.scopes) == {"data:telemetry", "remote:door:write"}


# Secrets


async def test_nothing_secret_is_logged(house: House, car: Car, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    files, vendor = house.vendor.certificates, house.vendor
    bad_token = "a-token-answer-that-lacks-its-lifetime"
    vendor.faults.add(Fault(path="/access_token", body={"access_token": bad_token}))
    key = {"private_key_path": str(files.encrypted_key), "private_key_password": files.password}
    flow = await house.consent(await house.submit(await house.start_flow(), house.form(**key)))
    assert flow["errors"] == {"base": "bad_answer"}
    entry = await house.add_account(**key)

    expire_access_token(house, entry)
    await house.call(car, "lock", "doors", "unlock")
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    await house.failure(house.call(car, "lock", "doors", "lock"))
    vendor.faults.add(MessageFault(double=True, times=None))
    vendor.faults.add(Fault(path="*/remotes", status=400, body={"message": f"{car.vin} of driver@example.com"}))
    refusal = await house.failure(house.call(car, "button", "horn", "press"))
    assert refusal.translation_placeholders == {"message": "… of …"}
    vendor.faults.add(Fault(path="/access_token", body={"access_token": bad_token}, times=None))
    expire_access_token(house, entry)
    await house.pass_time(minutes=30)
    vendor.faults.clear()
    await house.reload(entry)
    vendor.faults.add(Fault(path="/user/callbacks", drop=True, times=None))
    await house.hass.config_entries.async_remove(entry.entry_id)

    secrets = {bad_token, files.password, entry.data["client_secret"], entry.data["callback_secret"]}
    for request in vendor.requests:
        secrets.add(request.headers.get("Authorization", "").partition(" ")[2])
        if isinstance(request.body, dict):
            secrets |= {request.body[name] for name in ("code", "refresh_token", "token") if name in request.body}
    cars = vendor.accounts["driver"].cars
    private = {*vins(*cars), *(car.id for car in cars), "driver@example.com", "48.8584", entry.data["webhook_id"]}
    # The person's browser, that is the test itself, carries the code in an address.
    records = [record for record in caplog.records if record.name != "aiohttp.access"]
    everybody = "\n".join(record.getMessage() for record in records)
    ours = "\n".join(record.getMessage() for record in records if record.name.startswith(OURS))
    assert len(secrets) > 10
    assert "401" in ours
    assert not [secret for secret in secrets if secret and secret in everybody]
    assert not [detail for detail in private if detail in ours]
