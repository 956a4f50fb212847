"""Bodies that somebody sends who knows the address and not the secret: they are answered, and cost next to nothing.

What they cost is measured in time of the processor and in memory, against the parsing of the same body in this process.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
import gzip
from http import HTTPStatus
from itertools import product
import json
from time import thread_time
import tracemalloc
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
import pytest

from custom_components.stellantis.account.receiver import Receiver
from custom_components.stellantis.api.messages import MAX_BODY
from simulator import Car

from .helpers.harness import Harness
from .helpers.logs import complaints
from .helpers.messages import encode, message

pytestmark = pytest.mark.usefixtures("polled")

MANY: Final = 20
TOO_LARGE: Final = 10 * 1024 * 1024


def fill(first: bytes, part: bytes, last: bytes) -> bytes:
    """Make a body that is as large as a message may be."""
    return first + part * ((MAX_BODY - len(first) - len(last)) // len(part)) + last


LONG: Final = b"x" * 43
"""As long as the secret is."""
HOSTILE: Final[Mapping[str, bytes]] = {
    "deep": fill(b"", b"[", b""),
    "deep objects": fill(b"", b'{"a":', b""),
    "wide object": b"{" + b",".join(b'"k%d":0' % number for number in range(170_000)) + b"}",
    "wide list": fill(b"[", b"0,", b"0]"),
    "empty objects": fill(b"[", b"{},", b"0]"),
    "empty texts": fill(b"[", b'"",', b"0]"),
    "escapes": fill(b'"', b'\\"', b'"'),
    "texts like a secret": fill(b"[", b'"%b",' % LONG, b"0]"),
    "texts almost like a secret": fill(b"[", b'"%b",' % LONG[:-1], b"0]"),
    "attributes like the secret's": fill(b"[", b'{"key":"secret","value":"%b"},' % LONG, b"0]"),
    "keys like the secret's": fill(b"[", b'"secret",', b"0]"),
    "keys like the secret's among quotes": fill(b"", b'"secret"' + b'"' * 1000, b""),
    "many kinds of letters": fill('["\U0001f697",'.encode(), b"{},", b"0]"),
    "no UTF-8": fill(b'["\xff', b"a" * 100, b'"]'),
    "no numbers": fill(b"[", b"NaN,", b"0]"),
    "no end": fill(b"", b'"' + LONG, b""),
    "nothing but quotes": fill(b"", b'"', b""),
    "nothing but nulls": fill(b"", b"\0", b""),
    "UTF-16": fill(b"", "[0],".encode("utf-16-le"), b""),
}
MISLEADING: Final = 43 - len(":")
"""Blanks between the texts of a pair that look like a text themselves, as long as the secret."""
DEEP: Final = HOSTILE["deep"]
DEAREST: Final = HOSTILE["wide object"]


def cost(work: Callable[[], object]) -> float:
    """Return the seconds of the processor that something takes, at best."""

    def once() -> float:
        started = thread_time()
        with suppress(ValueError, RecursionError):
            work()
        return thread_time() - started

    return min(once() for _ in range(3))


async def cost_of(receiver: Receiver, body: bytes, times: int = 1) -> float:
    """Return the seconds of the processor that it takes to take in a body so many times, at best."""
    found: list[float] = []
    for _ in range(3):
        started = thread_time()
        for _ in range(times):
            await receiver.async_take_in(body)
        found.append(thread_time() - started)
    return min(found)


async def post(harness: Harness, entry: ConfigEntry[Any], body: bytes, **headers: str) -> int:
    async with harness.browser.post(f"/api/webhook/{entry.data['webhook_id']}", data=body, headers=headers) as answer:
        return answer.status


async def test_a_body_costs_a_stranger_more_than_us(harness: Harness, subtests: pytest.Subtests) -> None:
    """No more than parsing it once, and where a parser gives up early, than parsing as many brackets."""
    entry = await harness.add_account()
    receiver = entry.runtime_data.receiver
    brackets = cost(partial(json.loads, DEEP))
    for name, body in HOSTILE.items():
        with subtests.test(name):
            parsed = cost(partial(json.loads, body))
            assert await cost_of(receiver, body) < max(parsed, brackets)
    assert set(receiver.received) == {"without_secret"}


async def test_what_is_dear_to_parse_is_not_parsed(harness: Harness, subtests: pytest.Subtests) -> None:
    """Many of them cost what a few would if they were parsed."""
    entry = await harness.add_account()
    receiver = entry.runtime_data.receiver
    for name in ("wide object", "wide list", "empty objects", "no numbers"):
        with subtests.test(name):
            body = HOSTILE[name]
            parsed = cost(partial(json.loads, body))
            assert await cost_of(receiver, body, MANY) < MANY * 2 / 3 * parsed


async def test_a_body_without_the_secret_takes_little_memory(harness: Harness, subtests: pytest.Subtests) -> None:
    entry = await harness.add_account()
    for name, body in HOSTILE.items():
        with subtests.test(name):
            tracemalloc.start()
            try:
                await entry.runtime_data.receiver.async_take_in(body)
                _, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert most < len(body) * 6


async def test_many_at_once_hinder_no_message(harness: Harness, car: Car, caplog: pytest.LogCaptureFixture) -> None:
    entry = await harness.add_account()
    before = harness.reads(car)
    caplog.clear()
    bodies = [*HOSTILE.values(), encode(**message(entry, car)), *HOSTILE.values()]
    answers = await asyncio.gather(*(post(harness, entry, body) for body in bodies))
    assert set(answers) == {HTTPStatus.OK}
    await harness.settle()
    assert harness.reads(car) == before + 1
    assert entry.runtime_data.receiver.received["remote"] == 1
    assert complaints(caplog) == []


async def test_deep_nesting_with_the_secret_is_no_message(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    entry = await harness.add_account()
    receiver = entry.runtime_data.receiver
    dearest = cost(partial(json.loads, DEAREST))
    caplog.clear()
    for depth in (500, 2_000, 20_000, 100_000):
        for first, last in ((b"[", b"]"), (b'{"a":', b"}"), (b"[", b"")):
            with subtests.test(f"{depth} {first.decode()}{last.decode()}"):
                deep = first * depth + b"0" + last * depth
                body = encode(**message(entry, car, monitorEvent="DEEP", type="Monitor")).replace(b'"DEEP"', deep)
                assert await post(harness, entry, body) == HTTPStatus.OK
                assert await cost_of(receiver, body) < dearest
    assert receiver.received["failed"] == 0
    assert complaints(caplog) == []


async def test_a_body_of_ten_megabytes_is_not_read_to_its_end(harness: Harness) -> None:
    """Whoever waits for the answer before sending the rest gets it."""
    entry = await harness.add_account()
    reader, writer = await asyncio.open_connection("127.0.0.1", harness.browser.server.port)
    path = f"/api/webhook/{entry.data['webhook_id']}"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: home\r\nContent-Length: {TOO_LARGE}\r\n\r\n".encode())
    writer.write(b"[" * (MAX_BODY + 64 * 1024))
    assert (await reader.readline()).split()[1] == b"200"
    writer.close()
    assert entry.runtime_data.receiver.received == {"without_secret": 1}


async def test_a_body_that_grows_when_it_is_unpacked_is_not_unpacked_to_its_end(harness: Harness) -> None:
    """A hundred megabytes that come as a hundred kilobytes take the memory of one message."""
    entry = await harness.add_account()
    packed = gzip.compress(b"[" * 100 * 1024 * 1024)
    assert len(packed) < 200_000
    tracemalloc.start()
    try:
        assert await post(harness, entry, packed, **{"Content-Encoding": "gzip"}) == HTTPStatus.OK
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5 * MAX_BODY


async def test_the_secret_is_found_however_a_message_is_written(
    harness: Harness, car: Car, subtests: pytest.Subtests
) -> None:
    entry = await harness.add_account()
    received = entry.runtime_data.receiver.received
    for encoding, blanks in product(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"), (0, 1, MISLEADING)):
        with subtests.test(f"{encoding}, {blanks} blanks"):
            received.clear()
            body = json.dumps(message(entry, car), separators=(",", ":" + " " * blanks)).encode(encoding)
            assert await post(harness, entry, body) == HTTPStatus.OK
            assert received == {"remote": 1}
