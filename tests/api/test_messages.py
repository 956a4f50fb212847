"""What the vendor posts to the callback."""

from datetime import UTC, datetime
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.stellantis.api import messages as api_messages
from custom_components.stellantis.api.errors import MessageError
from custom_components.stellantis.api.messages import Message, MonitorMessage, RemoteMessage, UnknownMessage
from custom_components.stellantis.api.remotes import Progress
from custom_components.stellantis.api.status import (
    Alarm,
    Alert,
    Alerts,
    Battery,
    Charging,
    Doors,
    EmergencyCall,
    Fuel,
    Kinetic,
    Maintenance,
    Odometer,
    Position,
    Status,
    StatusReader,
    Trip,
)
from tests.helpers.junk import JUNK, json_values, spoilt

STATUS = {"type": "Done", "status": "Failed", "failureCause": "DoorsOpen", "feedbackDetail": "none"}
EVENT = {"remoteActionId": "a-remote", "remoteType": "Doors", "eventStatus": STATUS}
MESSAGE = {
    "callbackId": "a-callback",
    "type": "Remote",
    "date": "2026-03-01T10:00:00.5Z",
    "attributes": [{"key": "secret", "value": "sesame"}, {"key": "vin", "value": "A-VIN"}],
    "remoteEvent": EVENT,
}
PARSED = RemoteMessage(
    attributes={"secret": "sesame", "vin": "A-VIN"},
    date=datetime(2026, 3, 1, 10, 0, 0, 500_000, UTC),
    remote_id="a-remote",
    remote_type="Doors",
    progress=Progress("Failed", done=True, failure_cause="DoorsOpen"),
)
UNKNOWN = UnknownMessage(attributes=PARSED.attributes)


def parse(body: bytes) -> list[Message]:
    """Read all messages of a body."""
    return [api_messages.parse(message) for message in api_messages.split(body)]


def encode(content: Any) -> bytes:
    return json.dumps(content).encode()


def numbered(count: int) -> list[dict[str, Any]]:
    return [MESSAGE | {"remoteEvent": EVENT | {"remoteActionId": str(number)}} for number in range(count)]


def test_a_single_message() -> None:
    assert parse(encode(MESSAGE)) == [PARSED]


def test_a_message_without_what_is_not_needed() -> None:
    [message] = parse(encode({"type": "Remote", "remoteEvent": {"remoteActionId": "1", "eventStatus": STATUS}}))
    assert message == RemoteMessage(attributes={}, date=None, remote_id="1", progress=PARSED.progress)


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_a_batch_keeps_its_order(count: int) -> None:
    messages = parse(encode(numbered(count)))
    ids = [message.remote_id for message in messages if isinstance(message, RemoteMessage)]
    assert ids == [str(number) for number in range(count)]


def test_a_batch_may_hold_what_is_not_understood() -> None:
    assert parse(encode([{"type": "News"}, MESSAGE, {}])) == [
        UnknownMessage(attributes={}),
        PARSED,
        UnknownMessage(attributes={}),
    ]


def test_more_than_the_vendor_sends_at_once_is_not_read() -> None:
    assert parse(encode(numbered(101))) == parse(encode(numbered(100)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"hello",
        b"<html></html>",
        b'{"type": "Remote"',
        b"{} {}",
        b"\xff\xfe\xfd",
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(MessageError, match="not JSON"):
        parse(body)


@pytest.mark.parametrize(
    "bad",
    [
        b'{"type": "\xff"}',
        b'{"type": "Citro\xebn"}',
        b"7" * 5000,
        b"-" + b"7" * 5000,
        b'{"date": ' + b"7" * 5000 + b"}",
        b"1e999",
        b"Infinity",
    ],
)
def test_what_a_computer_cannot_hold_costs_that_message_only(bad: bytes) -> None:
    """Bytes that are no text, and numbers without an end."""
    nothing = UnknownMessage(attributes={})
    assert parse(b"[" + bad + b"," + encode(MESSAGE) + b"," + bad + b"]") == [nothing, PARSED, nothing]
    assert parse(encode([MESSAGE])[:-1] + b"," + bad + b"]") == [PARSED, nothing]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_any_encoding_of_json_is_read(encoding: str) -> None:
    message = MESSAGE | {"attributes": [{"key": "vin", "value": "Citroën"}]}
    [read] = parse(json.dumps(message, ensure_ascii=False).encode(encoding))
    assert read.attributes == {"vin": "Citroën"}


@pytest.mark.parametrize("bad", ["\ud800", "nul\0", "x" * 1025])
def test_an_id_that_cannot_be_kept_is_none(bad: str) -> None:
    assert parse(encode(MESSAGE | {"remoteEvent": EVENT | {"remoteActionId": bad}})) == [UNKNOWN]
    assert parse(encode(monitor(monitorId=bad))) == [UNKNOWN]
    [read] = parse(encode(MESSAGE | {"remoteEvent": EVENT | {"remoteType": bad}}))
    assert isinstance(read, RemoteMessage)
    assert read.remote_type is None


@pytest.mark.parametrize("opening", [b"[", b'{"attributes":', b'[{"attributes":'])
@pytest.mark.parametrize("depth", [50_000, 1_000_000])
def test_what_is_nested_too_deep_is_refused(opening: bytes, depth: int) -> None:
    with pytest.raises(MessageError):
        parse(opening * depth)


def test_a_complete_document_that_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(MessageError):
        parse(b'{"attributes":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


@pytest.mark.parametrize("junk", [None, True, 7, "Remote", [MESSAGE]])
def test_what_is_no_message_does_not_cost_the_others(junk: Any) -> None:
    nothing = UnknownMessage(attributes={})
    assert parse(encode([junk])) == [nothing]
    assert parse(encode([junk, MESSAGE, junk])) == [nothing, PARSED, nothing]


@pytest.mark.parametrize("key", ["type", "remoteEvent"])
def test_a_message_without_a_part_that_is_needed_is_unknown(key: str) -> None:
    assert parse(encode({name: part for name, part in MESSAGE.items() if name != key})) == [UNKNOWN]


@pytest.mark.parametrize("key", ["remoteActionId", "eventStatus"])
def test_an_event_without_a_part_that_is_needed_is_unknown(key: str) -> None:
    event = {name: part for name, part in EVENT.items() if name != key}
    assert parse(encode(MESSAGE | {"remoteEvent": event})) == [UNKNOWN]


@pytest.mark.parametrize("junk", [*JUNK, "Monitor", "remote", ["Remote"]])
def test_a_message_of_another_type_is_unknown(junk: Any) -> None:
    assert parse(encode(MESSAGE | {"type": junk})) == [UNKNOWN]


@pytest.mark.parametrize("junk", JUNK)
def test_junk_in_the_place_of_a_part(junk: Any) -> None:
    assert parse(encode(MESSAGE | {"remoteEvent": junk})) == [UNKNOWN]
    assert parse(encode(MESSAGE | {"remoteEvent": EVENT | {"eventStatus": junk}})) == [UNKNOWN]
    if not isinstance(junk, str):
        assert parse(encode(MESSAGE | {"remoteEvent": EVENT | {"remoteActionId": junk}})) == [UNKNOWN]
    [message] = parse(encode(MESSAGE | {"date": junk}))
    assert isinstance(message, RemoteMessage)
    assert message.date is None


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}], {"a": "1", "b": "2"}),
        ([{"type": "Body", "key": "a", "value": "1"}], {"a": "1"}),
        ([], {}),
        ([{"key": "a"}, {"value": "1"}, {"key": 1, "value": "1"}, {"key": "a", "value": 1}], {}),
        ([{"key": ["a"], "value": "1"}, {"key": "b", "value": "2"}], {"b": "2"}),
        *[([junk], {}) for junk in JUNK],
        *[(junk, {}) for junk in JUNK],
    ],
)
def test_attributes(attributes: Any, expected: dict[str, str]) -> None:
    messages = parse(encode([MESSAGE | {"attributes": attributes}, {"attributes": attributes}]))
    assert [message.attributes for message in messages] == [expected, expected]


# What monitors push.

DATE = "2026-03-01T10:00:00Z"
LONG_AGO = "2026-02-01T10:00:00Z"
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
BEFORE = datetime(2026, 2, 1, 10, tzinfo=UTC)

PUSHED = {
    "createdAt": DATE,
    "updatedAt": DATE,
    "doorsState": {"createdAt": DATE, "lockedStates": ["Locked"]},
    "odometer": {"createdAt": DATE, "mileage": 1539},
    "energies": [
        {"createdAt": DATE, "type": "Fuel", "level": 42},
        {
            "createdAt": DATE,
            "type": "Electric",
            "level": 62,
            "extension": {"electric": {"charging": {"plugged": True}}},
        },
    ],
}
REPORTED = Status(
    battery=Battery(at=NOW, level=62),
    charging=Charging(at=NOW, plugged=True),
    doors=Doors(at=NOW, locked=True),
    odometer=Odometer(at=NOW, mileage=1539),
)


def monitor(*extensions: Any, values: Any = None, **more: Any) -> dict[str, Any]:
    event = {"monitorId": "a-monitor", "values": values or [], "extensions": list(extensions), "refresh": False, **more}
    return MESSAGE | {"type": "Monitor", "date": DATE, "monitorEvent": event}


def extension(kind: str, *items: Any) -> dict[str, Any]:
    return {"type": f"vehicle.{kind}", "body": list(items)}


def value(data: str, literal: Any) -> dict[str, Any]:
    return {"data": data, "value": {"type": "string", "body": {"literalValue": literal}}}


def received(message: Any) -> MonitorMessage:
    [parsed] = parse(encode(message))
    assert isinstance(parsed, MonitorMessage)
    return parsed


def status_of(message: MonitorMessage, motorization: str | None = None) -> Status:
    return message.read(StatusReader(motorization)).status


STATUS_EXTENSION = extension("status", {"status": PUSHED})
LOCKED = value("vehicle.doorsState.lockedState", "Unlocked")


def test_a_monitors_message() -> None:
    message = monitor(STATUS_EXTENSION)
    assert received(message) == MonitorMessage(
        attributes=PARSED.attributes, date=NOW, monitor_id="a-monitor", refresh=False, event=message["monitorEvent"]
    )
    assert "1539" not in repr(received(message))


@pytest.mark.parametrize(("reported", "refresh"), [(True, True), (False, False), (None, False), ("true", False)])
def test_a_reminder(reported: Any, refresh: bool) -> None:
    assert received(monitor(refresh=reported)).refresh is refresh


def test_a_batch_may_hold_both_kinds() -> None:
    kinds = [type(message) for message in parse(encode([monitor(), MESSAGE, monitor(monitorId=None)]))]
    assert kinds == [MonitorMessage, RemoteMessage, UnknownMessage]


@pytest.mark.parametrize("junk", [None, True, 7, "", " ", [], {}])
def test_a_monitors_message_without_a_part_that_is_needed_is_unknown(junk: Any) -> None:
    assert parse(encode(monitor(monitorId=junk))) == [UNKNOWN]
    assert parse(encode(monitor() | {"monitorEvent": junk})) == [UNKNOWN]


EXTENSIONS: list[tuple[str, str, Any, Status]] = [
    ("status", "status", PUSHED, REPORTED),
    (
        "position",
        "position",
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [2.5, 48.5, 12]},
            "properties": {"createdAt": LONG_AGO, "heading": 90},
        },
        Status(position=Position(at=BEFORE, latitude=48.5, longitude=2.5, heading=90)),
    ),
    *[
        (
            "doorsState",
            name,
            {"createdAt": LONG_AGO, "lockedStates": ["Locked"]},
            Status(doors=Doors(at=BEFORE, locked=True)),
        )
        for name in ("doorsState", "doorState")
    ],
    ("maintenance", "maintenance", {"daysBeforeMaintenance": 45}, Status(maintenance=Maintenance(at=NOW, days=45))),
    (
        "alerts",
        "alerts",
        [{"id": "1", "type": "FuelLevelLow", "active": True}, {"id": "2", "type": "LowBattery"}],
        Status(alerts=Alerts(at=NOW, active=(Alert(id="1", type="FuelLevelLow"), Alert(id="2", type="LowBattery")))),
    ),
    (
        "alerts",
        "alerts",
        {"id": "1", "type": "FuelLevelLow"},
        Status(alerts=Alerts(at=NOW, active=(Alert(id="1", type="FuelLevelLow"),))),
    ),
    ("alarm", "alarm", {"status": {"activation": "Active"}}, Status(alarm=Alarm(at=NOW, armed=True))),
    (
        "trip",
        "trip",
        {"id": "1", "stoppedAt": LONG_AGO, "done": True, "distance": 12.5},
        Status(trip=Trip(at=BEFORE, id="1", distance=12.5)),
    ),
]


@pytest.mark.parametrize(("kind", "name", "content", "expected"), EXTENSIONS)
def test_what_rides_along(kind: str, name: str, content: Any, expected: Status) -> None:
    bare = content if isinstance(content, list) else [content]
    for items in ([{name: content}], bare, [7, None, *bare, "junk"], [{name: content}, {name: content}]):
        assert status_of(received(monitor(extension(kind, *items))), "Electric") == expected
    for body in ({name: content}, content):
        assert status_of(received(monitor({"type": f"vehicle.{kind}", "body": body})), "Electric") == expected


@pytest.mark.parametrize("junk", [None, True, 7, "junk", {}, {"junk": {}}, [7], {"status": None}])
@pytest.mark.parametrize("kind", ["status", "position", "doorsState", "maintenance", "alarm", "trip"])
def test_what_rides_along_may_be_unreadable(kind: str, junk: Any) -> None:
    for body in (junk, [junk], [{kind: junk}]):
        message = received(monitor({"type": f"vehicle.{kind}", "body": body}, values=[LOCKED]))
        assert status_of(message) == Status(doors=Doors(at=NOW, locked=False))


def test_all_that_rides_along_counts() -> None:
    parts = [extension(kind, {name: content}) for kind, name, content, _ in EXTENSIONS if name != "doorState"]
    expected = Status()
    for kind, _, _, status in EXTENSIONS:
        if kind != "alerts":
            expected = expected.merge(status)
    for extensions in (parts, parts[::-1]):
        report = status_of(received(monitor(*extensions)), "Electric")
        assert report.merge(expected) == report
        assert expected.changed(report) == {"alerts"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], ()),
        ([{"alerts": []}], ()),
        ([{"alerts": [{"id": "1", "type": "FuelLevelLow", "active": False}]}], ()),
        ([{"alerts": None}], None),
        ([{"alerts": "junk"}], None),
        (["junk"], None),
        (None, None),
    ],
)
def test_alerts_that_are_over(body: Any, expected: Any) -> None:
    report = status_of(received(monitor({"type": "vehicle.alerts", "body": body})))
    assert report == Status(alerts=None if expected is None else Alerts(at=NOW, active=expected))


def test_the_motorization_tells_which_energies_are_there() -> None:
    message = received(monitor(STATUS_EXTENSION))
    assert status_of(message, "Electric") == REPORTED
    assert status_of(message, "Hybrid").fuel == Fuel(at=NOW, level=42)
    assert status_of(message, "Thermic").battery is None
    values = received(monitor(values=[value("vehicle.energy.electric.level", "62")]))
    assert status_of(values, "Electric").battery
    assert status_of(values, "Thermic") == Status()


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ([STATUS_EXTENSION], True),
        ([extension("status", PUSHED)], True),
        ([extension("position", {"position": {}}), STATUS_EXTENSION], True),
        ([extension("status", {"status": {}})], False),
        ([extension("status", {"status": {"createdAt": LONG_AGO, "_links": {}}})], False),
        ([extension("status", {"status": {"doorsState": "junk", "energies": {"junk": []}}})], False),
        ([extension("status", {"status": None})], False),
        ([extension("status", 7)], False),
        ([extension("status")], False),
        ([extension("telemetry", {"telemetry": PUSHED})], False),
        ([{"body": [PUSHED]}, 7, None], False),
        ([], False),
    ],
)
def test_whether_a_whole_status_rides_along(extensions: list[Any], expected: bool) -> None:
    message = received(monitor(*extensions))
    assert message.read(StatusReader(None)).whole is expected
    assert status_of(message, "Electric") == (REPORTED if expected else Status())


def test_values_count_if_no_status_rides_along() -> None:
    values = [LOCKED, value("vehicle.kinetic.moving", "true"), value("never.heard.of", "7")]
    told = Status(doors=Doors(at=NOW, locked=False), kinetic=Kinetic(at=NOW, moving=True))
    assert status_of(received(monitor(values=values))) == told
    assert status_of(received(monitor(STATUS_EXTENSION, values=values)), "Electric") == REPORTED
    position = extension("position", {"position": EXTENSIONS[1][2]})
    assert status_of(received(monitor(position, values=values))) == told.merge(EXTENSIONS[1][3])


def test_an_emergency_call_counts_if_the_status_has_none() -> None:
    """Not every car has it in its status."""
    values = [value("vehicle.safety.autoECallTriggering", "Detected"), LOCKED]
    told = Status(emergency_call=EmergencyCall(at=NOW, state="Detected"))
    assert status_of(received(monitor(STATUS_EXTENSION, values=values)), "Electric") == REPORTED.merge(told)
    safety = {"safety": {"createdAt": LONG_AGO, "autoECallTriggering": "NotDetected"}}
    pushed = extension("status", {"status": PUSHED | safety})
    said = Status(emergency_call=EmergencyCall(at=BEFORE, state="NotDetected"))
    assert status_of(received(monitor(pushed, values=values)), "Electric") == REPORTED.merge(said)


def test_a_value_without_any_date_is_from_now() -> None:
    before = datetime.now(UTC)
    doors = status_of(received(monitor(values=[LOCKED]) | {"date": "junk"})).doors
    assert doors
    assert before <= doors.at <= datetime.now(UTC)


@pytest.mark.parametrize("junk", JUNK)
def test_unreadable_values_cost_only_themselves(junk: Any) -> None:
    told = Status(doors=Doors(at=NOW, locked=False))
    for values in ([junk, LOCKED], [LOCKED | {"data": junk}, LOCKED], [value("vehicle.odometer", [junk]), LOCKED]):
        assert status_of(received(monitor(values=values))) == told
    assert status_of(received(monitor(values=junk))) == Status()
    assert status_of(received(monitor() | {"monitorEvent": {"monitorId": "1", "extensions": junk}})) == Status()


@given(st.binary(max_size=50) | st.text(max_size=50).map(str.encode) | json_values.map(encode))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    try:
        content = json.loads(body.decode(json.detect_encoding(body), errors="replace"))
    except ValueError:
        with pytest.raises(MessageError):
            parse(body)
        return
    assert len(parse(body)) == (len(content) if isinstance(content, list) else 1)


@given(st.lists(spoilt(MESSAGE).filter(lambda spoilt: isinstance(spoilt, dict)), max_size=3))
def test_any_message_is_read(batch: list[dict[str, Any]]) -> None:
    assert len(parse(encode(batch))) == len(batch)


PUSHES = monitor(
    *(extension(kind, {name: content}) for kind, name, content, _ in EXTENSIONS),
    values=[LOCKED, value("vehicle.energy.electric.level", "62.5")],
)


@given(spoilt(PUSHES))
def test_any_push_is_a_message(message: Any) -> None:
    assert len(parse(encode([message]))) == 1


@given(
    spoilt(PUSHES["monitorEvent"]["values"]),
    spoilt(PUSHES["monitorEvent"]["extensions"]),
    st.sampled_from([None, "Electric", "Thermic"]),
)
def test_any_push_is_read(values: Any, extensions: Any, motorization: str | None) -> None:
    event = PUSHES["monitorEvent"] | {"values": values, "extensions": extensions}
    message = received(PUSHES | {"monitorEvent": event})
    report = status_of(message, motorization)
    assert Status.restore(report.as_dict()) == report
    assert isinstance(message.read(StatusReader(None)).whole, bool)


def test_a_trip_that_rides_along_is_read_like_one_of_the_list() -> None:
    trip = {
        "id": "1",
        "stoppedAt": LONG_AGO,
        "done": True,
        "distance": 3.1,
        "energyConsumptions": [{"type": "Fuel", "consumption": 25.616, "avgConsumption": 826.32263}],
    }
    pushed = status_of(received(monitor(extension("trip", {"trip": trip}))), "Hybrid")
    assert pushed == Status.parse_trips([trip])
    assert pushed.trip
    assert pushed.trip.fuel == pytest.approx(0.25616)


def test_alerts_that_are_news_do_not_end_the_others() -> None:
    first, second = ({"id": name, "active": True, "type": "FuelLevelLow"} for name in ("1", "2"))
    value = {"type": "obj.alert", "body": {"objectValues": [second]}}
    message = {
        "type": "Monitor",
        "date": "2026-03-01T10:00:00Z",
        "monitorEvent": {
            "monitorId": "1",
            "values": [{"data": "vehicle.alert", "value": value}],
            "extensions": [{"type": "vehicle.alerts", "body": [{"alerts": [first, second]}]}],
        },
    }
    [parsed] = parse(json.dumps(message).encode())
    assert isinstance(parsed, MonitorMessage)
    alerts = status_of(parsed, "Electric").alerts
    assert alerts
    assert [alert.id for alert in alerts.active] == ["1", "2"]
