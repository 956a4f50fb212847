"""Messages that come by websocket: Home Assistant is the server, the vendor connects."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
import gc
from http import HTTPStatus
import json
import logging
import os
import socket
import struct
from typing import Any, Final

from aiohttp import ClientSession, ClientWebSocketResponse, WSCloseCode, WSMsgType, WSServerHandshakeError, hdrs, web
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest
from yarl import URL

from custom_components.stellantis.account import receiver
from custom_components.stellantis.account.delivery import create_delivery, websocket
from custom_components.stellantis.account.receiver import Receiver
from custom_components.stellantis.api.messages import MAX_BODY, RemoteMessage
from custom_components.stellantis.const import DOMAIN
from simulator import Car, ConnectionFault, Fault, MessageFault, Simulator

from .helpers.callbacks import changes, only_callback
from .helpers.harness import Harness
from .helpers.logs import complaints
from .helpers.messages import attributes, encode, message

OURS: Final = "custom_components.stellantis"
HOST: Final = "127.0.0.1"
"""Home Assistant resolves no name in tests."""
AT_ONCE: Final = 100


def target(harness: Harness) -> URL:
    """Return where the vendor has been asked to connect."""
    return URL(only_callback(harness).target)


def connections(entry: ConfigEntry[Any]) -> int:
    state: dict[str, int] = entry.runtime_data.delivery.state
    return state["connections"]


def received(entry: ConfigEntry[Any]) -> Counter[str]:
    """Return what has come, by its kind."""
    counter: Counter[str] = entry.runtime_data.receiver.received
    return counter


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until something is so."""
    while not condition():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)


async def connect(harness: Harness, url: URL | None = None, **options: Any) -> ClientWebSocketResponse:
    """Connect as the vendor would."""
    session: ClientSession = async_get_clientsession(harness.hass)
    made: ClientWebSocketResponse = await session.ws_connect((url or target(harness)).with_host(HOST), **options)
    return made


async def closed(connection: ClientWebSocketResponse) -> int | None:
    """Wait until Home Assistant closes a connection, and return with which code."""
    async for _ in connection:
        pass
    return connection.close_code


async def answer(harness: Harness, url: URL, method: str = "GET", **options: Any) -> tuple[int, str]:
    """Send a request that is answered at once."""
    url = url.with_scheme("https").with_host(HOST)
    async with async_get_clientsession(harness.hass).request(method, url, **options) as found:
        return found.status, await found.text()


@pytest.fixture
def alone(vendor: Simulator) -> None:
    """A vendor that does not get through, so that nobody else connects."""
    vendor.faults.add(ConnectionFault(times=None, unreachable=True))


@pytest.fixture
async def entry(harness: Harness) -> ConfigEntry[Any]:
    return await harness.add_account(delivery="websocket")


@pytest.fixture
async def plain(alone: None, polled: None, entry: ConfigEntry[Any]) -> ConfigEntry[Any]:
    """An account to which only the test connects."""
    return entry


def left_over() -> list[str]:
    """Return the names of our tasks that have not ended."""
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name().endswith("a websocket")]


HANDSHAKE: Final = (
    "GET {path} HTTP/1.1\r\nHost: home\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Raw:
    """A client that says what it wants when it wants to, without TLS."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def open(self, harness: Harness) -> None:
        self.reader, self.writer = await asyncio.open_connection(HOST, harness.browser.server.port)

    async def send(self, text: str) -> None:
        self.writer.write(text.encode())
        await self.writer.drain()

    async def head(self) -> str:
        """Return the first line of the answer, once its headers are there."""
        return (await self.reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0]

    def frame(self, kind: WSMsgType, payload: bytes) -> None:
        """Send a frame, or as much of it as there is."""
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[position % 4] for position, byte in enumerate(payload))
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else struct.pack("!BQ", 0xFF, len(payload))
        self.writer.write(bytes([0x80 | kind]) + length + mask + masked)

    def vanish(self) -> None:
        """End the connection without a goodbye."""
        self.writer.transport.abort()


@pytest.fixture
async def raw(harness: Harness) -> Raw:
    made = Raw()
    await made.open(harness)
    return made


# Through the simulated vendor


async def test_a_remote_ends_and_a_report_comes(
    harness: Harness, entry: ConfigEntry[Any], car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.vendor.wait_for_connection(only_callback(harness))
    harness.vendor.requests.clear()

    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"
    harness.vendor.garage.open(car, "Trunk")
    await harness.until(car, "binary_sensor", "trunk", "on")

    assert harness.requests("GET", "*") == []
    assert {each.kind for each in harness.vendor.deliveries} == {"websocket"}
    assert [each.status for each in harness.vendor.connections] == [HTTPStatus.SWITCHING_PROTOCOLS]
    assert connections(entry) == 1
    assert complaints(caplog) == []


async def test_the_vendor_is_given_an_address_without_the_secret(harness: Harness, entry: ConfigEntry[Any]) -> None:
    found = target(harness)
    secret = entry.data["callback_secret"]
    assert found.origin() == URL(harness.front.url).with_scheme("wss")
    assert found.path == f"/api/stellantis/{entry.data['webhook_id']}"
    assert set(found.query) == {"login", "password"}
    assert len({*found.query.values(), secret}) == 3
    assert secret not in str(found)
    assert only_callback(harness).subscribe["callback"]["websocket"]["attributes"] == [
        {"type": "Body", "key": "secret", "value": secret},
        {"type": "Body", "key": "vin", "value": "$vin"},
    ]


async def test_what_was_not_delivered_comes_as_a_batch(harness: Harness, entry: ConfigEntry[Any], car: Car) -> None:
    harness.vendor.faults.add(MessageFault(kind="Remote", drop="before"))
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"
    await harness.vendor.idle()
    assert any(each.batch for each in harness.vendor.deliveries)


async def test_a_message_counts_after_which_the_connection_is_lost(
    harness: Harness, entry: ConfigEntry[Any], car: Car
) -> None:
    harness.vendor.faults.add(MessageFault(kind="Remote", type="Done", drop="after"))
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert harness.requests("GET", "/remotes/*") == []
    await harness.vendor.wait_for_connection(only_callback(harness))


async def test_a_reload_closes_the_connection_and_the_vendor_connects_again(
    harness: Harness, entry: ConfigEntry[Any], car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.vendor.wait_for_connection(only_callback(harness))
    before = changes(harness)
    address = target(harness)
    await harness.reload(entry)
    await harness.vendor.wait_for_connection(only_callback(harness))
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert (target(harness), changes(harness)) == (address, before)
    assert complaints(caplog) == []


async def test_a_lost_connection_is_replaced(harness: Harness, entry: ConfigEntry[Any], car: Car) -> None:
    callback = only_callback(harness)
    await harness.vendor.wait_for_connection(callback)
    harness.vendor.websockets.drop(callback)
    await until(lambda: connections(entry) == 0)
    await harness.vendor.wait_for_connection(callback)
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"


async def test_a_proxy_that_does_not_upgrade_lets_nothing_through(
    harness: Harness, vendor: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    vendor.faults.add(ConnectionFault(no_upgrade=True))
    entry = await harness.add_account(delivery="websocket")
    await vendor.wait_for_connection(only_callback(harness))
    assert [each.status for each in vendor.connections] == [HTTPStatus.NOT_FOUND, HTTPStatus.SWITCHING_PROTOCOLS]
    assert connections(entry) == 1
    assert complaints(caplog) == []


async def test_two_accounts_have_one_websocket_each(harness: Harness, car: Car) -> None:
    first = await harness.add_account(delivery="websocket")
    second = await harness.add_account("family", delivery="websocket")
    others = harness.vendor.cars["second"]
    for callback in harness.vendor.callbacks.values():
        await harness.vendor.wait_for_connection(callback)
    for each in (car, others):
        await harness.call(each, "lock", "doors", "unlock")
        assert harness.state(each, "lock", "doors").state == "unlocked"
    assert [connections(each) for each in (first, second)] == [1, 1]

    await harness.hass.config_entries.async_unload(first.entry_id)
    harness.vendor.garage.open(others, "Trunk")
    await harness.until(others, "binary_sensor", "trunk", "on")


async def test_credentials_of_one_account_open_no_other(harness: Harness, alone: None) -> None:
    for account in ("driver", "family"):
        await harness.add_account(account, delivery="websocket")
    one, two = (URL(callback.target) for callback in harness.vendor.callbacks.values())
    for url in (one.with_query(two.query), one.update_query(login=two.query["login"])):
        with pytest.raises(WSServerHandshakeError) as refused:
            await connect(harness, url)
        assert refused.value.status == HTTPStatus.NOT_FOUND


# The address


def has_issue(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"no_url_{entry.entry_id}") is not None


async def test_the_callback_follows_the_external_address(harness: Harness, plain: ConfigEntry[Any]) -> None:
    callback = only_callback(harness)
    before = target(harness)

    await harness.hass.config.async_update(external_url="https://new.example.com:8443")
    await harness.settle()

    assert only_callback(harness) is callback
    assert target(harness) == before.with_host("new.example.com").with_port(8443)


async def test_a_setting_that_is_no_address_does_not_bother_the_vendor(
    harness: Harness, plain: ConfigEntry[Any]
) -> None:
    before = len(harness.vendor.requests)
    await harness.hass.config.async_update(currency="CHF")
    await harness.settle()
    assert len(harness.vendor.requests) == before


async def test_without_an_external_address_a_repair_says_so_until_there_is_one(
    harness: Harness, plain: ConfigEntry[Any]
) -> None:
    told: list[bool] = []
    delivery = plain.runtime_data.delivery
    await delivery.async_start(lambda: told.append(delivery.listening))

    await harness.hass.config.async_update(external_url=None)
    await harness.settle()
    assert has_issue(harness.hass, plain)
    assert not delivery.listening
    await harness.reload(plain)
    assert plain.state is ConfigEntryState.LOADED
    assert has_issue(harness.hass, plain)

    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()
    assert not has_issue(harness.hass, plain)
    assert plain.runtime_data.delivery.listening
    assert target(harness).host == "new.example.com"
    assert told == [False]


@pytest.mark.usefixtures("cloud")
async def test_a_cloudhook_is_no_address_for_a_websocket(harness: Harness, alone: None) -> None:
    await harness.hass.config.async_update(external_url=None)
    entry = await harness.add_account(delivery="websocket")
    assert has_issue(harness.hass, entry)
    assert not harness.vendor.callbacks


# What is sent


async def test_a_message_comes_as_text_or_binary_alone_or_in_a_batch(
    harness: Harness, plain: ConfigEntry[Any], car: Car
) -> None:
    connection = await connect(harness)
    good = message(plain, car)
    await connection.send_str(encode(**good).decode())
    await connection.send_bytes(encode(**good))
    await connection.send_str(json.dumps([good, good]))
    await connection.send_bytes(json.dumps([good, {}, good]).encode())
    await until(lambda: received(plain) == {"remote": 6, "without_secret": 1})
    await connection.close()


UNREADABLE: Final[Mapping[str, bytes]] = {
    "nothing": b"",
    "no JSON": b'{"type": "Remote"',
    "no UTF-8": b"\xff\xfe\xfa",
    "deep nesting": b"[" * 200_000,
}


@pytest.mark.parametrize("kind", [WSMsgType.TEXT, WSMsgType.BINARY])
async def test_a_frame_that_cannot_be_read_costs_that_frame_only(
    harness: Harness, plain: ConfigEntry[Any], car: Car, kind: WSMsgType, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await connect(harness)
    secret = json.dumps(attributes(secret=plain.data["callback_secret"])).encode()
    for junk in UNREADABLE.values():
        await connection.send_frame(junk, kind)
        await connection.send_frame(junk + b"," + secret, kind)
    await connection.send_frame(encode(**message(plain, car)), kind)
    await until(lambda: received(plain)["remote"] == 1)
    assert received(plain) == {"without_secret": len(UNREADABLE), "unreadable": len(UNREADABLE), "remote": 1}
    assert connections(plain) == 1
    assert complaints(caplog) == []
    await connection.close()


async def test_each_message_has_to_carry_the_secret(
    harness: Harness, plain: ConfigEntry[Any], car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await connect(harness)
    wrong = [[], attributes(vin=car.vin), attributes(secret="", vin=car.vin), attributes(secret="guess", vin=car.vin)]
    wrong += [attributes(secret=value, vin=car.vin) for value in target(harness).query.values()]
    for each in wrong:
        await connection.send_bytes(encode(**message(plain, car, attributes=each)))
    await until(lambda: received(plain)["without_secret"] == len(wrong))
    assert received(plain)["remote"] == 0
    assert connections(plain) == 1
    assert complaints(caplog) == []
    await connection.close()


async def test_a_mistake_costs_one_message(
    hass: HomeAssistant, harness: Harness, plain: ConfigEntry[Any], car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    """Here a part of an account makes it that is played by hand."""
    taken: list[str] = []

    def take(remote: RemoteMessage) -> None:
        if remote.remote_id == "bad":
            raise KeyError
        taken.append(remote.remote_id)

    await hass.config_entries.async_unload(plain.entry_id)
    played = Receiver(
        plain.data["callback_secret"],
        on_taken_in=lambda: None,
        on_remote=take,
        on_report=lambda _message: None,
        on_bell=lambda: None,
    )
    delivery = create_delivery(hass, plain, played)
    await delivery.async_start(lambda: None)

    connection = await connect(harness)
    for name in ("first", "bad", "second"):
        event = {"remoteActionId": name, "eventStatus": {"type": "Done", "status": "Success"}}
        await connection.send_bytes(encode(**message(plain, car, remoteEvent=event)))
    await until(lambda: taken == ["first", "second"])
    assert played.received["failed"] == 1
    assert [record.levelname for record in caplog.records if record.levelno >= logging.WARNING] == ["ERROR"]
    await connection.close()
    await plain._async_process_on_unload(hass)


async def test_frames_are_taken_in_one_after_the_other(
    harness: Harness, plain: ConfigEntry[Any], car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The messages of two batches do not mix, and of what waits no more than a little is kept here."""
    monkeypatch.setattr(receiver, "PAUSE_AFTER", -1.0)  # whatever the machine, no message is quick enough
    seen: list[tuple[int, int]] = []
    connection = await connect(harness)
    good, other = message(plain, car), message(plain, car, type="Weather")
    for batch in ([good] * 100, [other] * 100):
        await connection.send_bytes(json.dumps(batch).encode())
    while received(plain)["unknown"] < 100:
        seen.append((received(plain)["remote"], received(plain)["unknown"]))
        await asyncio.sleep(0)
    assert all(unknown == 0 for remote, unknown in seen if remote < 100)
    assert len({*seen}) > 100
    await connection.close()


async def test_a_ping_is_answered_and_a_pong_is_no_message(harness: Harness, plain: ConfigEntry[Any]) -> None:
    connection = await connect(harness, autoping=False)
    await connection.pong(b"unasked")
    await connection.ping(b"there?")
    frame = await connection.receive()
    assert (frame.type, frame.data) == (WSMsgType.PONG, b"there?")
    assert not received(plain)
    await connection.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let seconds of waiting for the vendor pass in an instant."""
    monkeypatch.setattr(websocket, "HEARTBEAT", 0.02)
    monkeypatch.setattr(websocket, "CLOSE_TIMEOUT", 0.02)


async def test_a_vendor_that_says_nothing_is_asked_whether_it_is_there(
    harness: Harness, plain: ConfigEntry[Any], impatient: None
) -> None:
    connection = await connect(harness, autoping=False)
    for _ in range(3):
        frame = await connection.receive()
        assert frame.type is WSMsgType.PING
        await connection.pong(frame.data)
    assert connections(plain) == 1
    await connection.close()


async def test_a_vendor_that_does_not_answer_is_given_up(
    harness: Harness, plain: ConfigEntry[Any], impatient: None, raw: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    await raw.send(HANDSHAKE.format(path=target(harness).path_qs))
    await raw.head()
    await until(lambda: connections(plain) == 1)
    heard = await raw.reader.read()
    assert heard.startswith(bytes([0x80 | WSMsgType.PING, 0, 0x80 | WSMsgType.CLOSE]))
    await until(lambda: connections(plain) == 0)
    assert left_over() == []
    assert complaints(caplog) == []
    raw.vanish()


async def test_the_subprotocol_of_the_vendor_is_accepted(
    harness: Harness, plain: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    connection = await connect(harness, protocols=("mph.v4", "mph.v3"))
    assert connection.protocol == "mph.v4"
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    await connection.close()


async def test_a_vendor_that_names_no_subprotocol_after_all_is_let_in(
    harness: Harness, plain: ConfigEntry[Any], raw: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    request = HANDSHAKE.format(path=target(harness).path_qs)
    await raw.send(request.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: \r\n\r\n"))
    assert await raw.head() == "HTTP/1.1 101 Switching Protocols"
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    raw.vanish()
    await until(lambda: connections(plain) == 0)


async def test_nothing_is_compressed(harness: Harness, plain: ConfigEntry[Any], car: Car) -> None:
    """A small frame could become a large message."""
    connection = await connect(harness, compress=15)
    assert not connection.compress
    await connection.close()


async def test_a_message_may_be_as_large_as_by_webhook_and_no_larger(
    harness: Harness, plain: ConfigEntry[Any], car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await connect(harness, max_msg_size=0)
    room = MAX_BODY - len(encode(**message(plain, car, padding="")))
    await connection.send_bytes(encode(**message(plain, car, padding="x" * (room - 1))))
    await until(lambda: received(plain)["remote"] == 1)

    await connection.send_bytes(encode(**message(plain, car, padding="x" * (room + 1))))
    assert await closed(connection) == WSCloseCode.MESSAGE_TOO_BIG
    await until(lambda: connections(plain) == 0)
    assert received(plain) == {"remote": 1}
    assert complaints(caplog) == []


# Who is let in


def wrong_addresses(right: URL) -> dict[str, URL]:
    login, password = right.query["login"], right.query["password"]
    other = "0" * len(login)
    return {
        "id": right.with_path(f"/api/stellantis/{'0' * 64}").with_query(right.query),
        "login": right.update_query(login=other),
        "password": right.update_query(password=other),
        "login and password": right.with_query(login=password, password=login),
        "no login": right.with_query(password=password),
        "no password": right.with_query(login=login),
        "empty": right.with_query(login="", password=""),
        "nothing": right.with_query(None),
        "no ASCII": right.update_query(login="тайна"),
        "an id that is no UTF-8": URL(f"{right.origin()}/api/stellantis/%ff%fe?{right.query_string}", encoded=True),
        "no UTF-8": URL(f"{right.with_query(None)}?login=%ff%fe&password={password}", encoded=True),
        "a line break in the place of a parameter": right.with_query(login=f"{login}\n{password}"),
        "two logins": right.with_query([("login", other), ("login", login), ("password", password)]),
    }


async def test_the_address_does_not_exist_for_others(
    harness: Harness,
    plain: ConfigEntry[Any],
    car: Car,
    caplog: pytest.LogCaptureFixture,
    subtests: pytest.Subtests,
) -> None:
    right = target(harness)
    nowhere = await answer(harness, right.with_path("/api/stellantis"))
    assert nowhere[0] == HTTPStatus.NOT_FOUND
    for name, url in wrong_addresses(right).items():
        with subtests.test(name):
            with pytest.raises(WSServerHandshakeError) as refused:
                await connect(harness, url)
            # A line break is refused by Home Assistant, for all addresses.
            filtered = "line break" in name
            assert refused.value.status == (HTTPStatus.BAD_REQUEST if filtered else HTTPStatus.NOT_FOUND)
            for method in ("GET", "POST"):
                if not filtered:
                    assert await answer(harness, url, method, data=encode(**message(plain, car))) == nowhere
    assert not received(plain)
    assert connections(plain) == 0
    assert complaints(caplog) == []


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
async def test_right_credentials_without_an_upgrade_find_nothing(
    harness: Harness, plain: ConfigEntry[Any], car: Car, method: str
) -> None:
    right = target(harness)
    nowhere = await answer(harness, right.with_path("/api/stellantis"), method)
    upgrade = {
        hdrs.UPGRADE: "websocket",
        hdrs.CONNECTION: "Upgrade",
        hdrs.SEC_WEBSOCKET_VERSION: "13",
        hdrs.SEC_WEBSOCKET_KEY: "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    wrong = [upgrade | {hdrs.SEC_WEBSOCKET_VERSION: "1"}, upgrade | {hdrs.SEC_WEBSOCKET_KEY: "тайна"}]
    for headers in ({}, *wrong, *([upgrade] if method != "GET" else [])):
        found = await answer(harness, right, method, headers=headers, data=encode(**message(plain, car)))
        assert found == nowhere
    assert not received(plain)


async def test_wrong_credentials_ban_nobody(
    harness: Harness, plain: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The vendor's own address could be banned, by an account that was removed."""
    for url in list(wrong_addresses(target(harness)).values())[:8] * 2:
        with pytest.raises(WSServerHandshakeError):
            await connect(harness, url)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert not harness.hass.states.async_entity_ids("persistent_notification")
    await (await connect(harness)).close()


async def test_an_account_that_is_unloaded_or_has_another_way_is_not_there(
    harness: Harness, plain: ConfigEntry[Any]
) -> None:
    right = target(harness)
    await harness.hass.config_entries.async_unload(plain.entry_id)
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect(harness, right)
    assert refused.value.status == HTTPStatus.NOT_FOUND

    data = {**plain.data, "delivery": "webhook"}
    harness.hass.config_entries.async_update_entry(plain, data=data)
    await harness.reload(plain)
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect(harness, right)
    assert refused.value.status == HTTPStatus.NOT_FOUND


async def test_no_log_shows_what_is_secret(
    harness: Harness, plain: ConfigEntry[Any], car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant's own DEBUG log has the paths of requests, as it has those of webhooks, but no queries."""
    caplog.set_level(logging.WARNING, "aiohttp.access")  # as Home Assistant sets it when it starts
    caplog.set_level(logging.DEBUG)
    right = target(harness)
    connection = await connect(harness)
    await connection.send_bytes(encode(**message(plain, car)))
    await connection.send_bytes(b"junk")
    await until(lambda: received(plain).total() == 2)
    with pytest.raises(WSServerHandshakeError):
        await connect(harness, right.update_query(login="guess"))
    assert (await answer(harness, right))[0] == HTTPStatus.NOT_FOUND
    await harness.hass.config_entries.async_unload(plain.entry_id)
    await closed(connection)

    said = [record.getMessage() for record in caplog.records]
    for secret in (*right.query.values(), plain.data["callback_secret"], "login="):
        assert not [each for each in said if secret in each]
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(OURS)]
    assert not [each for each in ours if plain.data["webhook_id"] in each or car.vin in each]
    assert len([each for each in ours if "connect" in each.lower() and "open" in each]) == 2


# Many at once, slow, gone


def existing[T](kind: type[T]) -> list[T]:
    """Return all objects of a class."""
    gc.collect()
    return [each for each in gc.get_objects() if isinstance(each, kind)]


def count() -> int:
    """Return how many websockets there are, open or not."""
    return len(existing(web.WebSocketResponse))


async def test_a_hundred_strangers_at_once_leave_nothing(harness: Harness, plain: ConfigEntry[Any]) -> None:
    wrong = target(harness).update_query(password="guess")

    async def refused() -> bool:
        try:
            await connect(harness, wrong)
        except WSServerHandshakeError as err:
            return err.status == HTTPStatus.NOT_FOUND
        return False

    assert all(await asyncio.gather(*(refused() for _ in range(AT_ONCE))))
    assert connections(plain) == 0
    assert count() == 0


async def test_what_a_message_starts_keeps_no_connection_in_memory(
    harness: Harness, plain: ConfigEntry[Any], car: Car
) -> None:
    """A car is read, and the next poll is scheduled in the context of the message."""
    before = harness.reads(car)
    connection = await connect(harness)
    await connection.send_bytes(encode(**message(plain, car)))
    await until(lambda: received(plain)["remote"] == 1)
    await harness.settle()
    assert harness.reads(car) == before + 1
    await connection.close()
    await until(lambda: connections(plain) == 0)
    await until(lambda: target(harness).path not in [each.path for each in existing(web.Request)])


async def test_of_a_hundred_connections_the_newest_stay(
    harness: Harness, plain: ConfigEntry[Any], car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    made: list[ClientWebSocketResponse] = []
    ends: list[asyncio.Task[int | None]] = []
    open_at_once = set()

    async def opened() -> None:
        made.append(await connect(harness))
        ends.append(asyncio.create_task(closed(made[-1])))
        open_at_once.add(connections(plain))

    await asyncio.gather(*(opened() for _ in range(AT_ONCE)))
    await opened()
    await opened()
    for newest in made[-2:]:
        await newest.send_bytes(encode(**message(plain, car)))
    await until(lambda: received(plain)["remote"] == 2)
    await until(lambda: sum(end.done() for end in ends) == len(ends) - websocket.MAX_CONNECTIONS)
    assert max(open_at_once) == connections(plain) == websocket.MAX_CONNECTIONS
    assert {end.result() for end in ends if end.done()} == {WSCloseCode.GOING_AWAY}
    assert not any(end.done() for end in ends[-2:])
    await until(lambda: count() == websocket.MAX_CONNECTIONS)

    await harness.hass.config_entries.async_unload(plain.entry_id)
    assert {await end for end in ends} == {WSCloseCode.GOING_AWAY}
    await until(lambda: count() == 0)
    assert complaints(caplog) == []


async def test_a_slow_handshake_hinders_nobody(harness: Harness, plain: ConfigEntry[Any], car: Car, raw: Raw) -> None:
    right = target(harness)
    request = HANDSHAKE.format(path=right.path_qs)
    await raw.send(request[:-30])
    connection = await connect(harness)
    await connection.send_bytes(encode(**message(plain, car)))
    await until(lambda: received(plain)["remote"] == 1)
    assert connections(plain) == 1

    await raw.send(request[-30:])
    assert await raw.head() == "HTTP/1.1 101 Switching Protocols"
    await until(lambda: connections(plain) == 2)
    raw.vanish()
    await until(lambda: connections(plain) == 1)
    await connection.close()


async def test_a_handshake_that_ends_after_the_unload_finds_nothing(
    harness: Harness, plain: ConfigEntry[Any], raw: Raw
) -> None:
    request = HANDSHAKE.format(path=target(harness).path_qs)
    await raw.send(request[:-2])
    await harness.hass.config_entries.async_unload(plain.entry_id)
    await raw.send(request[-2:])
    assert await raw.head() == "HTTP/1.1 404 Not Found"
    raw.vanish()


async def test_frames_of_a_vendor_that_has_gone_are_taken_in(
    harness: Harness, plain: ConfigEntry[Any], car: Car, raw: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    """For the vendor they have arrived: it does not send them again. A ping among them cannot be answered."""
    await raw.send(HANDSHAKE.format(path=target(harness).path_qs))
    await raw.head()
    good = message(plain, car)
    raw.frame(WSMsgType.BINARY, json.dumps([good] * 100).encode())
    raw.frame(WSMsgType.PING, b"there?")
    raw.frame(WSMsgType.BINARY, encode(**good))
    await raw.writer.drain()
    raw.vanish()
    await until(lambda: connections(plain) == 0 and bool(received(plain)))
    assert received(plain) == {"remote": 101}
    assert complaints(caplog) == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_frame_that_breaks_off_is_no_message(
    harness: Harness, plain: ConfigEntry[Any], raw: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    await raw.send(HANDSHAKE.format(path=target(harness).path_qs))
    await raw.head()
    raw.writer.write(struct.pack("!BBI", 0x82, 0x80 | 100, 0) + b"half")
    await raw.writer.drain()
    await until(lambda: connections(plain) == 1)
    raw.vanish()
    await until(lambda: connections(plain) == 0)
    assert not received(plain)
    assert complaints(caplog) == []


# The end


async def test_an_unload_closes_all_connections(
    harness: Harness, plain: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    made = [await connect(harness) for _ in range(3)]
    ends = [asyncio.create_task(closed(each)) for each in made]
    await harness.hass.config_entries.async_unload(plain.entry_id)
    assert left_over() == []
    assert [await end for end in ends] == [WSCloseCode.GOING_AWAY] * 3
    assert complaints(caplog) == []


async def test_an_unload_waits_for_the_frame_that_is_being_taken_in(
    harness: Harness, plain: ConfigEntry[Any], car: Car
) -> None:
    connection = await connect(harness)
    taken = received(plain)
    await connection.send_bytes(json.dumps([message(plain, car)] * 100).encode())
    await until(lambda: taken["remote"] > 0)
    assert taken["remote"] < 100
    end = asyncio.create_task(closed(connection))
    await plain.runtime_data.delivery.async_stop()
    assert taken["remote"] == 100
    assert left_over() == []
    assert await end == WSCloseCode.GOING_AWAY


async def test_a_vendor_that_is_dead_does_not_hold_up_an_unload(
    harness: Harness, plain: ConfigEntry[Any], raw: Raw
) -> None:
    await raw.send(HANDSHAKE.format(path=target(harness).path_qs))
    await raw.head()
    await until(lambda: connections(plain) == 1)
    await harness.hass.config_entries.async_unload(plain.entry_id)
    assert left_over() == []
    raw.vanish()


async def test_a_vendor_that_takes_nothing_in_does_not_hold_up_an_unload(
    harness: Harness,
    plain: ConfigEntry[Any],
    raw: Raw,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It asks whether Home Assistant is there, and reads no answer, until there is no room for more."""
    monkeypatch.setattr(websocket, "CLOSE_TIMEOUT", 0.02)
    await raw.send(HANDSHAKE.format(path=target(harness).path_qs))
    await raw.head()
    await until(lambda: connections(plain) == 1)
    raw.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
    [ours] = plain.runtime_data.delivery._sockets.values()
    for _ in range(50_000):
        if ours.get_protocol().writing_paused and raw.writer.transport.get_write_buffer_size():
            break
        if not raw.writer.transport.get_write_buffer_size():
            for _ in range(500):
                raw.frame(WSMsgType.PING, b"x" * 125)
        await asyncio.sleep(0)
    assert connections(plain) == 1
    await harness.hass.config_entries.async_unload(plain.entry_id)
    assert left_over() == []
    assert complaints(caplog) == []
    raw.vanish()


async def test_the_end_of_home_assistant_closes_all_connections(
    harness: Harness, plain: ConfigEntry[Any], caplog: pytest.LogCaptureFixture
) -> None:
    made = [await connect(harness) for _ in range(3)]
    ends = [asyncio.create_task(closed(each)) for each in made]
    right = target(harness)
    await harness.hass.async_stop(force=True)
    assert left_over() == []
    assert [await end for end in ends] == [WSCloseCode.GOING_AWAY] * 3
    assert plain.state is ConfigEntryState.LOADED
    async with harness.browser.get(right.path_qs) as found:
        assert found.status == HTTPStatus.NOT_FOUND
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_set_up_that_fails_leaves_no_connection(harness: Harness, vendor: Simulator, polled: None) -> None:
    """The vendor may still know the address, and connect before the cars have been listed."""
    vendor.faults.add(Fault(path="/user/vehicles", status=503, delay=0.2))
    adding = asyncio.create_task(harness.add_account(delivery="websocket"))
    await until(lambda: websocket.RUNNING in harness.hass.data)
    [delivery] = harness.hass.data[websocket.RUNNING]
    registration = await delivery.async_registration()
    connection = await connect(harness, URL(registration["websocket"]["target"]))
    assert await closed(connection) == WSCloseCode.GOING_AWAY
    entry = await adding
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert left_over() == []


async def test_the_address_is_added_once(hass: HomeAssistant, harness: Harness, plain: ConfigEntry[Any]) -> None:
    await harness.reload(plain)
    paths = [resource.canonical for resource in hass.http.app.router.resources()]
    assert paths.count("/api/stellantis/{webhook_id}") == 1
