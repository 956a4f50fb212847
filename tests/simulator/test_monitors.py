"""Monitors: what may be watched, when the vendor speaks, and what it says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator import Car, Fault, MessageFault, Monitor, Simulator
from simulator.base.words import EXTENSIONS as EXTENSION_WORDS
from simulator.push.data import DATA, Operator
from simulator.push.expressions import Expression
from simulator.push.extensions import EXTENSIONS
from tests.helpers.browser import Answer, Browser, Client, make_client
from tests.helpers.webhook import Webhook, subscription

UNLOCK = {"door": {"state": "Unlocked"}}
PARIS = {"longitude": 2.2945, "latitude": 48.8584}
LOCKED = "vehicle.doorsState.lockedState"
PLUGGED = "vehicle.energy.charging.plugged"
CHARGING = "vehicle.energy.charging.status"
LEVEL = "vehicle.energy.electric.level"


def watch(data: str, op: str = "onChange", *value: str, name: str = "a", **more: Any) -> dict[str, Any]:
    values = {"value": list(value)} if value else {}
    return {"name": name, "data": {"data": data, "op": op, **values, **more}}


def zone(transition: str, radius: Any = 1, name: str = "z", **center: Any) -> dict[str, Any]:
    return {"name": name, "zone": {"transition": transition, "place": {"radius": radius, "center": PARIS | center}}}


def time(*times: Any, name: str = "t", **more: Any) -> dict[str, Any]:
    return {"name": name, "time": {"times": list(times), **more}}


def monitor(*triggers: dict[str, Any], expression: str = "a", **more: Any) -> dict[str, Any]:
    return {"label": "mine", "triggerParam": {"triggers": list(triggers), "boolExp": expression}, **more}


ANY = monitor(watch(LOCKED))


def path_of(car: Car, callback_id: str) -> str:
    return f"/user/vehicles/{car.id}/callbacks/{callback_id}/monitors"


async def post(client: Client, car: Car, callback_id: str, body: Any) -> Answer:
    return await client.call("POST", path_of(car, callback_id), body)


async def make(client: Client, car: Car, callback_id: str, body: Any) -> Monitor:
    answer = await post(client, car, callback_id, body)
    assert answer.status == 202, answer.text
    return client.browser.simulator.callbacks[callback_id].monitors[answer.json["monitorId"]]


# The routes.


async def test_the_life_of_a_monitor(client: Client, simulator: Simulator, callback_id: str, car: Car) -> None:
    made = await post(client, car, callback_id, ANY)
    assert made.status == 202
    assert made.json.keys() == {"_links", "monitorId", "status", "createdAt", "updatedAt"}
    monitor_id = made.json["monitorId"]
    path = f"{path_of(car, callback_id)}/{monitor_id}"

    read = await client.call("GET", path)
    assert read.status == 200
    assert read.json.keys() == {"_links", "monitorId", "monitor", "status", "createdAt", "updatedAt"}
    assert (read.json["monitorId"], read.json["monitor"], read.json["status"]) == (monitor_id, ANY, "Running")

    other = monitor(watch(PLUGGED))
    replaced = await client.call("PUT", path, other)
    assert (replaced.status, replaced.json["monitorId"]) == (202, monitor_id)
    assert (await client.call("GET", path)).json["monitor"] == other

    paused = await client.call("PUT", f"{path}/status", {"status": "Paused"})
    assert (paused.status, paused.json["status"]) == (202, "Paused")
    assert simulator.callbacks[callback_id].monitors[monitor_id].status == "Paused"

    listed = await client.call("GET", path_of(car, callback_id), query=[("pageSize", "5")])
    assert [one["monitorId"] for one in listed.json["_embedded"]["monitors"]] == [monitor_id]
    assert listed.json["_embedded"]["monitors"][0] == (await client.call("GET", path)).json

    deleted = await client.call("DELETE", path)
    assert (deleted.status, deleted.text) == (204, "")
    assert (await client.call("GET", path)).status == 404
    assert simulator.callbacks[callback_id].monitors == {}


async def test_monitors_that_are_not_there(
    client: Client, simulator: Simulator, browser: Browser, callback_id: str, car: Car
) -> None:
    made = await make(client, car, callback_id, ANY)
    other = simulator.cars["hybrid"]
    for path in (
        f"{path_of(car, callback_id)}/unknown",
        f"{path_of(other, callback_id)}/{made.id}",
        f"{path_of(car, 'unknown')}/{made.id}",
    ):
        for method, body in (("GET", None), ("DELETE", None), ("PUT", ANY)):
            assert (await client.call(method, path, body)).status == 404
        assert (await client.call("PUT", f"{path}/status", {"status": "Paused"})).status == 404
    assert (await client.call("GET", path_of(other, callback_id))).json["total"] == 0
    assert (await make_client(browser, "family").call("GET", path_of(car, callback_id))).status == 403


async def test_a_callback_takes_its_monitors_along(
    client: Client, simulator: Simulator, callback_id: str, car: Car
) -> None:
    made = await make(client, car, callback_id, ANY)
    callback = simulator.callbacks[callback_id]
    await client.call("DELETE", f"/user/callbacks/{callback_id}")
    assert callback.monitors == {}
    assert (await client.call("GET", f"{path_of(car, callback_id)}/{made.id}")).status == 404
    simulator.garage.unlock(car)
    await simulator.idle()
    assert simulator.deliveries == []


async def test_a_callback_for_remotes_takes_no_monitors(client: Client, car: Car) -> None:
    body = subscription("https://localhost/hook") | {"type": ["Remote"]}
    made = await client.call("POST", "/user/callbacks", body)
    assert (await post(client, car, made.json["callbackId"], ANY)).status == 400


async def test_a_car_has_five_monitors_at_most(
    client: Client, simulator: Simulator, callback_id: str, car: Car
) -> None:
    """Of one user and app: whichever callback they belong to, and however many other cars have."""
    second = (await client.call("POST", "/user/callbacks", subscription("https://localhost/hook"))).json["callbackId"]
    made = [await make(client, car, each, ANY) for each in (callback_id, callback_id, second, second, second)]
    refused = await post(client, car, callback_id, ANY)
    assert refused.status == 400
    assert "maximum of 5 monitors" in refused.json["message"]

    replaced = await client.call("PUT", f"{path_of(car, callback_id)}/{made[0].id}", monitor(watch(PLUGGED)))
    assert replaced.status == 202
    await make(client, simulator.cars["hybrid"], callback_id, ANY)
    await client.call("DELETE", f"{path_of(car, callback_id)}/{made[0].id}")
    await make(client, car, callback_id, ANY)


# Scopes.


@pytest.mark.parametrize(
    ("body", "scope"),
    [
        (ANY, "data:telemetry"),
        (monitor(watch("privacy.state")), "data:telemetry"),
        (monitor(watch("vehicle.trip.stop")), "data:trip"),
        (monitor(watch("vehicle.alert")), "data:alert"),
        (monitor(zone("In"), expression="z"), "data:position"),
        (monitor(watch("vehicle.alert"), extendedEventParam=["vehicle.alerts"]), "data:alert"),
    ],
)
async def test_what_is_watched_needs_its_scope(
    browser: Browser, client: Client, callback_id: str, car: Car, body: Any, scope: str
) -> None:
    assert (await post(make_client(browser, "driver", scope), car, callback_id, body)).status == 202
    without = [one for one in client.grant.scopes if one.startswith("data:") and one != scope]
    refused = await post(make_client(browser, "driver", *without), car, callback_id, body)
    assert refused.status == 403
    assert scope in refused.json["message"]


@pytest.mark.parametrize(
    ("extension", "scope"),
    [
        ("vehicle.status", "data:telemetry"),
        ("vehicle.doorsState", "data:telemetry"),
        ("vehicle.maintenance", "data:telemetry"),
        ("vehicle.alarm", "data:telemetry"),
        ("vehicle.position", "data:position"),
        ("vehicle.alerts", "data:alert"),
        ("vehicle.trip", "data:trip"),
    ],
)
async def test_what_rides_along_needs_its_scope(
    browser: Browser, client: Client, callback_id: str, car: Car, extension: str, scope: str
) -> None:
    body = monitor(zone("In"), expression="z", extendedEventParam=[extension])
    both = {"data:position", scope}
    assert (await post(make_client(browser, "driver", *both), car, callback_id, body)).status == 202
    less = make_client(browser, "driver", "data:collision", *(both - {scope}))
    assert (await post(less, car, callback_id, body)).status == 403


async def test_the_routes_need_a_scope_for_data(browser: Browser, callback_id: str, car: Car) -> None:
    other = make_client(browser, "driver", "remote:door:write")
    assert (await other.call("GET", path_of(car, callback_id))).status == 403
    assert (await make_client(browser, "driver", "data:collision").call("GET", path_of(car, callback_id))).status == 200


# What is taken, and what is not.

DAILY = {"start": "PT8H30M", "duration": "PT7H30M", "occurence": {"day": ["Mon"], "week": ["w1-w25"]}}
ONCE = {"recurrence": "None", "start": "2026-01-03T12:00:00+01:00"}

GOOD: list[Any] = [
    ANY,
    monitor(watch(LOCKED), watch(LEVEL, "lowerThan", "20.5", name="low"), expression="(a|low)"),
    monitor(*(watch(LOCKED, name=name) for name in ("a", "b.1", "c-2", "d_", "e5")), expression="a&b.1|!(c-2&d_)|e5"),
    monitor(watch(CHARGING, "includedIn", "InProgress", "Finished")),
    monitor(watch(CHARGING, "equalsTo", "InProgress", previous={"op": "equalsTo", "value": ["Stopped"]})),
    monitor(watch(LOCKED), watch(PLUGGED, name="b"), expression="a", subscribeParam={"refreshEvent": 60}),
    monitor(
        watch(LOCKED),
        attributes=[{"type": "Body", "key": "k", "value": "$monitorLabel"}],
        subscribeParam={"callbackAttributes": {"webhook": [{"type": "Header", "key": "k", "value": "v"}]}},
        extendedEventParam=list(EXTENSIONS),
    ),
    monitor(zone("Out", 20), expression="z"),
    monitor(zone("Out", 20), expression="!z"),
    monitor(time(DAILY, ONCE, timeZone="Europe/Berlin"), expression="t"),
    monitor(time(ONCE | {"duration": "PT1H"}), expression="t"),
    monitor(watch(LOCKED), expression="!" * 5000 + "a"),
    monitor(watch(LOCKED), expression="(" * 5000 + "a" + ")" * 5000),
]
BAD: dict[str, Any] = {
    "nothing": None,
    "no triggers": {"label": "mine"},
    "no label": {key: value for key, value in ANY.items() if key != "label"},
    "an empty list of triggers": monitor(),
    "six triggers": monitor(*(watch(LOCKED, name=f"a{number}") for number in range(6)), expression="a1"),
    "one name twice": monitor(watch(LOCKED), watch(PLUGGED)),
    "a name with a space": monitor(watch(LOCKED, name="a b"), expression="a b"),
    "a name that begins with a digit": monitor(watch(LOCKED, name="1a"), expression="1a"),
    "a trigger without anything": monitor({"name": "a"}),
    "a trigger of two kinds": monitor(watch(LOCKED) | {"zone": zone("In")["zone"]}),
    "surplus": ANY | {"surplus": 1},
    "a surplus in a trigger": monitor(watch(LOCKED) | {"surplus": 1}),
    "unknown data": monitor(watch("vehicle.colour")),
    "an unknown operator": monitor(watch(LEVEL, "atLeast", "5")),
    "a change with a value": monitor(watch(LOCKED, "onChange", "Locked")),
    "two values to be greater than": monitor(watch(LEVEL, "greaterThan", "5", "6")),
    "two values to equal": monitor(watch(CHARGING, "equalsTo", "Failure", "Stopped")),
    "no value to be lower than": monitor(watch(LEVEL, "lowerThan")),
    "no value to be included in": monitor(watch(CHARGING, "includedIn")),
    "a number that is none": monitor(watch(LEVEL, "lowerThan", "half")),
    "a number as such": monitor(watch(LEVEL, "lowerThan") | {"data": {"data": LEVEL, "op": "lowerThan", "value": [5]}}),
    "an unknown word": monitor(watch(CHARGING, "equalsTo", "Charging")),
    "a state that is not boolean": monitor(watch(PLUGGED, "equalsTo", "yes")),
    "a previous value of a level": monitor(watch(LEVEL, "lowerThan", "5", previous={"op": "equalsTo", "value": ["6"]})),
    "a previous change": monitor(watch(CHARGING, previous={"op": "onChange", "value": ["Stopped"]})),
    "a previous word": monitor(watch(CHARGING, previous={"op": "equalsTo", "value": ["Charging"]})),
    "an unknown transition": monitor(zone("Through"), expression="z"),
    "a radius in meters": monitor(zone("In", 0.5), expression="z"),
    "a latitude beyond the pole": monitor(zone("In", latitude=91), expression="z"),
    "a day without a duration": monitor(time({"start": "PT8H"}), expression="t"),
    "a day that starts at a date": monitor(time(DAILY | {"start": ONCE["start"]}), expression="t"),
    "once at an hour": monitor(time(ONCE | {"start": "PT8H"}), expression="t"),
    "once with an occurence": monitor(time(ONCE | {"occurence": {"day": ["Mon"]}}), expression="t"),
    "once until the end of time": monitor(
        time(ONCE | {"start": "9999-12-31T23:00:00Z", "duration": "PT2H"}), expression="t"
    ),
    "a time zone that is not": monitor(time(ONCE, timeZone="Europe/Atlantis"), expression="t"),
    "a refresh that is too fast": ANY | {"subscribeParam": {"refreshEvent": 59}},
    "an empty subscription": ANY | {"subscribeParam": {}},
    "an unknown extension": ANY | {"extendedEventParam": ["vehicle.colour"]},
    "an empty expression": monitor(watch(LOCKED), expression=""),
    "an unknown name": monitor(watch(LOCKED), expression="a|b"),
    "a word for an operator": monitor(watch(LOCKED), expression="a and a"),
    "an operator without an end": monitor(watch(LOCKED), expression="a |"),
    "an operator without a beginning": monitor(watch(LOCKED), expression="& a"),
    "a parenthesis that stays open": monitor(watch(LOCKED), expression="(a"),
    "a parenthesis that was never open": monitor(watch(LOCKED), expression="a)"),
    "empty parentheses": monitor(watch(LOCKED), expression="a & ()"),
    "a not behind a name": monitor(watch(LOCKED), expression="a!"),
    "always true": monitor(watch(LOCKED), expression="a | !a"),
    "always false": monitor(watch(LOCKED), expression="a & !a"),
}


async def test_good_bodies_are_taken(
    client: Client, simulator: Simulator, callback_id: str, car: Car, subtests: pytest.Subtests
) -> None:
    for body in GOOD:
        with subtests.test(body=body):
            assert (await post(client, car, callback_id, body)).status == 202
            simulator.callbacks[callback_id].monitors.clear()


async def test_bad_bodies_are_refused(
    client: Client, simulator: Simulator, callback_id: str, car: Car, subtests: pytest.Subtests
) -> None:
    made = await make(client, car, callback_id, ANY)
    for name, body in BAD.items():
        with subtests.test(name):
            answer = await post(client, car, callback_id, body)
            assert answer.status == 400
            assert answer.json["code"] == 40000
            assert (await client.call("PUT", f"{path_of(car, callback_id)}/{made.id}", body)).status == 400
    assert list(simulator.callbacks[callback_id].monitors.values()) == [made]
    assert made.plan.body == ANY


@pytest.mark.parametrize("body", [{"status": "Failed"}, {}, {"status": "Paused", "surplus": 1}])
async def test_a_monitors_status_must_keep_to_the_contract(
    client: Client, callback_id: str, car: Car, body: Any
) -> None:
    made = await make(client, car, callback_id, ANY)
    assert (await client.call("PUT", f"{path_of(car, callback_id)}/{made.id}/status", body)).status == 400


async def test_each_data_takes_its_own_operators(
    client: Client, simulator: Simulator, callback_id: str, car: Car, subtests: pytest.Subtests
) -> None:
    for data, datum in DATA.items():
        for operator in Operator:
            value = [] if operator is Operator.CHANGE else [datum.words[0] if datum.words else "5"]
            with subtests.test(f"{data} {operator}"):
                answer = await post(client, car, callback_id, monitor(watch(data, operator, *value)))
                assert answer.status == (202 if operator in datum.operators else 400)
                simulator.callbacks[callback_id].monitors.clear()


def test_the_extensions_are_those_of_the_contract() -> None:
    assert EXTENSIONS.keys() == set(EXTENSION_WORDS)


@pytest.mark.parametrize(
    ("expression", "true"),
    [
        ("a", ["a", "ab", "ac", "abc"]),
        ("!a & b", ["b", "bc"]),
        ("a | b & c", ["a", "ab", "ac", "bc", "abc"]),
        ("(a | b) & c", ["ac", "bc", "abc"]),
        ("!(a | b) & c", ["c"]),
        ("!!a & !b", ["a", "ac"]),
        ("a & b & c", ["abc"]),
    ],
)
def test_expressions(expression: str, true: list[str]) -> None:
    parsed = Expression.parse(expression)
    cases = ["", "a", "b", "c", "ab", "ac", "bc", "abc"]
    assert [case for case in cases if parsed.holds({name: name in case for name in "abc"})] == true


# When it speaks.


async def test_a_remote_is_seen_by_monitors(client: Client, webhook: Webhook, simulator: Simulator, car: Car) -> None:
    attributes = [
        {"type": "Body", "key": "secret", "value": "sesame"},
        {"type": "Body", "key": "vin", "value": "$vin"},
        {"type": "Header", "key": "X-Monitor", "value": "$monitorID"},
    ]
    callback = await client.call("POST", "/user/callbacks", subscription(webhook.url, *attributes))
    callback_id = callback.json["callbackId"]
    own = [{"type": "Body", "key": "what", "value": "$monitorLabel"}]
    made = await make(client, car, callback_id, ANY | {"attributes": own, "extendedEventParam": ["vehicle.status"]})
    await client.send(car, callback_id, UNLOCK)
    await simulator.idle()
    position, message = next((i, one) for i, one in enumerate(webhook.messages) if one["type"] == "Monitor")
    assert message.keys() == {"callbackId", "type", "date", "attributes", "monitorEvent"}
    assert message["callbackId"] == callback_id
    assert {one["key"]: one["value"] for one in message["attributes"]} == {
        "secret": "sesame",
        "vin": car.vin,
        "what": "mine",
    }
    assert webhook.requests[position].headers["X-Monitor"] == made.id
    event = message["monitorEvent"]
    assert event.keys() == {"monitorId", "values", "extensions", "refresh"}
    assert (event["monitorId"], event["refresh"]) == (made.id, False)
    assert event["values"] == [{"data": LOCKED, "value": {"type": "string", "body": {"literalValue": "Unlocked"}}}]
    [extension] = event["extensions"]
    [item] = extension["body"]
    assert (extension["type"], item.keys()) == ("vehicle.status", {"status"})
    assert item["status"] == (await client.call("GET", f"/user/vehicles/{car.id}/status")).json
    assert item["status"]["doorsState"]["lockedStates"] == ["Unlocked"]


async def test_what_is_set_directly_is_not_seen_until_the_car_reports(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await make(client, car, callback_id, ANY)
    car.locked = False
    car.touch()
    await simulator.idle()
    assert webhook.seen == []
    simulator.report(car, "doorsState")
    await simulator.idle()
    assert len(webhook.seen) == 1


def set_values(**values: Any) -> Callable[[Car], None]:
    def change(car: Car) -> None:
        for name, value in values.items():
            setattr(car, name, value)

    return change


# For each operator what makes it true, and what does not.
OPERATORS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = [
    (watch(CHARGING), {"locked": False}, {"charging_status": "Finished"}, "Finished"),
    (
        watch(CHARGING, "equalsTo", "Failure"),
        {"charging_status": "Finished"},
        {"charging_status": "Failure"},
        "Failure",
    ),
    (watch(PLUGGED, "equalsTo", "false"), {"locked": False}, {"plugged": False}, "false"),
    (
        watch(CHARGING, "includedIn", "Failure", "Finished"),
        {"charging_status": "Disconnected"},
        {"charging_status": "Finished"},
        "Finished",
    ),
    (watch(LEVEL, "greaterThan", "80"), {"battery_level": 80.0}, {"battery_level": 80.5}, "80.5"),
    (watch(LEVEL, "lowerThan", "20.5"), {"battery_level": 20.5}, {"battery_level": 20.0}, "20.0"),
    (watch(LEVEL, "equalsTo", "50"), {"battery_level": 50.5}, {"battery_level": 50}, "50"),
    (watch("privacy.state", "equalsTo", "Full"), {"privacy": "Geolocation"}, {"privacy": "Full"}, "Full"),
    (watch("vehicle.kinetic.speed", "greaterThan", "50"), {"speed": 10.0}, {"speed": 50.1}, "50.1"),
    (watch("vehicle.doorsState.opening"), {"locked": False}, {"open_doors": {"Trunk", "Driver"}}, "Driver,Trunk"),
    (watch("vehicle.autonomy", "lowerThan", "100"), {"battery_level": 40.0}, {"battery_level": 20.0}, "64"),
    (watch("vehicle.drivingBehavior.mode", "includedIn", "Eco"), {"drive_mode": "Sport"}, {"drive_mode": "Eco"}, "Eco"),
]


@pytest.mark.parametrize(("trigger", "before", "after", "literal"), OPERATORS)
async def test_operators(
    client: Client,
    webhook: Webhook,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    trigger: Any,
    before: dict[str, Any],
    after: dict[str, Any],
    literal: str,
) -> None:
    await make(client, car, callback_id, monitor(trigger))
    simulator.report(car)
    set_values(**before)(car)
    simulator.report(car)
    await simulator.idle()
    assert webhook.seen == []
    set_values(**after)(car)
    simulator.report(car)
    simulator.report(car)
    await simulator.idle()
    [event] = webhook.seen
    [value] = event["values"]
    assert value == {
        "data": trigger["data"]["data"],
        "value": {"type": "string", "body": {"literalValue": literal}},
    }


async def test_every_change_is_an_event(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await make(client, car, callback_id, ANY)
    for act in (simulator.garage.unlock, simulator.garage.lock, simulator.garage.lock, simulator.garage.unlock):
        act(car)
    await simulator.idle()
    literals = [event["values"][0]["value"]["body"]["literalValue"] for event in webhook.seen]
    assert literals == ["Unlocked", "Locked", "Unlocked"]


async def test_a_condition_is_an_event_when_it_turns_true(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await make(client, car, callback_id, monitor(watch(PLUGGED, "equalsTo", "true")))
    simulator.report(car)
    await simulator.idle()
    assert webhook.seen == []
    for _ in range(2):
        simulator.garage.unplug(car)
        simulator.garage.plug_in(car)
        simulator.report(car)
    await simulator.idle()
    assert len(webhook.seen) == 2


async def test_an_expression_of_triggers(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    triggers = (watch(LOCKED), watch(PLUGGED, "equalsTo", "true", name="p"), watch(LEVEL, "lowerThan", "20", name="l"))
    await make(client, car, callback_id, monitor(*triggers, expression="(a & !p) | (l & !p)"))
    simulator.garage.unlock(car)
    car.battery_level = 15.0
    simulator.report(car)
    await simulator.idle()
    assert webhook.seen == []
    simulator.garage.unplug(car)
    await simulator.idle()
    assert [[value["data"] for value in event["values"]] for event in webhook.seen] == [[LEVEL]]
    car.battery_level = 50.0
    simulator.report(car)
    simulator.garage.lock(car)
    await simulator.idle()
    assert [value["data"] for value in webhook.seen[-1]["values"]] == [LOCKED]
    assert len(webhook.seen) == 2


async def test_what_it_was_before_can_matter(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    previous = {"op": "equalsTo", "value": ["Stopped"]}
    await make(client, car, callback_id, monitor(watch(CHARGING, "equalsTo", "InProgress", previous=previous)))
    for status in ("Disconnected", "InProgress", "Stopped", "InProgress"):
        car.charging_status = status
        simulator.report(car)
    await simulator.idle()
    [event] = webhook.seen
    assert event["values"][0]["previous"] == "Stopped"


@pytest.mark.parametrize(("transition", "events"), [("In", ["near"]), ("Out", ["far"])])
async def test_zones(
    client: Client,
    webhook: Webhook,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    transition: str,
    events: list[str],
) -> None:
    near, far = (2.30, 48.86), (2.3845, 48.8584)
    car.position = far if transition == "In" else near
    made = await make(
        client, car, callback_id, monitor(zone(transition, 5), expression="z", extendedEventParam=["vehicle.position"])
    )
    simulator.report(car)
    car.privacy = "Geolocation"
    simulator.report(car)
    car.privacy = "None"
    simulator.report(car)
    await simulator.idle()
    assert webhook.seen == []
    car.position = near if transition == "In" else far
    simulator.report(car)
    await simulator.idle()
    [event] = webhook.seen
    assert (event["monitorId"], event["values"]) == (made.id, [])
    coordinates = event["extensions"][0]["body"][0]["position"]["geometry"]["coordinates"]
    assert tuple(coordinates[:2]) == {"near": near, "far": far}[events[0]]


async def test_a_zone_is_as_large_as_it_says(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await make(client, car, callback_id, monitor(zone("Out", 10), expression="z"))
    for latitude in (48.8584 + 9.9 / 111.2, 48.8584 + 10.1 / 111.2):
        assert webhook.seen == []
        car.position = (2.2945, latitude)
        simulator.report(car)
        await simulator.idle()
    assert len(webhook.seen) == 1


@pytest.mark.parametrize(
    ("entry", "now"),
    [
        ({"start": "PT0S", "duration": "PT24H"}, True),
        ({"start": "PT12H", "duration": "PT24H", "occurence": {"day": ["Mon", "Wed"]}}, False),
        ({"start": "PT22H", "duration": "PT10H"}, False),
        ({"start": "PT22H", "duration": "PT16H", "occurence": {"day": ["Mon"]}}, True),
        ({"recurrence": "None", "start": "2026-03-03T10:00:00Z"}, True),
        ({"recurrence": "None", "start": "2026-03-03T10:00:00Z", "duration": "PT1H"}, False),
        ({"recurrence": "None", "start": "2026-03-03T13:00:00Z"}, False),
    ],
)
async def test_times(
    client: Client,
    webhook: Webhook,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    freezer: Any,
    entry: Any,
    now: bool,
) -> None:
    freezer.move_to("2026-03-03T12:00:00Z")  # a Tuesday, 13:00 in Paris
    client.grant.access_tokens = dict.fromkeys(
        client.grant.access_tokens, (datetime.now(UTC) + timedelta(days=1)).timestamp()
    )
    await make(client, car, callback_id, monitor(time(entry), watch(LOCKED), expression="a & t"))
    simulator.garage.unlock(car)
    await simulator.idle()
    assert len(webhook.seen) == now


async def test_alerts_are_told_as_objects(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await make(client, car, callback_id, monitor(watch("vehicle.alert"), extendedEventParam=["vehicle.alerts"]))
    low = simulator.garage.raise_alert(car, "FuelLevelLow", "Information")
    ice = simulator.garage.raise_alert(car, "RiskOfIce", "Warning")
    simulator.garage.clear_alert(car, low)
    await simulator.idle()
    told = [event["values"][0]["value"] for event in webhook.seen]
    assert {value["type"] for value in told} == {"obj.alert"}
    objects = [[(one["type"], one["active"]) for one in value["body"]["objectValues"]] for value in told]
    assert objects == [[("FuelLevelLow", True)], [("RiskOfIce", True)], [("FuelLevelLow", False)]]
    active = [[one["id"] for one in event["extensions"][0]["body"][0]["alerts"]] for event in webhook.seen]
    assert active == [[low.id], [low.id, ice.id], [ice.id]]


async def test_one_alert_can_be_watched(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await make(client, car, callback_id, monitor(watch("vehicle.alert", "equalsTo", "RiskOfIce")))
    simulator.garage.raise_alert(car, "FuelLevelLow", "Information")
    simulator.garage.raise_alert(car, "RiskOfIce", "Warning")
    await simulator.idle()
    [event] = webhook.seen
    assert [one["type"] for one in event["values"][0]["value"]["body"]["objectValues"]] == ["RiskOfIce"]


async def test_each_extension_carries_its_object(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.garage.raise_alert(car, "RiskOfIce", "Warning")
    simulator.garage.drive_off(car)
    simulator.garage.park(car)
    await make(client, car, callback_id, monitor(watch(LOCKED), extendedEventParam=list(EXTENSIONS)))
    simulator.garage.lock(car)
    await simulator.idle()
    [event] = webhook.seen
    bodies = {extension["type"]: extension["body"] for extension in event["extensions"]}
    assert {kind: [list(item) for item in body] for kind, body in bodies.items()} == {
        "vehicle.status": [["status"]],
        "vehicle.position": [["position"]],
        "vehicle.doorsState": [["doorState"]],
        "vehicle.maintenance": [["maintenance"]],
        "vehicle.alerts": [["alerts"]],
        "vehicle.alarm": [["alarm"]],
        "vehicle.trip": [["trip"]],
    }
    assert bodies["vehicle.maintenance"][0]["maintenance"]["daysBeforeMaintenance"] == 210
    assert bodies["vehicle.alarm"][0]["alarm"]["status"]["activation"] == "Active"
    assert bodies["vehicle.doorsState"][0]["doorState"]["lockedStates"] == ["Locked"]
    assert bodies["vehicle.trip"][0]["trip"]["done"] is True


async def test_a_car_extends_what_it_has(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str
) -> None:
    car = simulator.cars["hybrid"]
    car.privacy = "Full"
    await make(client, car, callback_id, monitor(watch(LOCKED), extendedEventParam=list(EXTENSIONS)))
    simulator.garage.unlock(car)
    await simulator.idle()
    kinds = [extension["type"] for extension in webhook.seen[0]["extensions"]]
    assert kinds == ["vehicle.status", "vehicle.doorsState", "vehicle.alerts"]


async def test_a_status_that_rides_along_keeps_to_the_scopes_of_the_monitor(
    browser: Browser, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    client = make_client(browser, "driver", "data:telemetry")
    await make(client, car, callback_id, ANY | {"extendedEventParam": ["vehicle.status"]})
    simulator.garage.unlock(car)
    await simulator.idle()
    status = webhook.seen[0]["extensions"][0]["body"][0]["status"]
    assert "doorsState" in status
    assert "lastPosition" not in status


async def test_a_monitor_watches_its_own_car(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await make(client, car, callback_id, ANY)
    simulator.garage.unlock(simulator.cars["hybrid"])
    await simulator.idle()
    assert webhook.seen == []


async def test_a_paused_monitor_is_silent_and_starts_afresh(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    made = await make(client, car, callback_id, ANY)
    path = f"{path_of(car, callback_id)}/{made.id}/status"
    await client.call("PUT", path, {"status": "Paused"})
    simulator.garage.unlock(car)
    await client.call("PUT", path, {"status": "Running"})
    simulator.report(car)
    await simulator.idle()
    assert webhook.seen == []
    simulator.garage.lock(car)
    await simulator.idle()
    assert len(webhook.seen) == 1


async def test_a_replaced_monitor_watches_something_else(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    made = await make(client, car, callback_id, ANY)
    await client.call("PUT", f"{path_of(car, callback_id)}/{made.id}", monitor(watch(PLUGGED)))
    simulator.garage.unlock(car)
    simulator.garage.unplug(car)
    await simulator.idle()
    assert [event["values"][0]["data"] for event in webhook.seen] == [PLUGGED]


# Reminders.

CHARGES = monitor(watch(CHARGING, "equalsTo", "InProgress"), subscribeParam={"refreshEvent": 60})


async def reminders(simulator: Simulator, count: int) -> None:
    def told() -> bool:
        events = (one["monitorEvent"] for delivery in simulator.deliveries for one in delivery.messages)
        return len([event for event in events if event["refresh"]]) >= count

    await simulator.journal.changed.until(told)


async def test_reminders_come_while_a_condition_holds(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.speed = 2000
    made = await make(client, car, callback_id, CHARGES)
    simulator.garage.start_charging(car)
    await reminders(simulator, 3)
    simulator.garage.unplug(car)
    assert made.reminder is None
    await simulator.idle()
    seen = len(webhook.seen)
    await simulator.clock.sleep(200)
    await simulator.idle()
    assert len(webhook.seen) == seen
    assert [event["refresh"] for event in webhook.seen][:4] == [False, True, True, True]
    assert {event["values"][0]["value"]["body"]["literalValue"] for event in webhook.seen} == {"InProgress"}
    first, second = (one.at for one in simulator.deliveries[1:3])
    assert second - first >= 20 / simulator.speed


async def test_what_holds_from_the_start_is_reminded_of(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    car.charging_status = "InProgress"
    await make(client, car, callback_id, CHARGES)
    await reminders(simulator, 1)
    assert webhook.seen
    assert all(event["refresh"] for event in webhook.seen)


@pytest.mark.parametrize("way", ["pause", "replace", "delete", "callback"])
async def test_reminders_end_with_their_monitor(
    client: Client, simulator: Simulator, callback_id: str, car: Car, way: str
) -> None:
    car.charging_status = "InProgress"
    made = await make(client, car, callback_id, CHARGES)
    path = f"{path_of(car, callback_id)}/{made.id}"
    assert made.reminder
    match way:
        case "pause":
            await client.call("PUT", f"{path}/status", {"status": "Paused"})
        case "replace":
            await client.call("PUT", path, ANY)
        case "delete":
            await client.call("DELETE", path)
        case _:
            await client.call("DELETE", f"/user/callbacks/{callback_id}")
    assert made.reminder is None


async def test_a_change_is_not_reminded_of(client: Client, simulator: Simulator, callback_id: str, car: Car) -> None:
    made = await make(client, car, callback_id, ANY | {"subscribeParam": {"refreshEvent": 60}})
    simulator.garage.unlock(car)
    assert made.reminder is None


async def test_without_time_there_are_no_reminders(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.speed = float("inf")
    await make(client, car, callback_id, CHARGES)
    simulator.garage.start_charging(car)
    await client.send(car, callback_id, UNLOCK)
    await simulator.idle()
    assert [event["refresh"] for event in webhook.seen] == [False]
    assert car.charging_status == "InProgress"


async def test_reminders_outlive_a_restart(
    client: Client, simulator: Simulator, webhook: Webhook, callback_id: str, car: Car
) -> None:
    car.charging_status = "InProgress"
    await make(client, car, callback_id, CHARGES)
    await simulator.stop()
    before = len(webhook.seen)
    await simulator.start()
    await reminders(simulator, before + 1)


# On the way to the callback.


async def test_a_paused_callback_is_told_nothing(
    client: Client, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await make(client, car, callback_id, ANY)
    await client.call("PUT", f"/user/callbacks/{callback_id}/status", {"status": "Paused"})
    simulator.garage.unlock(car)
    await simulator.idle()
    assert simulator.deliveries == []


async def test_what_was_not_taken_is_brought_again_in_a_batch(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await make(client, car, callback_id, ANY)
    webhook.statuses = [500]
    simulator.garage.unlock(car)
    simulator.garage.lock(car)
    await simulator.idle()
    assert [(one.batch, len(one.messages)) for one in simulator.deliveries] == [(False, 1), (True, 2)]


@pytest.mark.parametrize(
    ("fault", "remote", "seen"),
    [
        (MessageFault(kind="Monitor", lose=True), 4, 0),
        (MessageFault(kind="Monitor", double=True), 4, 2),
        (MessageFault(type="Monitor", status="mine", double=True), 4, 2),
        (MessageFault(kind="Remote", times=None, lose=True), 0, 1),
        (MessageFault(times=None, lose=True), 0, 0),
    ],
)
async def test_the_messages_of_monitors_can_be_spoilt(
    client: Client,
    webhook: Webhook,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    fault: MessageFault,
    remote: int,
    seen: int,
) -> None:
    await make(client, car, callback_id, ANY)
    simulator.faults.add(fault)
    await client.send(car, callback_id, UNLOCK)
    await simulator.idle()
    assert (len(webhook.events), len(webhook.seen)) == (remote, seen)


async def test_the_routes_of_monitors_can_fail(
    client: Client, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.faults.add(Fault(method="POST", path="*/monitors", status=500))
    assert (await post(client, car, callback_id, ANY)).status == 500
    assert simulator.callbacks[callback_id].monitors == {}
