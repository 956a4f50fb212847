"""The vendor's callback, and what is posted to it."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
import json
import logging
from typing import Any

from hass_nabucasa import CloudError
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.aiohttp import MockRequest
import pytest
from pytest_homeassistant_custom_component.common import async_mock_cloud_connection_status
from yarl import URL

from custom_components.stellantis.account import receiver
from custom_components.stellantis.api import messages
from custom_components.stellantis.const import DOMAIN
from simulator import Callback, Car, Fault

from .helpers.cloud import Cloud
from .helpers.harness import Harness

pytestmark = pytest.mark.usefixtures("polled")

OURS = "custom_components.stellantis"


def only_callback(harness: Harness) -> Callback:
    """Return the vendor's one callback."""
    [callback] = harness.vendor.callbacks.values()
    return callback


def changes(harness: Harness) -> int:
    """Return how often the vendor's callbacks have been created, changed or deleted."""
    return sum(len(harness.requests(method, "/user/callbacks*")) for method in ("POST", "PUT", "DELETE"))


def has_issue(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"no_url_{entry.entry_id}") is not None


def forget_callback(harness: Harness, entry: ConfigEntry[Any]) -> None:
    """Let Home Assistant forget the callback's id."""
    data = {key: value for key, value in entry.data.items() if key != "callback_id"}
    harness.hass.config_entries.async_update_entry(entry, data=data)


async def test_a_callback_is_registered_as_the_contract_says(harness: Harness) -> None:
    entry = await harness.add_account()

    callback = only_callback(harness)
    assert callback.status == "Running"
    assert callback.subscribe == {
        "label": f"Home Assistant {entry.entry_id}",
        "type": ["Monitor", "Remote"],
        "callback": {
            "webhook": {
                "name": "Home Assistant",
                "target": f"{harness.front.url}/api/webhook/{entry.data['webhook_id']}",
                "attributes": [
                    {"type": "Body", "key": "secret", "value": entry.data["callback_secret"]},
                    {"type": "Body", "key": "vin", "value": "$vin"},
                ],
            }
        },
    }
    assert entry.data["callback_id"] == callback.id


async def test_two_accounts_have_a_callback_each(harness: Harness) -> None:
    entries = [await harness.add_account("driver"), await harness.add_account("family")]
    callbacks = harness.vendor.callbacks
    assert [callbacks[entry.data["callback_id"]].account.name for entry in entries] == ["driver", "family"]
    assert len(callbacks) == 2


@pytest.mark.parametrize("remembered", [True, False])
async def test_the_callback_is_found_again_after_a_restart(harness: Harness, remembered: bool) -> None:
    entry = await harness.add_account()
    callback, before = only_callback(harness), changes(harness)
    if not remembered:
        forget_callback(harness, entry)

    await harness.reload(entry)

    assert only_callback(harness) is callback
    assert entry.data["callback_id"] == callback.id
    assert changes(harness) == before


@pytest.mark.parametrize(
    "change",
    [
        {"target": "https://elsewhere.example.com"},
        {"attributes": []},
        {"attributes": [{"type": "Body", "key": "secret", "value": "another"}]},
    ],
)
async def test_a_callback_that_differs_is_mended(harness: Harness, change: dict[str, Any]) -> None:
    entry = await harness.add_account()
    callback = only_callback(harness)
    wanted = json.loads(json.dumps(callback.subscribe))
    callback.subscribe["callback"]["webhook"] |= change

    await harness.reload(entry)

    assert only_callback(harness) is callback
    assert callback.subscribe == wanted


async def test_a_callback_that_is_only_written_differently_is_left_alone(harness: Harness) -> None:
    entry = await harness.add_account()
    callback = only_callback(harness)
    hook = callback.subscribe["callback"]["webhook"]
    hook["attributes"] = [{**dict(reversed(each.items())), "more": 1} for each in reversed(hook["attributes"])]
    callback.subscribe["type"].reverse()
    before = changes(harness)

    await harness.reload(entry)

    assert changes(harness) == before


@pytest.mark.parametrize("status", ["Paused", "Failed"])
async def test_a_callback_that_stands_still_is_set_running(harness: Harness, status: str) -> None:
    entry = await harness.add_account()
    callback = only_callback(harness)
    callback.status = status

    await harness.reload(entry)

    assert only_callback(harness) is callback
    assert callback.status == "Running"


def add_callback(harness: Harness, callback_id: str, label: str) -> Callback:
    """Register one more callback for the driver."""
    ours = only_callback(harness)
    other = Callback(
        id=callback_id,
        account=ours.account,
        client_id=ours.client_id,
        subscribe=json.loads(json.dumps(ours.subscribe)) | {"label": label},
    )
    # In front of ours: the first one is not the one to keep.
    harness.vendor.callbacks = {callback_id: other} | harness.vendor.callbacks
    return other


@pytest.mark.parametrize("gone", [False, True])
async def test_duplicates_are_deleted(harness: Harness, gone: bool) -> None:
    entry = await harness.add_account()
    callback = only_callback(harness)
    add_callback(harness, "0123456789abcdef", callback.subscribe["label"])
    callback.status = "Paused"
    if gone:
        harness.vendor.faults.add(Fault(method="DELETE", path="/user/callbacks/*", status=404, after=True))

    await harness.reload(entry)

    assert only_callback(harness) is callback
    assert entry.data["callback_id"] == callback.id
    assert callback.status == "Running"


async def test_callbacks_of_others_are_left_alone(harness: Harness) -> None:
    entry = await harness.add_account()
    other = add_callback(harness, "0123456789abcdef", "Home Assistant of a friend")

    await harness.reload(entry)
    await harness.hass.config_entries.async_remove(entry.entry_id)
    await harness.settle()

    assert only_callback(harness) is other


async def test_the_callback_follows_the_address(harness: Harness) -> None:
    await harness.add_account()
    callback = only_callback(harness)

    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()

    assert only_callback(harness) is callback
    assert URL(callback.target).host == "new.example.com"


async def test_a_setting_that_is_no_address_does_not_bother_the_vendor(harness: Harness) -> None:
    await harness.add_account()
    before = len(harness.vendor.requests)

    await harness.hass.config.async_update(currency="CHF")
    await harness.settle()

    assert len(harness.vendor.requests) == before


async def test_without_an_address_a_repair_says_so_until_there_is_one(harness: Harness) -> None:
    entry = await harness.add_account()
    assert not has_issue(harness.hass, entry)

    await harness.hass.config.async_update(external_url=None)
    await harness.settle()
    assert has_issue(harness.hass, entry)
    assert entry.state is ConfigEntryState.LOADED

    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()
    assert not has_issue(harness.hass, entry)
    assert URL(only_callback(harness).target).host == "new.example.com"


def looks(harness: Harness) -> int:
    """Return how often the vendor's callbacks have been looked at."""
    return len(harness.requests("GET", "/user/callbacks"))


async def test_the_vendor_is_tried_again_after_longer_and_longer_waits(harness: Harness) -> None:
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503, times=None))
    entry = await harness.add_account()
    assert looks(harness) == 1

    for tries, wait in enumerate([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600], start=1):
        await harness.pass_time(seconds=wait - 5)
        assert looks(harness) == tries
        await harness.pass_time(seconds=wait)
        assert looks(harness) == tries + 1

    harness.vendor.faults.clear()
    await harness.pass_time(hours=1)
    assert only_callback(harness).id == entry.data["callback_id"]
    before = looks(harness)
    await harness.pass_time(hours=2)
    assert looks(harness) == before


async def test_waits_begin_anew_after_a_success(harness: Harness) -> None:
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503, times=3))
    await harness.add_account()
    await harness.pass_time(seconds=30)
    await harness.pass_time(seconds=60)
    await harness.pass_time(seconds=120)
    before = looks(harness)

    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503))
    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()
    await harness.pass_time(seconds=30)

    assert looks(harness) == before + 2
    assert URL(only_callback(harness).target).host == "new.example.com"


async def test_the_vendor_says_how_long_to_wait(harness: Harness) -> None:
    limit = Fault(path="/user/callbacks", status=429, headers={"Retry-After": "500"})
    harness.vendor.faults.add(limit)
    await harness.add_account()

    await harness.pass_time(seconds=495)
    assert looks(harness) == 1
    await harness.pass_time(seconds=500)
    assert len(harness.vendor.callbacks) == 1


async def test_a_new_address_is_tried_at_once(harness: Harness) -> None:
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=503))
    await harness.add_account()

    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()

    assert URL(only_callback(harness).target).host == "new.example.com"
    before = looks(harness)
    await harness.pass_time(hours=1)
    assert looks(harness) == before


async def test_entities_work_while_the_callback_cannot_be_looked_at(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(method="GET", path="/user/callbacks", status=503, times=None))

    await harness.reload(entry)

    assert harness.state(car, "lock", "doors").state == "locked"
    await harness.call(car, "lock", "doors", "unlock")
    assert not car.locked


async def test_a_grant_that_is_gone_when_the_callback_is_looked_at_asks_for_a_sign_in(harness: Harness) -> None:
    await harness.add_account()
    harness.vendor.revoke_tokens("driver")

    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()

    [flow] = harness.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == "reauth"


async def test_unloading_keeps_the_callback(harness: Harness) -> None:
    entry = await harness.add_account()
    before = changes(harness)

    await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()

    assert only_callback(harness).id == entry.data["callback_id"]
    assert changes(harness) == before


async def test_a_remote_that_meets_an_unknown_callback_is_sent_again_with_a_new_one(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    lost = entry.data["callback_id"]
    harness.vendor.callbacks.clear()

    await harness.call(car, "lock", "doors", "unlock")

    assert not car.locked
    assert entry.data["callback_id"] == only_callback(harness).id != lost
    assert [request.status for request in harness.requests("POST", "/remotes")] == [404, 202]


async def test_a_remote_is_sent_again_only_once(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.faults.add(Fault(method="POST", path="*/remotes", status=404, times=None))

    failure = await harness.failure(harness.call(car, "lock", "doors", "unlock"))

    assert failure.translation_key == "no_data"
    assert len(harness.requests("POST", "/remotes")) == 2


async def test_a_subscription_to_the_cloud_moves_the_callback_there_and_back(harness: Harness, cloud: Cloud) -> None:
    cloud.is_logged_in = False
    await harness.add_account()
    callback = only_callback(harness)
    address = callback.target

    cloud.is_logged_in = True
    async_mock_cloud_connection_status(harness.hass, connected=True)
    await harness.settle()
    assert only_callback(harness) is callback
    assert callback.target == "https://hooks.example.com/1"

    cloud.subscription_expired = True
    async_mock_cloud_connection_status(harness.hass, connected=False)
    await harness.settle()
    assert callback.target == address


async def test_a_cloudhook_that_changes_is_followed(harness: Harness, cloud: Cloud) -> None:
    await harness.add_account()
    assert only_callback(harness).target == "https://hooks.example.com/1"

    cloud.cloudhooks.hooks.clear()
    cloud.cloudhooks.tell()
    await harness.settle()

    assert only_callback(harness).target == "https://hooks.example.com/2"


async def test_a_cloud_that_is_away_for_a_while_keeps_its_cloudhook(harness: Harness, cloud: Cloud) -> None:
    entry = await harness.add_account()
    before = changes(harness)
    cloud.iot.connected = False

    await harness.reload(entry)

    assert only_callback(harness).target == "https://hooks.example.com/1"
    assert changes(harness) == before


@pytest.mark.parametrize("error", [CloudError("down"), TimeoutError(), ValueError("Cloud is not connected")])
async def test_a_cloud_that_gives_no_cloudhook_is_asked_again(harness: Harness, cloud: Cloud, error: Exception) -> None:
    cloud.cloudhooks.error = error
    await harness.add_account()
    assert not harness.vendor.callbacks

    cloud.cloudhooks.error = None
    await harness.pass_time(seconds=30)

    assert only_callback(harness).target == "https://hooks.example.com/1"


async def test_a_remote_that_needs_a_cloudhook_is_refused_without(harness: Harness, cloud: Cloud, car: Car) -> None:
    cloud.cloudhooks.error = CloudError("down")
    await harness.add_account()
    failure = await harness.failure(harness.call(car, "lock", "doors", "unlock"))
    assert failure.translation_key == "no_cloudhook"


async def test_cloudhooks_of_others_do_not_bother_the_vendor(harness: Harness, cloud: Cloud) -> None:
    await harness.add_account()
    before = len(harness.vendor.requests)

    cloud.cloudhooks.tell()
    await harness.settle()

    assert len(harness.vendor.requests) == before


async def test_removal_deletes_the_callback_and_the_cloudhook(harness: Harness, cloud: Cloud) -> None:
    entry = await harness.add_account()
    assert cloud.cloudhooks.hooks

    await harness.hass.config_entries.async_remove(entry.entry_id)

    assert not harness.vendor.callbacks
    assert not cloud.cloudhooks.hooks


@pytest.mark.parametrize("error", [None, CloudError("down"), TimeoutError()])
async def test_removal_deletes_the_callback_whatever_the_cloud_says(
    harness: Harness, cloud: Cloud, error: Exception | None
) -> None:
    entry = await harness.add_account()
    cloud.cloudhooks.hooks.clear()
    cloud.cloudhooks.error = error

    await harness.hass.config_entries.async_remove(entry.entry_id)

    assert not harness.vendor.callbacks


# Messages


def message(entry: ConfigEntry[Any], car: Car, **changes: Any) -> dict[str, Any]:
    """Make a message that ends a remote which nobody waits for: the car is read then."""
    return {
        "callbackId": entry.data["callback_id"],
        "type": "Remote",
        "date": "2026-10-01T12:00:00Z",
        "attributes": attributes(secret=entry.data["callback_secret"], vin=car.vin),
        "remoteEvent": {
            "remoteActionId": "0123456789abcdef",
            "remoteType": "Doors",
            "eventStatus": {"type": "Done", "status": "Success"},
        },
        **changes,
    }


def attributes(**pairs: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


def encode(**message: Any) -> bytes:
    return json.dumps(message).encode()


async def post(harness: Harness, entry: ConfigEntry[Any], body: bytes) -> int:
    async with harness.browser.post(f"/api/webhook/{entry.data['webhook_id']}", data=body) as answer:
        status = answer.status
    await harness.settle()
    return status


def check_log(caplog: pytest.LogCaptureFixture, entry: ConfigEntry[Any], car: Car) -> None:
    """Check that what was posted made no noise and gave nothing away."""
    records = [one for one in caplog.records if one.name.startswith((OURS, "homeassistant.components.webhook"))]
    assert all(record.levelno == logging.DEBUG for record in records)
    text = "\n".join(record.getMessage() for record in records if record.name.startswith(OURS))
    secrets = (entry.data["webhook_id"], entry.data["callback_secret"], car.vin)
    assert not [secret for secret in secrets if secret in text]


async def test_the_end_of_a_forgotten_remote_has_the_car_read(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    assert await post(harness, entry, encode(**message(entry, car))) == HTTPStatus.OK
    assert harness.reads(car) == before + 1


DROPPED: Mapping[str, bytes | dict[str, Any]] = {
    "nothing": b"",
    "no JSON": b'{"type": "Remote"',
    "no text": b"\xff\xfe",
    "a number": b"42",
    "a list of lists": b"[[], [[]], null, 7]",
    "deep nesting": b"[" * 200_000,
    "deep nesting, closed": b"[" * 200_000 + b"]" * 200_000,
    "an unknown type": {"type": "Weather"},
    "no type": {"type": None},
    "no event": {"remoteEvent": None},
    "an event without id": {"remoteEvent": {"eventStatus": {"type": "Done", "status": "Success"}}},
    "an event without status": {"remoteEvent": {"remoteActionId": "0123456789abcdef", "eventStatus": {}}},
    "an event that is none": {"remoteEvent": ["Doors"]},
    "no attributes": {"attributes": None},
    "attributes that are none": {"attributes": [7, {"key": "secret"}, {"key": [], "value": {}}]},
    "too large": {"padding": "x" * messages.MAX_BODY},
}
WRONG_SECRETS = ("", "guess", "тайна", "\ud800")


async def test_what_is_no_message_of_the_vendor_is_dropped(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    entry = await harness.add_account()
    good = message(entry, car)
    before = harness.reads(car)
    caplog.clear()

    wrong_secrets = {repr(secret): {"attributes": attributes(secret=secret, vin=car.vin)} for secret in WRONG_SECRETS}
    for name, sent in {**DROPPED, **wrong_secrets}.items():
        with subtests.test(name):
            body = sent if isinstance(sent, bytes) else encode(**{**good, **sent})
            assert await post(harness, entry, body) == HTTPStatus.OK
            assert harness.reads(car) == before

    check_log(caplog, entry, car)
    assert await post(harness, entry, encode(**good)) == HTTPStatus.OK
    assert harness.reads(car) == before + 1


async def test_a_message_of_an_unknown_car_is_dropped(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    before = len(harness.requests("GET", "/status"))
    caplog.clear()

    body = encode(**message(entry, harness.vendor.cars["second"]))
    assert await post(harness, entry, body) == HTTPStatus.OK

    assert len(harness.requests("GET", "/status")) == before
    check_log(caplog, entry, harness.vendor.cars["second"])


async def test_a_batch_is_read_to_its_end(harness: Harness, car: Car, caplog: pytest.LogCaptureFixture) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    caplog.clear()
    good = message(entry, car)
    batch = [good | {"type": "Weather"}, good | {"attributes": []}, 7, *[{}] * 96, good]

    assert await post(harness, entry, json.dumps(batch).encode()) == HTTPStatus.OK

    assert harness.reads(car) == before + 1
    check_log(caplog, entry, car)


async def test_a_batch_is_not_read_beyond_its_hundredth_message(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    batch = json.dumps([*[{}] * 100, message(entry, car)]).encode()
    assert await post(harness, entry, batch) == HTTPStatus.OK
    assert harness.reads(car) == before


async def test_a_message_may_be_large(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    room = messages.MAX_BODY - len(encode(**message(entry, car, padding="")))
    assert await post(harness, entry, encode(**message(entry, car, padding="x" * room))) == HTTPStatus.OK
    assert harness.reads(car) == before + 1


async def post_raw(harness: Harness, entry: ConfigEntry[Any], headers: str, body: bytes, *, end: bool = False) -> bytes:
    """Post bytes as they are, hang up if it is the end, and return the first line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.browser.server.port)
    request = f"POST /api/webhook/{entry.data['webhook_id']} HTTP/1.1\r\nHost: home\r\nExpect: 100-continue\r\n"
    writer.write(f"{request}{headers}\r\n\r\n".encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    if end:
        writer.write_eof()
    answer = await reader.readline()
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Length: 1000", b'{"type": '),
        ("Transfer-Encoding: chunked", b"a\r\n0123456789\r\n"),
    ],
)
async def test_a_message_that_breaks_off_is_no_harm(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, headers: str, body: bytes
) -> None:
    entry = await harness.add_account()
    caplog.clear()

    assert await post_raw(harness, entry, headers, body, end=True) == b""

    check_log(caplog, entry, car)
    before = harness.reads(car)
    assert await post(harness, entry, encode(**message(entry, car))) == HTTPStatus.OK
    assert harness.reads(car) == before + 1


async def test_a_message_that_cannot_be_read_is_asked_for_again(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    caplog.clear()

    answer = await post_raw(harness, entry, "Content-Encoding: gzip\r\nContent-Length: 4", b"junk")

    assert answer.split()[1] == b"500"
    check_log(caplog, entry, car)


async def test_a_message_that_does_not_end_is_asked_for_again(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "READ_TIMEOUT", 0.05)
    entry = await harness.add_account()
    caplog.clear()

    answer = await post_raw(harness, entry, "Content-Length: 1000", b"{")

    assert answer.split()[1] == b"500"
    check_log(caplog, entry, car)


async def test_a_message_that_is_too_large_is_not_read_to_its_end(harness: Harness) -> None:
    entry = await harness.add_account()
    body = b" " * (messages.MAX_BODY + 64 * 1024)
    answer = await post_raw(harness, entry, f"Content-Length: {len(body) + 1}", body)
    assert answer.split()[1] == b"200"


async def test_a_message_may_come_through_the_cloud(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    request = MockRequest(encode(**message(entry, car)), mock_source="cloud", method="POST")

    answer = await async_handle_webhook(harness.hass, entry.data["webhook_id"], request)

    assert answer.status == HTTPStatus.OK
    await harness.settle()
    assert harness.reads(car) == before + 1


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_messages_are_posted_and_nothing_else(harness: Harness, method: str) -> None:
    entry = await harness.add_account()
    async with harness.browser.request(method, f"/api/webhook/{entry.data['webhook_id']}") as answer:
        assert answer.status == HTTPStatus.METHOD_NOT_ALLOWED


async def test_an_account_that_is_unloaded_takes_in_nothing(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    await harness.hass.config_entries.async_unload(entry.entry_id)

    assert await post(harness, entry, encode(**message(entry, car))) == HTTPStatus.OK

    assert harness.reads(car) == before
