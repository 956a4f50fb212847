"""Taking back what the vendor holds for an account that is removed, however long the vendor does not answer."""

from dataclasses import replace
from datetime import timedelta
import logging
from pathlib import Path
import shutil
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.const import DOMAIN
from simulator import Callback, Fault, token_error

from .helpers.harness import Harness, mistakes
from .helpers.vendor import make_grant
from .helpers.webhook import subscription

pytestmark = pytest.mark.usefixtures("polled")

STORE = "stellantis.removals"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    ours = [record for record in caplog.records if record.name.startswith("custom_components.stellantis")]
    return [record.getMessage() for record in ours if record.levelno >= logging.WARNING]


def is_revoked(harness: Harness, token: dict[str, Any]) -> bool:
    grants = harness.vendor.grants
    return not grants.by_access_token(token["access_token"]) and not grants.by_refresh_token(token["refresh_token"])


def revocations(harness: Harness) -> list[str]:
    return [request.body["token"] for request in harness.requests("POST", "/token/revoke")]


def is_stored(hass_storage: dict[str, Any]) -> bool:
    return bool(hass_storage.get(STORE, {}).get("data"))


async def remove(harness: Harness, entry: ConfigEntry[Any]) -> None:
    await harness.hass.config_entries.async_remove(entry.entry_id)


@pytest.mark.parametrize(
    "answer",
    [
        {"drop": True},
        {"status": 503},
        {"status": 401},
        {"status": 403},
        {"status": 429},
        {"body": "<html>"},
        {"body": {}},
        {"status": 204},
        {"status": 404},
        {"status": 404, "body": "<html>Not found</html>"},
    ],
)
async def test_the_callback_goes_first_and_the_token_last(
    harness: Harness, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture, answer: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    token = entry.data["token"]
    harness.vendor.faults.add(Fault(path="/user/callbacks*", times=None, **answer))

    await remove(harness, entry)

    assert not harness.hass.config_entries.async_entries(DOMAIN)
    assert harness.vendor.callbacks
    assert not revocations(harness)
    assert is_stored(hass_storage)

    harness.vendor.faults.clear()
    await harness.pass_time(minutes=2)
    assert not harness.vendor.callbacks
    assert is_revoked(harness, token)
    assert not is_stored(hass_storage)
    assert not warnings(caplog)


async def test_a_gateway_that_knows_no_address_has_deleted_nothing(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(
        Fault(method="DELETE", path="/user/callbacks/*", status=404, body="<html>Not found</html>")
    )

    await remove(harness, entry)
    assert harness.vendor.callbacks
    assert not revocations(harness)

    await harness.pass_time(minutes=2)
    assert not harness.vendor.callbacks
    assert is_revoked(harness, entry.data["token"])
    assert not warnings(caplog)


@pytest.mark.parametrize("body", [{"code": 40499, "message": "No callback found"}, {"code": 40400, "message": "Gone"}])
async def test_a_vendor_that_knows_no_callback_has_none(
    harness: Harness, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture, body: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=404, body=body))

    await remove(harness, entry)

    assert is_revoked(harness, entry.data["token"])
    assert not is_stored(hass_storage)
    assert not warnings(caplog)


@pytest.mark.parametrize(
    "answer",
    [{"status": 404, "body": {"code": 40400, "message": "None for the moment"}}, {"body": {"_embedded": {}}}],
    ids=["404", "empty"],
)
async def test_a_callback_that_the_vendors_list_lacks_is_deleted(
    harness: Harness, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture, answer: dict[str, Any]
) -> None:
    """The vendor is known to forget for a while what it has."""
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(method="GET", path="/user/callbacks", times=None, **answer))

    await remove(harness, entry)

    assert not harness.vendor.callbacks
    assert is_revoked(harness, entry.data["token"])
    assert not is_stored(hass_storage)
    assert not warnings(caplog)


@pytest.mark.parametrize(
    ("body", "left"),
    [({"code": 40499, "message": "Gone"}, False), ("<html>Not found</html>", True)],
    ids=["vendor", "gateway"],
)
async def test_a_callback_that_neither_list_nor_deletion_knows_is_gone(
    harness: Harness, hass_storage: dict[str, Any], body: Any, left: bool
) -> None:
    """But a gateway's 404 does not say so."""
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(method="GET", path="/user/callbacks", body={"_embedded": {}}))
    harness.vendor.faults.add(Fault(method="DELETE", path="/user/callbacks/*", status=404, body=body))

    await remove(harness, entry)

    assert is_revoked(harness, entry.data["token"]) is not left
    assert is_stored(hass_storage) is left
    await harness.pass_time(minutes=2)
    assert not is_stored(hass_storage)


async def test_a_token_that_cannot_be_revoked_is_revoked_later(
    harness: Harness, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    token = entry.data["token"]
    harness.vendor.faults.add(Fault(path="/token/revoke", status=503))

    await remove(harness, entry)
    assert not harness.vendor.callbacks
    assert not is_revoked(harness, token)
    [stored] = hass_storage[STORE]["data"].values()
    assert stored["callback_deleted"] is True

    await harness.pass_time(minutes=2)
    assert is_revoked(harness, token)
    assert not is_stored(hass_storage)
    assert not warnings(caplog)


@pytest.mark.parametrize("answer", [{"drop": True}, {"status": 502}, {"body": "<html>"}], ids=["drop", "502", "HTML"])
async def test_a_revocation_whose_answer_is_lost_was_the_last_thing_to_do(
    harness: Harness, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture, answer: dict[str, Any]
) -> None:
    """With the token gone, the vendor would not say any more that the callback is gone too."""
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="/token/revoke", after=True, **answer))

    await remove(harness, entry)
    assert is_revoked(harness, entry.data["token"])
    looks = len(harness.requests("GET", "/user/callbacks"))

    await harness.pass_time(minutes=2)
    assert not is_stored(hass_storage)
    assert len(harness.requests("GET", "/user/callbacks")) == looks
    assert len(revocations(harness)) == 2
    assert not warnings(caplog)


async def test_the_tries_become_rare(harness: Harness) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="/user/callbacks*", status=503, times=None))
    await remove(harness, entry)
    for seconds in (60, 120, 240, 480, 960, 1920, 3600, 3600):
        harness.vendor.requests.clear()
        await harness.pass_time(seconds=seconds - 20)
        assert not harness.requests("GET", "/user/callbacks")
        await harness.pass_time(seconds=seconds + 20)
        assert len(harness.requests("GET", "/user/callbacks")) == 1


@pytest.mark.parametrize(
    ("path", "left"),
    [("*", ("callback", "token")), ("/user/callbacks*", ("callback",)), ("/token/revoke", ("token",))],
    ids=["all", "API", "identity provider"],
)
async def test_after_three_days_the_log_says_what_is_left(
    harness: Harness,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    path: str,
    left: tuple[str, ...],
) -> None:
    entry = await harness.add_account()
    token = entry.data["token"]
    harness.vendor.faults.add(Fault(path=path, drop=True, times=None))
    await remove(harness, entry)
    await harness.pass_time(days=2)
    assert not warnings(caplog)

    await harness.pass_time(days=3)

    [warning] = warnings(caplog)
    assert [what for what in ("callback", "token") if f"the {what} (" in warning] == list(left)
    assert is_revoked(harness, token) is ("token" not in left)
    assert not is_stored(hass_storage)
    harness.vendor.requests.clear()
    await harness.pass_time(days=4)
    assert not harness.vendor.requests


async def test_a_grant_that_is_gone_needs_no_revocation(
    harness: Harness, caplog: pytest.LogCaptureFixture, hass_storage: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="/token/revoke", status=400, body={"error": "invalid_grant"}))

    await remove(harness, entry)

    assert not is_stored(hass_storage)
    assert not warnings(caplog)


async def test_a_token_that_is_refreshed_meanwhile_is_the_one_that_is_stored_and_revoked(
    harness: Harness, hass_storage: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    token = {**entry.data["token"], "expires_at": 0}
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    harness.vendor.faults.add(Fault(path="/user/callbacks*", status=503))

    await remove(harness, entry)

    [stored] = hass_storage[STORE]["data"].values()
    newest = stored["data"]["token"]["refresh_token"]
    assert newest != token["refresh_token"]
    assert harness.vendor.grants.by_refresh_token(newest)
    await harness.pass_time(minutes=2)
    assert revocations(harness) == [newest]


async def test_files_that_go_after_the_removal_do_no_harm(
    harness: Harness, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    shutil.copytree(harness.vendor.certificates.ca.parent, tmp_path, dirs_exist_ok=True)
    files = {"certificate_path": str(tmp_path / "client.pem"), "private_key_path": str(tmp_path / "client.key")}
    entry = await harness.add_account(**files)
    harness.vendor.faults.add(Fault(path="/user/callbacks*", status=503))
    await remove(harness, entry)
    shutil.rmtree(tmp_path)

    await harness.pass_time(minutes=2)

    assert not harness.vendor.callbacks
    assert not warnings(caplog)


async def test_without_the_certificate_the_token_is_revoked_and_the_callback_left(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    token = entry.data["token"]
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, "certificate_path": "none.pem"})

    await remove(harness, entry)

    assert is_revoked(harness, token)
    [warning] = warnings(caplog)
    assert "the callback (" in warning


async def test_an_account_that_is_added_again_meanwhile_keeps_its_own(harness: Harness) -> None:
    entry = await harness.add_account()
    old = entry.data["token"]
    harness.vendor.faults.add(Fault(method="DELETE", path="/user/callbacks*", status=503))
    await remove(harness, entry)
    again = await harness.add_account()
    assert len(harness.vendor.callbacks) == 2

    await harness.pass_time(minutes=2)

    assert list(harness.vendor.callbacks) == [again.data["callback_id"]]
    assert is_revoked(harness, old)
    assert not is_revoked(harness, again.data["token"])


async def test_a_token_that_another_entry_uses_is_not_revoked(harness: Harness) -> None:
    """If the vendor has one grant for each app and user."""
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(method="DELETE", path="/user/callbacks*", status=503))
    await remove(harness, entry)
    again = await harness.add_account()
    shared = {**again.data["token"], "refresh_token": entry.data["token"]["refresh_token"]}
    harness.hass.config_entries.async_update_entry(again, data={**again.data, "token": shared})

    await harness.pass_time(minutes=2)

    assert list(harness.vendor.callbacks) == [again.data["callback_id"]]
    assert not revocations(harness)


async def test_a_token_that_cannot_be_refreshed_leaves_the_callback(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    token = {"access_token": entry.data["token"]["access_token"], "expires_at": 0}
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    await remove(harness, entry)

    await harness.pass_time(days=3)

    [warning] = warnings(caplog)
    assert "the callback (" in warning
    assert harness.vendor.grants.by_access_token(token["access_token"]) is None


def removal_of_before(harness: Harness, **changes: Any) -> dict[str, Any]:
    """Make what was stored of the removal of an account of the driver, and what the vendor still holds of it."""
    grant = make_grant(harness.vendor, "driver")
    form = harness.form()
    token = {"access_token": grant.issue(3600), "refresh_token": grant.refresh_token, "expires_at": 2**40}
    data = {**form, **form.pop("advanced"), "realm": grant.account.realm, "scope_separator": "comma", "token": token}
    return {"entry_id": "removed", "data": data, "since": dt_util.utcnow().isoformat(), **changes}


def store(hass_storage: dict[str, Any], **removals: Any) -> None:
    hass_storage[STORE] = {"version": 1, "minor_version": 1, "key": STORE, "data": removals}


def register(harness: Harness) -> None:
    """Have the vendor hold a callback of the account that was removed."""
    harness.vendor.callbacks["gone"] = Callback(
        id="gone",
        account=harness.vendor.accounts["driver"],
        client_id=harness.form()["client_id"],
        subscribe={**subscription(), "label": "Home Assistant removed"},
    )


async def test_a_restart_goes_on_with_what_was_not_finished(
    harness: Harness, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    removal = removal_of_before(harness)
    register(harness)
    store(hass_storage, one=removal)
    family = await harness.add_account("family")
    assert len(harness.vendor.callbacks) == 2

    await harness.pass_time(minutes=2)

    assert list(harness.vendor.callbacks) == [family.data["callback_id"]]
    assert is_revoked(harness, removal["data"]["token"])
    assert not is_stored(hass_storage)
    assert not warnings(caplog)


async def test_a_restart_goes_on_with_the_token_if_the_callback_is_gone(
    harness: Harness, hass_storage: dict[str, Any]
) -> None:
    removal = removal_of_before(harness, callback_deleted=True)
    register(harness)
    store(hass_storage, one=removal)
    await harness.add_account("family")

    await harness.pass_time(minutes=2)

    assert "gone" in harness.vendor.callbacks
    assert is_revoked(harness, removal["data"]["token"])


async def test_what_was_stored_is_not_lost_when_more_is_removed_before_it_is_read(
    harness: Harness, hass_storage: dict[str, Any]
) -> None:
    removal = removal_of_before(harness)
    register(harness)
    store(hass_storage, one=removal)
    harness.vendor.accounts["driver"].cars.clear()  # so that the flow ends with a token that nobody keeps

    flow = await harness.consent(await harness.submit(await harness.start_flow(), harness.form()))
    assert mistakes(flow) == {"base": "no_vehicles"}
    await harness.settle()
    assert len(revocations(harness)) == 1
    assert is_stored(hass_storage)

    await harness.pass_time(minutes=2)
    assert not harness.vendor.callbacks
    assert len(revocations(harness)) == 2


async def test_three_days_count_over_a_restart(
    harness: Harness, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    since = dt_util.utcnow() - timedelta(days=2, hours=23)
    store(hass_storage, one=removal_of_before(harness, since=since.isoformat()))
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503, times=None))
    await harness.add_account("family")
    await harness.pass_time(minutes=50)
    assert not warnings(caplog)

    await harness.pass_time(minutes=70)

    [warning] = warnings(caplog)
    assert "the callback (" in warning
    assert not is_stored(hass_storage)


async def test_what_is_stored_and_cannot_be_read_is_no_removal(harness: Harness, hass_storage: dict[str, Any]) -> None:
    good = removal_of_before(harness)
    store(
        hass_storage,
        text="gone",
        empty={},
        undated=removal_of_before(harness, since="yesterday"),
        unsigned=removal_of_before(harness, data={**good["data"], "token": None}),
        torn=removal_of_before(harness, data={"token": good["data"]["token"]}),
    )
    await harness.add_account("family")
    harness.vendor.requests.clear()

    await harness.pass_time(minutes=2)

    assert not revocations(harness)


async def test_an_entry_that_goes_back_to_its_app_keeps_its_callback(harness: Harness) -> None:
    entry = await harness.add_account()
    old_app = harness.vendor.apps[entry.data["client_id"]]
    new_app = replace(old_app, client_id="another app")
    harness.vendor.apps[new_app.client_id] = new_app
    harness.vendor.faults.add(Fault(method="DELETE", path="/user/callbacks*", status=503))

    for client_id in (new_app.client_id, old_app.client_id):
        flow = await harness.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
        )
        flow = await harness.consent(await harness.submit(flow, harness.form(client_id=client_id)))
        assert flow["reason"] == "reconfigure_successful"
        await harness.settle()
    await harness.pass_time(minutes=2)

    [callback] = harness.vendor.callbacks.values()
    assert (callback.client_id, callback.id) == (old_app.client_id, entry.data["callback_id"])
    assert len(revocations(harness)) == 2
    assert not is_revoked(harness, entry.data["token"])


async def test_a_refused_grant_is_tried_for_three_days(
    harness: Harness, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    token = {**entry.data["token"], "expires_at": 0}
    harness.hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
    harness.vendor.faults.add(token_error("invalid_grant"))

    await remove(harness, entry)
    assert is_stored(hass_storage)
    await harness.pass_time(minutes=2)

    assert not harness.vendor.callbacks
    assert not warnings(caplog)
