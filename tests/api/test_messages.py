"""What the vendor posts to the callback."""

from datetime import UTC, datetime
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.stellantis.api.errors import MessageError
from custom_components.stellantis.api.messages import RemoteMessage, UnknownMessage, parse
from custom_components.stellantis.api.remotes import Progress

from .junk import JUNK, json_values, spoilt

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
    progress=Progress("Failed", done=True, failure_cause="DoorsOpen"),
)
UNKNOWN = UnknownMessage(attributes=PARSED.attributes)


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
        b'{"type": "\xff"}',
        b"7" * 5000,
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(MessageError, match="not JSON"):
        parse(body)


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


@pytest.mark.parametrize("junk", [*JUNK, "Monitor", "remote"])
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
    for message in parse(encode([MESSAGE | {"attributes": attributes}, {"attributes": attributes}])):
        assert message.attributes == expected


@given(st.binary(max_size=50) | st.text(max_size=50).map(str.encode) | json_values.map(encode))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    try:
        messages = parse(body)
    except MessageError:
        return
    content = json.loads(body)
    assert len(messages) == (len(content) if isinstance(content, list) else 1)


@given(st.lists(spoilt(MESSAGE).filter(lambda spoilt: isinstance(spoilt, dict)), max_size=3))
def test_any_message_is_read(batch: list[dict[str, Any]]) -> None:
    assert len(parse(encode(batch))) == len(batch)
