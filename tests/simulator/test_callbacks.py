"""Callbacks: subscribing, and how messages are brought."""

from dataclasses import replace
from typing import Any

import pytest

from simulator import Car, Certificates, Delivery, Front, Simulator
from tests.helpers.browser import Browser, Client, make_client
from tests.helpers.vendor import SPEED, STANDSTILL
from tests.helpers.webhook import Webhook, subscription

UNLOCK = {"door": {"state": "Unlocked"}}
HORN = {"horn": {"state": "Activated"}}
PENDING = [("Pending", "Accepted"), ("Pending", "WakingUpVehicle"), ("Pending", "SentToVehicle")]
ALL = [*PENDING, ("Done", "Success")]


HEADER = {"type": "Header", "key": "secret", "value": "sesame"}
BODY = HEADER | {"type": "Body"}
KEYWORDS = {
    "disableNotificationPayload": "true",
    "deliveryPriority": "high",
    "mutable": "false",
    "contentAvailable": "true",
    "title": "A car",
    "image": "https://example.com/car.png",
    "ttl": "3600",
    "bodyLocArgs": "one,two",
    "badge": "1",
}
GOOD_CALLBACKS: list[Any] = [
    {"webhook": {"name": "nobody", "target": "https://homeassistant.invalid/"}},
    {"websocket": {"target": "wss://localhost"}},
    {"websocket": {"target": "ws://localhost:8123/api/socket?login=me&password=a%20b", "attributes": [BODY]}},
    {"pushnotif": {"devices": ["one", "two"]}},
    {"pushnotif": {"devices": ["one"], "attributes": [HEADER, {"key": "vin", "value": "$vin"}]}},
    {
        "pushnotif": {
            "devices": ["one"],
            "attributes": [{"type": "Body", "key": key, "value": value} for key, value in KEYWORDS.items()],
        }
    },
]
BAD_PUSH_ATTRIBUTES: list[Any] = [
    {"key": "secret"},
    {"type": "Query", "key": "secret", "value": "sesame"},
    *(HEADER | {"key": key} for key in ("", "from", "message_type", "google", "google.ttl", "gcm.n.e")),
    *(
        {"type": "Body", "key": key, "value": value}
        for key, value in {
            "secret": "sesame",
            "disableNotificationPayload": "yes",
            "deliveryPriority": "highest",
            "ttl": "1h",
            "title": "",
            "image": "car.png",
            "badge": "one",
        }.items()
    ),
]


async def fail_once(client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car) -> Delivery:
    """Unlock with a remote whose first message is not taken, and let no more time pass."""
    webhook.statuses = [500]
    await client.send(car, callback_id, UNLOCK)
    failed = await simulator.wait_for_delivery(lambda delivery: delivery.status == 500)
    simulator.speed = STANDSTILL
    return failed


async def test_the_life_of_a_callback(client: Client, simulator: Simulator) -> None:
    body = subscription("https://localhost/hook")
    made = await client.call("POST", "/user/callbacks", body)
    assert made.status == 200
    assert made.json.keys() == {"_links", "callbackId", "status"}
    assert made.json["status"] == "Running"
    path = f"/user/callbacks/{made.json['callbackId']}"

    read = await client.call("GET", path)
    assert read.status == 200
    assert read.json["id"] == made.json["callbackId"]
    assert (read.json["label"], read.json["status"], read.json["subscribe"]) == ("mine", "Running", body)

    moved = subscription("https://localhost/elsewhere")
    replaced = await client.call("PUT", path, moved)
    assert (replaced.status, replaced.json["callbackId"]) == (202, made.json["callbackId"])
    assert (await client.call("GET", path)).json["subscribe"] == moved

    paused = await client.call("PUT", f"{path}/status", {"status": "Paused"})
    assert (paused.status, paused.json["status"]) == (202, "Paused")
    assert simulator.callbacks[made.json["callbackId"]].status == "Paused"

    listed = await client.call("GET", "/user/callbacks")
    assert [one["id"] for one in listed.json["_embedded"]["callbacks"]] == [made.json["callbackId"]]

    deleted = await client.call("DELETE", path)
    assert (deleted.status, deleted.text) == (204, "")
    assert (await client.call("GET", path)).status == 404
    assert simulator.callbacks == {}


async def test_callbacks_are_listed_by_type(client: Client) -> None:
    for types in (["Monitor"], ["Remote"], None):
        body = subscription("https://localhost/hook") | {"type": types, "label": str(types)}
        if types is None:
            del body["type"]
        assert (await client.call("POST", "/user/callbacks", body)).status == 200
    listed = await client.call("GET", "/user/callbacks", query=[("types", "Remote")])
    assert [one["label"] for one in listed.json["_embedded"]["callbacks"]] == ["['Remote']", "None"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"label": "no callback"},
        {"callback": {}},
        {"callback": {"webhook": {"name": "no target"}}},
        {"callback": {"webhook": {"target": "https://no.name/"}}},
        {"callback": {"webhook": {"name": "plain", "target": "http://localhost/hook"}}},
        {"callback": {"webhook": {"name": "batched", "target": "https://localhost/hook", "batch": {"size": 1}}}},
        {"callback": {"websocket": {}}},
        {"callback": {"websocket": {"target": "https://localhost/hook"}}},
        {"callback": {"websocket": {"target": "wss:///hook"}}},
        {"callback": {"websocket": {"target": "wss://localhost/hook#here"}}},
        {"callback": {"websocket": {"name": "named", "target": "wss://localhost/hook"}}},
        {"callback": {"websocket": {"target": "wss://localhost/hook", "attributes": [HEADER]}}},
        {"callback": {"pushnotif": {}}},
        {"callback": {"pushnotif": {"devices": []}}},
        {"callback": {"pushnotif": {"devices": [1]}}},
        *({"callback": {"pushnotif": {"devices": ["one"], "attributes": [bad]}}} for bad in BAD_PUSH_ATTRIBUTES),
        {"callback": {"smoke": {"target": "https://localhost/hook"}}},
        {"callback": subscription()["callback"] | {"websocket": {"target": "wss://localhost/hook"}}},
        subscription("https://localhost/hook") | {"type": ["Trip"]},
        subscription("https://localhost/hook", {"type": "Cookie", "key": "a", "value": "b"}),
        subscription("https://localhost/hook", {"type": "Header", "key": "a"}),
    ],
)
async def test_a_subscription_must_keep_to_the_contract(client: Client, body: Any) -> None:
    assert (await client.call("POST", "/user/callbacks", body)).status == 400


@pytest.mark.parametrize("callback", GOOD_CALLBACKS)
async def test_there_are_three_kinds_of_callback(client: Client, simulator: Simulator, callback: Any) -> None:
    simulator.speed = STANDSTILL
    made = await client.call("POST", "/user/callbacks", {"callback": callback})
    assert made.status == 200
    read = await client.call("GET", f"/user/callbacks/{made.json['callbackId']}")
    assert read.json["subscribe"] == {"callback": callback}


@pytest.mark.parametrize(("kind", "status"), [("webhook", 202), ("websocket", 400), ("pushnotif", 400)])
async def test_callback_attributes_are_for_the_kind_of_callback(
    client: Client, callback_id: str, car: Car, kind: str, status: int
) -> None:
    attributes = {"callbackAttributes": {kind: [BODY | {"key": "title"}]}}
    assert (await client.send(car, callback_id, HORN | attributes)).status == status
    monitor = {
        "label": "charging",
        "triggerParam": {
            "triggers": [{"name": "c", "data": {"data": "vehicle.energy.charging.status", "op": "onChange"}}],
            "boolExp": "c",
        },
        "subscribeParam": attributes,
    }
    path = f"/user/vehicles/{car.id}/callbacks/{callback_id}/monitors"
    assert (await client.call("POST", path, monitor)).status == status


@pytest.mark.parametrize("body", [{"status": "Failed"}, {}, {"status": "Paused", "surplus": 1}])
async def test_a_callbacks_status_must_keep_to_the_contract(client: Client, callback_id: str, body: Any) -> None:
    assert (await client.call("PUT", f"/user/callbacks/{callback_id}/status", body)).status == 400


async def test_another_accounts_callback_is_not_there(browser: Browser, callback_id: str) -> None:
    other = make_client(browser, "family")
    for method, body in (("GET", None), ("DELETE", None), ("PUT", subscription("https://localhost/hook"))):
        assert (await other.call(method, f"/user/callbacks/{callback_id}", body)).status == 404
    assert (await other.call("GET", "/user/callbacks")).json["total"] == 0
    assert (await other.send(other.account.cars[0], callback_id, UNLOCK)).status == 404


async def test_a_callback_for_monitors_takes_no_remotes(client: Client, car: Car) -> None:
    body = subscription("https://localhost/hook") | {"type": ["Monitor"]}
    made = await client.call("POST", "/user/callbacks", body)
    assert (await client.send(car, made.json["callbackId"], UNLOCK)).status == 400


async def test_attributes_are_filled_in(client: Client, webhook: Webhook, simulator: Simulator, car: Car) -> None:
    attributes = [
        {"type": "Header", "key": "X-Vin", "value": "$vin"},
        {"type": "Query", "key": "callback", "value": "$callbackID"},
        {"type": "Body", "key": "label", "value": "$callbackLabel"},
        {"type": "Body", "key": "secret", "value": "sesame"},
        {"type": "Body", "key": "kept", "value": "$unknown"},
    ]
    made = await client.call("POST", "/user/callbacks", subscription(webhook.url, *attributes))
    callback_id = made.json["callbackId"]
    own = {
        "label": "honk",
        "attributes": [{"type": "Body", "key": "what", "value": "$remoteType"}],
        "callbackAttributes": {"webhook": [{"type": "Body", "key": "label", "value": "$remoteLabel"}]},
    }
    await client.send(car, callback_id, HORN | own)
    await simulator.idle()
    first, message = webhook.requests[0], webhook.received[0]
    assert first.headers["X-Vin"] == car.vin
    assert first.query["callback"] == callback_id
    assert message["callbackId"] == callback_id
    assert {one["key"]: one["value"] for one in message["attributes"]} == {
        "label": "honk",
        "secret": "sesame",
        "kept": "$unknown",
        "what": "Horn",
    }


@pytest.mark.parametrize("status", [201, 204])
async def test_any_2xx_is_an_answer(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car, status: int
) -> None:
    webhook.statuses = [status] * 4
    await client.send(car, callback_id, UNLOCK)
    await simulator.idle()
    assert webhook.events == ALL
    assert [delivery.status for delivery in simulator.deliveries] == [status] * 4


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_all_else_is_tried_again(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car, status: int
) -> None:
    webhook.statuses = [status, status]
    await client.send(car, callback_id, UNLOCK)
    await simulator.idle()
    assert webhook.events[:2] == [PENDING[0], PENDING[0]]
    assert [(one.attempt, one.status) for one in simulator.deliveries][:2] == [(1, status), (2, status)]
    assert list(dict.fromkeys(webhook.events)) == ALL


async def test_messages_wait_ten_seconds_for_another_try(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    webhook.statuses = [500]
    await client.send(car, callback_id, UNLOCK)
    second = await simulator.wait_for_delivery(lambda delivery: delivery.attempt == 2)
    assert second.at - simulator.deliveries[0].at >= 10 / simulator.speed


async def test_after_a_lag_messages_come_as_a_batch_with_body_attributes_only(
    client: Client, webhook: Webhook, simulator: Simulator, car: Car
) -> None:
    attributes = [{"type": kind, "key": f"x-{kind.lower()}", "value": "sesame"} for kind in ("Header", "Body", "Query")]
    made = await client.call("POST", "/user/callbacks", subscription(webhook.url, *attributes))
    car.asleep = False
    webhook.statuses = [500]
    await client.send(car, made.json["callbackId"], UNLOCK)
    await simulator.idle()
    single, batch = webhook.requests
    assert (single.headers.get("x-header"), single.query.get("x-query")) == ("sesame", "sesame")
    assert (batch.headers.get("x-header"), batch.query.get("x-query")) == (None, None)
    assert isinstance(webhook.received[1], list)
    assert all(one["attributes"] == [{"key": "x-body", "value": "sesame"}] for one in webhook.received[1])
    assert webhook.events == [("Pending", "Accepted"), *ALL[:1], *ALL[2:]]
    assert [(one.batch, len(one.messages)) for one in simulator.deliveries] == [(False, 1), (True, 3)]


async def test_a_batch_has_a_hundred_messages_at_most(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    car.asleep = False
    await fail_once(client, webhook, simulator, callback_id, car)
    queue = simulator.callbacks[callback_id].queue
    queue.extend([queue[0]] * 120)
    simulator.speed = SPEED
    await simulator.idle()
    assert [len(one.messages) for one in simulator.deliveries] == [1, 100, 23]
    await client.send(car, callback_id, HORN)
    await simulator.idle()
    assert [one.batch for one in simulator.deliveries[3:]] == [False] * 3


async def test_messages_are_given_up_after_72_hours(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    car.asleep = False
    first = await fail_once(client, webhook, simulator, callback_id, car)
    webhook.statuses = [500]
    simulator.callbacks[callback_id].queue[0].attempts = 72 * 360 - 1
    simulator.speed = SPEED
    await simulator.idle()
    last = [one for one in simulator.deliveries if first.messages[0] in one.messages][-1]
    assert (last.attempt, last.status) == (72 * 360, 500)
    assert webhook.events[-1] == ("Done", "Success")


async def test_who_is_not_there_is_tried_again(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    callback = simulator.callbacks[callback_id]
    nowhere = subscription("https://127.0.0.1:1/hook")
    callback.subscribe, there = nowhere, callback.subscribe
    await client.send(car, callback_id, UNLOCK)
    missed = await simulator.wait_for_delivery(lambda delivery: delivery.attempt == 2)
    assert missed.status is None
    callback.subscribe = there
    await simulator.idle()
    assert list(dict.fromkeys(webhook.events)) == ALL


async def test_a_certificate_nobody_vouches_for_is_no_answer(
    client: Client, webhook: Webhook, simulator: Simulator, certificates: Certificates, car: Car
) -> None:
    strange = replace(
        certificates,
        server_certificate=certificates.foreign_certificate,
        server_key=certificates.foreign_key,
    )
    front = Front(strange, webhook.url)
    await front.start()
    made = await client.call("POST", "/user/callbacks", subscription(f"{front.url}/hook"))
    await client.send(car, made.json["callbackId"], UNLOCK)
    delivery = await simulator.wait_for_delivery(lambda one: one.attempt == 2)
    await front.stop()
    assert delivery.status is None
    assert webhook.received == []


async def test_a_paused_callback_is_sent_nothing(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await client.call("PUT", f"/user/callbacks/{callback_id}/status", {"status": "Paused"})
    assert (await client.send(car, callback_id, UNLOCK)).status == 202
    await simulator.idle()
    assert not car.locked
    assert simulator.deliveries == []
    await client.call("PUT", f"/user/callbacks/{callback_id}/status", {"status": "Running"})
    await client.send(car, callback_id, HORN)
    await simulator.idle()
    assert {message["remoteEvent"]["remoteType"] for message in webhook.received} == {"Horn"}


@pytest.mark.parametrize("way", ["pause", "delete", "fail"])
async def test_what_waits_is_given_up_when_a_callback_stops(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car, way: str
) -> None:
    await fail_once(client, webhook, simulator, callback_id, car)
    path = f"/user/callbacks/{callback_id}"
    match way:
        case "pause":
            await client.call("PUT", f"{path}/status", {"status": "Paused"})
        case "delete":
            await client.call("DELETE", path)
        case _:
            simulator.callbacks[callback_id].status = "Failed"
    simulator.speed = SPEED
    await simulator.idle()
    assert not car.locked
    assert len(simulator.deliveries) == 1


async def test_a_failed_callback_is_sent_nothing(
    client: Client, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.callbacks[callback_id].status = "Failed"
    await client.send(car, callback_id, UNLOCK)
    await simulator.idle()
    assert simulator.deliveries == []


async def test_deliveries_are_kept(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await client.send(car, callback_id, UNLOCK)

    def is_end(delivery: Delivery) -> bool:
        event_type: str = delivery.messages[0]["remoteEvent"]["eventStatus"]["type"]
        return event_type == "Done"

    delivery = await simulator.wait_for_delivery(is_end)
    assert delivery.url == webhook.url
    assert delivery.messages == [webhook.received[-1]]
    assert (delivery.status, delivery.attempt, delivery.batch) == (200, 1, False)


async def test_a_restart_drops_remotes_and_keeps_what_waits(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    url = simulator.api_url
    await fail_once(client, webhook, simulator, callback_id, car)
    await simulator.stop()
    await simulator.start()
    simulator.speed = SPEED
    await simulator.idle()
    assert simulator.api_url == url
    assert webhook.events[:2] == [("Pending", "Accepted")] * 2
    assert "Success" not in str(webhook.events)
    assert (await client.send(car, callback_id, UNLOCK)).status == 202
    await simulator.idle()
    assert webhook.events[-1] == ("Done", "Success")
