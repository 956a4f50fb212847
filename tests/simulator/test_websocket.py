"""Callbacks that are websockets: the vendor connects, and sends messages as frames."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
import pytest

from simulator import Callback, Car, Certificates, ConnectionFault, Fault, Front, MessageFault, Simulator
from simulator.base.clock import Signal
from simulator.push import websocket
from tests.helpers.browser import Client
from tests.helpers.vendor import SPEED, STANDSTILL
from tests.helpers.webhook import Inbox, Webhook, subscription

UNLOCK = {"door": {"state": "Unlocked"}}
HORN = {"horn": {"state": "Activated"}}
ALL = ["Accepted", "SentToVehicle", "Success"]


@dataclass
class Listener(Inbox):
    """A server that takes websockets, once it is `ready`. With a status in `refusals`, it refuses the next one."""

    url: str = ""
    plain_url: str = ""
    queries: list[dict[str, str]] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    open: list[web.WebSocketResponse] = field(default_factory=list)
    ends: list[int | None] = field(default_factory=list)
    pongs: list[bytes] = field(default_factory=list)
    changed: Signal = field(default_factory=Signal)
    ready: bool = True
    waiting: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.waiting += 1
        self.changed.fire()
        await self.changed.until(lambda: self.ready)
        self.waiting -= 1
        if self.refusals:
            return web.Response(status=self.refusals.pop(0))
        self.queries.append(dict(request.query))
        connection = web.WebSocketResponse(autoping=False)
        await connection.prepare(request)
        self.open.append(connection)
        self.changed.fire()
        async for frame in connection:
            if frame.type is WSMsgType.TEXT:
                self.received.append(frame.json())
            elif frame.type is WSMsgType.PONG:
                self.pongs.append(frame.data)
            self.changed.fire()
        self.open.remove(connection)
        self.ends.append(connection.close_code)
        self.changed.fire()
        return connection

    @property
    def statuses(self) -> list[str]:
        """The status of each remote's message."""
        return [status for _, status in self.events]

    def subscription(self, *attributes: dict[str, str]) -> dict[str, Any]:
        """Subscribe to messages through this websocket."""
        target = f"{self.url}?login=me&password=a%20b"
        return {"label": "mine", "callback": {"websocket": {"target": target, "attributes": list(attributes)}}}


@pytest.fixture
async def listener(certificates: Certificates) -> AsyncGenerator[Listener]:
    made = Listener()
    application = web.Application()
    application.router.add_get("/socket", made.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    front = Front(certificates, f"http://127.0.0.1:{port}")
    await front.start()
    made.plain_url = f"ws://127.0.0.1:{port}/socket"
    made.url = f"{front.url.replace('https', 'wss')}/socket"
    yield made
    await front.stop()
    await runner.cleanup()


@pytest.fixture
def car(simulator: Simulator) -> Car:
    car = simulator.cars["electric"]
    car.asleep = False
    return car


async def register(client: Client, body: dict[str, Any]) -> Callback:
    answer = await client.call("POST", "/user/callbacks", body)
    return client.browser.simulator.callbacks[answer.json["callbackId"]]


@pytest.fixture
async def callback(client: Client, simulator: Simulator, listener: Listener) -> Callback:
    made = await register(client, listener.subscription({"type": "Body", "key": "secret", "value": "sesame"}))
    await simulator.wait_for_connection(made)
    return made


async def send(client: Client, car: Car, callback: Callback, body: dict[str, Any] = UNLOCK) -> None:
    assert (await client.send(car, callback.id, body)).status == 202
    await client.browser.simulator.idle()


async def until_received(listener: Listener, count: int) -> None:
    """Wait for messages: the vendor does not wait until they have arrived."""
    await listener.changed.until(lambda: len(listener.messages) >= count)


async def test_it_connects_at_once_and_has_its_login_in_the_query(
    simulator: Simulator, listener: Listener, callback: Callback
) -> None:
    assert listener.queries == [{"login": "me", "password": "a b"}]
    assert [(one.url, one.status) for one in simulator.connections] == [(callback.target, 101)]
    assert listener.received == []


async def test_each_message_is_a_frame(
    client: Client, simulator: Simulator, listener: Listener, callback: Callback, car: Car
) -> None:
    own = [{"type": "Body", "key": "vin", "value": "$vin"}, {"type": "Header", "key": "lost", "value": "unseen"}]
    await send(client, car, callback, UNLOCK | {"attributes": own})
    await until_received(listener, 3)
    assert listener.statuses == ALL
    assert all(isinstance(body, dict) for body in listener.received)
    attributes = [{"key": "secret", "value": "sesame"}, {"key": "vin", "value": car.vin}]
    assert all(message["attributes"] == attributes for message in listener.messages)
    assert [one.messages for one in simulator.deliveries] == [[message] for message in listener.messages]
    assert {(one.kind, one.url, one.status, one.attempt, one.batch) for one in simulator.deliveries} == {
        ("websocket", callback.target, 200, 1, False)
    }
    assert len(simulator.connections) == 1


async def test_attributes_of_a_remote_replace_those_of_the_callback(
    client: Client, listener: Listener, callback: Callback, car: Car
) -> None:
    own = {"callbackAttributes": {"websocket": [{"type": "Body", "key": "secret", "value": "$remoteType"}]}}
    await send(client, car, callback, HORN | own)
    await until_received(listener, 1)
    assert listener.messages[0]["attributes"] == [{"key": "secret", "value": "Horn"}]


async def test_a_target_without_tls(client: Client, listener: Listener, car: Car) -> None:
    callback = await register(client, {"callback": {"websocket": {"target": listener.plain_url}}})
    await send(client, car, callback)
    await until_received(listener, 3)
    assert listener.statuses == ALL


async def test_a_ping_is_answered(listener: Listener, callback: Callback) -> None:
    await listener.open[0].ping(b"there?")
    await listener.changed.until(lambda: listener.pongs)
    assert listener.pongs == [b"there?"]


async def test_what_the_server_says_is_ignored(
    client: Client, listener: Listener, callback: Callback, car: Car
) -> None:
    await listener.open[0].send_str("thank you")
    await send(client, car, callback)
    await until_received(listener, 3)
    assert listener.statuses == ALL


@pytest.mark.parametrize("way", ["pause", "delete", "other kind", "other target", "stop"])
async def test_it_closes_the_connection_when_it_is_not_wanted(
    client: Client, simulator: Simulator, listener: Listener, callback: Callback, way: str
) -> None:
    path = f"/user/callbacks/{callback.id}"
    match way:
        case "pause":
            await client.call("PUT", f"{path}/status", {"status": "Paused"})
        case "delete":
            await client.call("DELETE", path)
        case "other kind":
            await client.call("PUT", path, subscription())
        case "other target":
            await client.call("PUT", path, {"callback": {"websocket": {"target": f"{listener.url}?login=you"}}})
            await listener.changed.until(lambda: len(listener.queries) > 1)
            await simulator.wait_for_connection(callback)
            assert listener.queries[-1] == {"login": "you"}
        case _:
            await simulator.stop()
            await simulator.start()
            await simulator.wait_for_connection(callback)
    await listener.changed.until(lambda: listener.ends)
    assert listener.ends == [WSCloseCode.OK]
    assert simulator.websockets.is_connected(callback) == (way in {"other target", "stop"})


async def test_it_stays_connected_when_only_other_things_of_a_callback_change(
    client: Client, simulator: Simulator, listener: Listener, callback: Callback, car: Car
) -> None:
    body = listener.subscription({"type": "Body", "key": "secret", "value": "new"})
    assert (await client.call("PUT", f"/user/callbacks/{callback.id}", body)).status == 202
    await send(client, car, callback)
    await until_received(listener, 3)
    assert listener.messages[0]["attributes"] == [{"key": "secret", "value": "new"}]
    assert len(simulator.connections) == 1


async def test_a_paused_one_loses_messages_and_connects_again_when_it_runs(
    client: Client, simulator: Simulator, listener: Listener, callback: Callback, car: Car
) -> None:
    path = f"/user/callbacks/{callback.id}/status"
    await client.call("PUT", path, {"status": "Paused"})
    sent = await client.send(car, callback.id, UNLOCK)
    await simulator.idle()
    remote = f"/user/vehicles/{car.id}/callbacks/{callback.id}/remotes/{sent.json['remoteActionId']}"
    assert (await client.call("GET", remote)).json["status"] == "Success"
    assert simulator.deliveries == []
    await client.call("PUT", path, {"status": "Running"})
    await simulator.wait_for_connection(callback)
    await send(client, car, callback, HORN)
    await until_received(listener, 3)
    assert {message["remoteEvent"]["remoteType"] for message in listener.messages} == {"Horn"}


@pytest.mark.parametrize("before", [subscription(), None], ids=["webhook", "websocket"])
async def test_a_put_changes_where_the_vendor_connects(
    client: Client, simulator: Simulator, listener: Listener, before: dict[str, Any] | None, car: Car
) -> None:
    nowhere = {"callback": {"websocket": {"target": "wss://127.0.0.1:1/socket"}}}
    callback = await register(client, before or nowhere)
    await client.send(car, callback.id, UNLOCK)
    await simulator.wait_for_delivery(lambda one: one.attempt == 1)
    simulator.faults.add(Fault(method="PUT", path="/user/callbacks/*", status=400))
    path, body = f"/user/callbacks/{callback.id}", listener.subscription()
    assert (await client.call("PUT", path, body)).status == 400
    assert not simulator.websockets.is_connected(callback)
    assert (await client.call("PUT", path, body)).status == 202
    await simulator.wait_for_connection(callback)
    await simulator.idle()
    await until_received(listener, 3)
    assert listener.statuses == ALL


async def test_a_put_may_come_while_it_connects(
    client: Client, simulator: Simulator, webhook: Webhook, listener: Listener, car: Car
) -> None:
    simulator.faults.add(ConnectionFault(unreachable=True))
    listener.ready = False
    callback = await register(client, listener.subscription())
    await client.send(car, callback.id, UNLOCK)
    await listener.changed.until(lambda: listener.waiting)
    await client.call("PUT", f"/user/callbacks/{callback.id}", subscription(webhook.url))
    listener.ready = True
    listener.changed.fire()
    await simulator.idle()
    assert list(dict.fromkeys(status for _, status in webhook.events)) == ALL
    assert not simulator.websockets.is_connected(callback)
    await listener.changed.until(lambda: not listener.open)
    assert listener.received == []


async def test_it_connects_again_after_ten_seconds(
    simulator: Simulator, listener: Listener, callback: Callback
) -> None:
    loop = asyncio.get_running_loop()
    await listener.open[0].close()
    closed = loop.time()
    await listener.changed.until(lambda: len(listener.queries) > 1)
    await simulator.wait_for_connection(callback)
    assert simulator.connections[1].at - closed >= 10 / SPEED - 0.005
    assert [one.status for one in simulator.connections] == [101, 101]


async def test_it_tries_again_when_it_is_refused(client: Client, simulator: Simulator, listener: Listener) -> None:
    listener.refusals = [404, 503]
    callback = await register(client, listener.subscription())
    await simulator.wait_for_connection(callback)
    assert [one.status for one in simulator.connections] == [404, 503, 101]
    first, second, third = (one.at for one in simulator.connections)
    assert second - first >= 10 / SPEED
    assert third - second >= 10 / SPEED


@pytest.mark.parametrize(
    ("fault", "status"),
    [(ConnectionFault(unreachable=True, times=2), None), (ConnectionFault(no_upgrade=True, times=2), 400)],
)
async def test_a_connection_can_be_disturbed(
    client: Client, simulator: Simulator, listener: Listener, fault: ConnectionFault, status: int | None
) -> None:
    simulator.faults.add(fault)
    callback = await register(client, listener.subscription())
    await simulator.wait_for_connection(callback)
    assert [one.status for one in simulator.connections] == [status, status, 101]


async def test_faults_of_connections_can_be_taken_back(
    client: Client, simulator: Simulator, listener: Listener
) -> None:
    simulator.faults.add(ConnectionFault(unreachable=True, times=None))
    callback = await register(client, listener.subscription())
    await simulator.journal.changed.until(lambda: len(simulator.connections) > 2)
    simulator.faults.clear()
    await simulator.wait_for_connection(callback)


async def test_a_certificate_nobody_vouches_for_is_no_connection(
    client: Client, simulator: Simulator, listener: Listener, certificates: Certificates
) -> None:
    strange = replace(
        certificates,
        server_certificate=certificates.foreign_certificate,
        server_key=certificates.foreign_key,
    )
    front = Front(strange, listener.plain_url.replace("ws", "http"))
    await front.start()
    target = f"{front.url.replace('https', 'wss')}/socket"
    await register(client, {"callback": {"websocket": {"target": target}}})
    await simulator.journal.changed.until(lambda: len(simulator.connections) > 1)
    await front.stop()
    assert {one.status for one in simulator.connections} == {None}
    assert listener.queries == []


async def test_after_a_lag_messages_come_as_a_batch(
    client: Client, simulator: Simulator, listener: Listener, callback: Callback, car: Car
) -> None:
    simulator.faults.add(ConnectionFault(unreachable=True, times=None))
    simulator.websockets.drop(callback)
    await client.send(car, callback.id, UNLOCK)
    await simulator.journal.changed.until(lambda: len(callback.queue) == 3)
    simulator.faults.clear()
    await simulator.idle()
    await until_received(listener, 3)
    assert listener.statuses == ALL
    assert isinstance(listener.received[-1], list)
    assert all(one["attributes"] == [{"key": "secret", "value": "sesame"}] for one in listener.messages)
    failed, *_, last = simulator.deliveries
    assert (failed.status, failed.batch, failed.attempt) == (None, False, 1)
    assert (last.status, last.batch) == (200, True)


@pytest.mark.parametrize(("drop", "attempts"), [("before", [1, 2]), ("after", [1])])
async def test_a_connection_can_be_dropped_at_a_message(
    client: Client, simulator: Simulator, listener: Listener, callback: Callback, car: Car, drop: Any, attempts: Any
) -> None:
    simulator.faults.add(MessageFault(status="SentToVehicle", drop=drop))
    await send(client, car, callback)
    await until_received(listener, 3)
    await simulator.wait_for_connection(callback)
    assert listener.statuses == ALL
    assert listener.ends == [WSCloseCode.ABNORMAL_CLOSURE]
    assert [one.status for one in simulator.connections] == [101, 101]
    assert [one.attempt for one in simulator.deliveries if "SentToVehicle" in str(one.messages)] == attempts


async def test_a_connection_can_be_dropped_between_messages(
    client: Client, simulator: Simulator, listener: Listener, callback: Callback, car: Car
) -> None:
    simulator.websockets.drop(callback)
    assert not simulator.websockets.is_connected(callback)
    simulator.websockets.drop(callback)
    await listener.changed.until(lambda: listener.ends)
    await simulator.wait_for_connection(callback)
    await send(client, car, callback)
    await until_received(listener, 3)
    assert listener.statuses == ALL


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"lose": True}, ["Accepted", "Success"]),
        ({"double": True}, ["Accepted", "SentToVehicle", "SentToVehicle", "Success"]),
        ({"late": 0.1}, ["Accepted", "Success", "SentToVehicle"]),
        ({"reorder": True}, ["Accepted", "Success", "SentToVehicle"]),
    ],
)
async def test_messages_can_be_disturbed(
    client: Client,
    simulator: Simulator,
    listener: Listener,
    callback: Callback,
    car: Car,
    fault: dict[str, Any],
    expected: list[str],
) -> None:
    simulator.faults.add(MessageFault(status="SentToVehicle", **fault))
    await send(client, car, callback)
    await until_received(listener, len(expected))
    assert listener.statuses == expected


async def test_a_message_begins_anew_after_72_hours_without_a_connection(
    client: Client, simulator: Simulator, listener: Listener, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "MAX_ATTEMPTS", 3)
    simulator.faults.add(ConnectionFault(unreachable=True, times=4))
    callback = await register(client, listener.subscription())
    await simulator.journal.changed.until(lambda: len(simulator.connections) == 3)
    await send(client, car, callback)
    await until_received(listener, 3)
    assert [one.status for one in simulator.connections] == [None] * 4 + [101]
    await listener.open[0].close()
    await listener.changed.until(lambda: len(listener.queries) > 1)


async def test_messages_are_given_up_after_72_hours(
    client: Client, simulator: Simulator, listener: Listener, callback: Callback, car: Car
) -> None:
    simulator.faults.add(ConnectionFault(unreachable=True, times=None))
    simulator.websockets.drop(callback)
    await client.send(car, callback.id, UNLOCK)
    await simulator.wait_for_delivery(lambda one: one.status is None)
    simulator.speed = STANDSTILL
    callback.queue[0].attempts = 72 * 360 - 1
    simulator.speed = SPEED
    await simulator.wait_for_delivery(lambda one: one.attempt == 72 * 360)
    simulator.faults.clear()
    await simulator.idle()
    await until_received(listener, 1)
    assert "Success" in listener.statuses
    assert "Accepted" not in listener.statuses


async def test_a_restart_keeps_what_waits(
    client: Client, simulator: Simulator, listener: Listener, callback: Callback, car: Car
) -> None:
    simulator.faults.add(ConnectionFault(unreachable=True, times=None))
    simulator.websockets.drop(callback)
    await client.send(car, callback.id, UNLOCK)
    await simulator.wait_for_delivery(lambda one: one.status is None)
    await simulator.stop()
    simulator.faults.clear()
    await simulator.start()
    await simulator.idle()
    await until_received(listener, 1)
    assert listener.statuses[0] == "Accepted"


async def test_a_message_to_a_webhook_is_not_sent_through_a_websocket(
    client: Client, simulator: Simulator, webhook: Webhook, listener: Listener, callback: Callback, car: Car
) -> None:
    other = await register(client, subscription(webhook.url))
    await send(client, car, other)
    assert [status for _, status in webhook.events] == ALL
    assert listener.received == []
    assert {one.kind for one in simulator.deliveries} == {"webhook"}
