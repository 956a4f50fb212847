"""One request: how answers, and their absence, become errors."""

from asyncio import StreamReader, StreamWriter, start_server
import codecs
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
import logging
import socket
import ssl
import struct
from typing import Any

from aiohttp import ClientTimeout
import pytest

from custom_components.stellantis.api import http
from custom_components.stellantis.api.client import StellantisClient
from custom_components.stellantis.api.errors import (
    AccessPlanError,
    BadAnswerError,
    BadRequestError,
    CertificateRefusedError,
    ForbiddenError,
    HungUpError,
    NoAnswerError,
    NoDataError,
    RateLimitError,
    ServerNotTrustedError,
    StellantisError,
    TokenRefusedError,
    UnreachableError,
    VendorError,
)
from simulator import GATEWAY_REFUSAL, Car, Certificates, Fault, Simulator
from tests.helpers.driver import Driver, vehicle
from tests.helpers.webhook import subscription

NOT_REGISTERED = {"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": "Not registered to plan"}
TEXT = '{"email": "zoé@example.com"}'
NGINX = "<html><head><title>400 {0}</title></head><body><center>{0}</center><hr>nginx</body></html>"


def vendors(code: int, message: str) -> dict[str, Any]:
    """Make an error as the API words it."""
    return {"code": code, "uuid": "0", "message": message, "timestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(status=401, body=vendors(40101, "Invalid token")), TokenRefusedError),
        (Fault(status=401, body=GATEWAY_REFUSAL), TokenRefusedError),
        (Fault(status=401), TokenRefusedError),
        (Fault(status=401, body={"moreInformation": ["Not registered to plan"]}), TokenRefusedError),
        (Fault(status=401, body=NOT_REGISTERED), AccessPlanError),
        (Fault(status=403, body=NOT_REGISTERED), AccessPlanError),
        (Fault(status=401, body={"moreInformation": " not registered to plan "}), AccessPlanError),
        (Fault(status=400, body=NGINX.format("The SSL certificate error")), CertificateRefusedError),
        (Fault(status=400, body=NGINX.format("No required SSL certificate was sent")), CertificateRefusedError),
        (Fault(status=400, body=NGINX.format("The plain HTTP request was sent to HTTPS port")), BadRequestError),
        (Fault(status=495), CertificateRefusedError),
        (Fault(status=495, body=vendors(49500, "Certificate error")), CertificateRefusedError),
        (Fault(status=496, body="<html>Certificate required</html>"), CertificateRefusedError),
        # These are about the certificates of the vendor's own servers.
        (Fault(status=525), VendorError),
        (Fault(status=526), VendorError),
        (Fault(status=408), VendorError),
        (Fault(status=421), VendorError),
        (Fault(status=425), VendorError),
        (Fault(status=499), VendorError),
        (Fault(status=403, body=vendors(40300, "Not the user's")), ForbiddenError),
        (Fault(status=404, body=vendors(40400, "Nothing found")), NoDataError),
        (Fault(status=404, body="<html>Not found</html>"), NoDataError),
        (Fault(status=429, body=vendors(42900, "Slow down")), RateLimitError),
        (Fault(status=400, body=vendors(40000, "Wrong body")), BadRequestError),
        (Fault(status=409), BadRequestError),
        (Fault(status=500, body=vendors(50000, "Sorry")), VendorError),
        (Fault(status=503, body="<html>Maintenance</html>"), VendorError),
        (Fault(status=304), BadAnswerError),
        (Fault(body="<html>Welcome</html>"), BadAnswerError),
        (Fault(body='{"email": "driver@ex'), BadAnswerError),
        (Fault(body=["driver@example.com"]), BadAnswerError),
        (Fault(body=7), BadAnswerError),
        (Fault(body="[" * 200_000), BadAnswerError),
        (Fault(body=b'{"email": "' + b"x" * http.MAX_ANSWER + b'"}'), BadAnswerError),
        (Fault(body='{"email": "\x00"}'), BadAnswerError),
        (Fault(body={}, headers={"Content-Encoding": "gzip"}), BadAnswerError),
        (Fault(drop=True), HungUpError),
    ],
)
async def test_answers(
    simulator: Simulator, client: StellantisClient, fault: Fault, expected: type[StellantisError]
) -> None:
    for _ in range(2):  # as a refused token is tried again
        simulator.faults.add(fault)
    with pytest.raises(StellantisError) as refusal:
        await client.user_email()
    assert type(refusal.value) is expected


async def test_an_account_without_a_plan(driver: Driver, client: StellantisClient) -> None:
    driver.account.registered_to_plan = False
    with pytest.raises(AccessPlanError):
        await client.user_email()
    assert driver.asked == ["GET /user"]


async def test_a_token_without_the_scope(simulator: Simulator, driver: Driver, car: Car) -> None:
    grant = simulator.grants.by_access_token(driver.token)
    assert grant
    grant.scopes = ("data:trip",)
    with pytest.raises(ForbiddenError):
        await driver.client().status(vehicle(car))


@pytest.mark.parametrize(("name", "expected"), [("second", ForbiddenError), ("hybrid", None)])
async def test_a_car_of_somebody_else(
    simulator: Simulator, client: StellantisClient, name: str, expected: type[StellantisError] | None
) -> None:
    other = simulator.cars[name]
    if expected is None:
        assert await client.status(vehicle(other))
        return
    with pytest.raises(expected):
        await client.status(vehicle(other))


async def test_a_car_that_the_vendor_does_not_know(client: StellantisClient, car: Car) -> None:
    with pytest.raises(NoDataError):
        await client.status(replace(vehicle(car), id="unknown"))


NOON = "Sat, 28 Nov 2026 12:00:00 GMT"
NOON_AS_UNIX_TIME = 1795867200


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7", "X-RateLimit-Reset": "9"}, 7),
        ({"Retry-After": "7"}, 7),
        ({"X-RateLimit-Reset": "9"}, 9),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "86401"}, 86400),
        ({"Retry-After": "9" * 400}, 86400),
        ({"Retry-After": "9" * 5000}, 86400),
        ({"Retry-After": "7.5"}, 7.5),
        ({"Retry-After": " 7 "}, 7),
        ({"Retry-After": "-1"}, 60),
        ({"Retry-After": "-1", "X-RateLimit-Reset": "9"}, 9),
        ({"Retry-After": "soon"}, 60),
        ({"Retry-After": "7 s"}, 60),
        ({"Retry-After": "1e3"}, 60),
        ({"Retry-After": "inf"}, 60),
        ({"Retry-After": "nan"}, 60),
        ({"Retry-After": "٣"}, 60),
        ({"Retry-After": "²"}, 60),
        ({"Retry-After": ""}, 60),
        ({}, 60),
        # Dates, in the three forms of HTTP, and in the vendor's own.
        ({"Retry-After": "Sat, 28 Nov 2026 12:05:00 GMT"}, 300),
        ({"Retry-After": "Saturday, 28-Nov-26 12:05:00 GMT"}, 300),
        ({"Retry-After": "Sat Nov 28 12:05:00 2026"}, 300),
        ({"Retry-After": "2026-11-28T12:05:00Z"}, 300),
        ({"Retry-After": "2026-11-28T12:05:00.500"}, 300.5),
        ({"Retry-After": NOON}, 0),
        ({"Retry-After": "Sat, 28 Nov 2026 11:59:00 GMT"}, 60),
        ({"Retry-After": "Sat, 28 Nov 2026 11:59:00 GMT", "X-RateLimit-Reset": "9"}, 9),
        ({"Retry-After": "Sat, 28 Nov 2099 12:00:00 GMT"}, 86400),
        ({"Retry-After": "Sat, 28 Nov 99999 12:00:00 GMT"}, 60),
        ({"Retry-After": "Sat, 28 Nov 2026 12:05:00 +99999999999999"}, 60),
        ({"Retry-After": "Sat, 31 Nov 2026 12:05:00 GMT", "X-RateLimit-Reset": "9"}, 9),
        # Unix times, in seconds and in milliseconds.
        ({"X-RateLimit-Reset": str(NOON_AS_UNIX_TIME + 300)}, 300),
        ({"X-RateLimit-Reset": f"{NOON_AS_UNIX_TIME + 300}000"}, 300),
        ({"X-RateLimit-Reset": str(NOON_AS_UNIX_TIME - 300)}, 60),
        # Without a clock of the vendor's, ours counts.
        ({"Retry-After": "Sat, 28 Nov 2020 12:00:00 GMT", "Date": "today"}, 60),
        ({"Retry-After": "Sat, 28 Nov 2099 12:00:00 GMT", "Date": ""}, 86400),
    ],
)
async def test_how_long_to_wait_after_too_many_requests(
    simulator: Simulator, client: StellantisClient, headers: dict[str, str], seconds: float
) -> None:
    simulator.faults.add(Fault(status=429, headers={"Date": NOON, **headers}))
    with pytest.raises(RateLimitError) as refusal:
        await client.user_email()
    assert refusal.value.retry_after == seconds


@pytest.mark.parametrize(
    "body",
    [
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF8 * 2 + TEXT.encode(),
        b"\r\n" + codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("latin-1"),
    ],
    ids=["BOM", "two BOMs", "blanks and BOM", "UTF-16 LE", "UTF-16 BE", "UTF-32", "UTF-16 without BOM", "Latin-1"],
)
async def test_an_answer_is_read_however_it_is_encoded(
    simulator: Simulator, client: StellantisClient, body: bytes
) -> None:
    simulator.faults.add(Fault(body=body))
    assert await client.user_email() == "zoé@example.com"


async def test_an_error_with_a_byte_order_mark_is_read_too(simulator: Simulator, client: StellantisClient) -> None:
    simulator.faults.add(Fault(status=400, body=codecs.BOM_UTF8 + b'{"message": "Wrong body"}'))
    with pytest.raises(BadRequestError, match="Wrong body"):
        await client.user_email()


@pytest.mark.parametrize(
    "body", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF8 + b"\n"], ids=["UTF-8", "UTF-16", "UTF-8 and blank"]
)
async def test_a_byte_order_mark_alone_is_an_empty_answer(
    simulator: Simulator, client: StellantisClient, body: bytes
) -> None:
    simulator.faults.add(Fault(body=body))
    assert await client.user_email() is None


@pytest.mark.parametrize("body", [codecs.BOM_UTF16_LE + b"{", b"{\x00}", b"\xff\xfe\xff"])
async def test_bytes_that_are_no_text_are_a_bad_answer(
    simulator: Simulator, client: StellantisClient, body: bytes
) -> None:
    simulator.faults.add(Fault(body=body))
    with pytest.raises(BadAnswerError):
        await client.user_email()


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (400, vendors(40000, "Wrong body"), "Wrong body"),
        (400, {"error": "invalid_scope"}, "invalid_scope"),
        (
            400,
            {"error": "invalid_request", "error_description": "The redirect does not match"},
            "The redirect does not match",
        ),
        (400, {"moreInformation": "Not this plan", "message": "not this"}, "Not this plan"),
        (400, {"message": {"why": "so"}}, "HTTP 400"),
        (400, {"message": "VR3EXAMPLE1234567 of driver@example.com failed"}, "… of … failed"),
        (400, {"code": 40000}, "HTTP 400"),
        (409, "<html>Conflict</html>", "HTTP 409"),
        (422, None, "HTTP 422"),
    ],
)
async def test_the_vendors_own_words(
    simulator: Simulator, client: StellantisClient, status: int, body: Any, message: str
) -> None:
    simulator.faults.add(Fault(status=status, body=body))
    with pytest.raises(BadRequestError) as refusal:
        await client.user_email()
    assert (refusal.value.status, refusal.value.message) == (status, message)
    assert str(refusal.value) == message


@pytest.mark.parametrize("status", [200, 201, 202, 203, 204, 206, 299])
@pytest.mark.parametrize("body", [None, "", " \r\n"])
async def test_any_2xx_is_success_and_an_empty_body_is_fine(
    simulator: Simulator, client: StellantisClient, status: int, body: str | None
) -> None:
    simulator.faults.add(Fault(status=status, body=body))
    assert await client.user_email() is None
    simulator.faults.add(Fault(status=status, body=None if status == 204 else {"email": "me@example.com"}))
    assert await client.user_email() == (None if status == 204 else "me@example.com")


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(simulator: Simulator, driver: Driver, status: int) -> None:
    location = f"{simulator.api_url}/user?client_id={driver.app.client_id}"
    simulator.faults.add(Fault(status=status, headers={"Location": location}))
    with pytest.raises(BadAnswerError):
        await driver.client().user_email()
    assert driver.asked == ["GET /user"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("wrong", ["none", "foreign", "expired"])
async def test_the_api_refuses_the_certificate(
    driver: Driver, certificates: Certificates, version: ssl.TLSVersion, wrong: str
) -> None:
    context = ssl.create_default_context(cafile=certificates.ca)
    context.maximum_version = version
    if wrong == "foreign":
        context.load_cert_chain(certificates.foreign_certificate, certificates.foreign_key)
    if wrong == "expired":
        context.load_cert_chain(certificates.expired_certificate, certificates.client_key)
    with pytest.raises(CertificateRefusedError):
        await driver.client(context=context).user_email()
    assert driver.asked == []


@pytest.mark.parametrize("ca", ["foreign", "system"])
async def test_the_ca_does_not_vouch_for_the_server(driver: Driver, certificates: Certificates, ca: str) -> None:
    context = ssl.create_default_context(cafile=certificates.foreign_ca if ca == "foreign" else None)
    context.load_cert_chain(certificates.client_certificate, certificates.client_key)
    with pytest.raises(ServerNotTrustedError):
        await driver.client(context=context).user_email()
    assert driver.asked == []


async def test_nobody_listens(driver: Driver, unused_tcp_port: int) -> None:
    with pytest.raises(UnreachableError) as refusal:
        await driver.client(api_url=f"https://127.0.0.1:{unused_tcp_port}").user_email()
    assert type(refusal.value) is UnreachableError


@pytest.mark.parametrize("api_url", ["https://", "nonsense", "ftp://127.0.0.1/"])
async def test_an_address_that_leads_nowhere(driver: Driver, api_url: str) -> None:
    with pytest.raises(UnreachableError):
        await driver.client(api_url=api_url).user_email()


type Talk = Callable[[StreamReader, StreamWriter], Awaitable[None]]


async def listen(reader: StreamReader, writer: StreamWriter) -> None:
    """Say nothing."""
    await reader.read()
    writer.close()


async def reset(_: StreamReader, writer: StreamWriter) -> None:
    """Hang up the hard way, as a firewall does."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def close(reader: StreamReader, writer: StreamWriter) -> None:
    """Hang up without a word."""
    await reader.read(1)
    writer.close()


def say(answer: bytes) -> Talk:
    """Say something and hang up."""

    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(2**16)
        writer.write(answer)
        writer.write_eof()
        await reader.read()
        writer.close()

    return talk


async def say_without_end(reader: StreamReader, writer: StreamWriter) -> None:
    """Go on with an answer until nobody listens any more."""
    await reader.read(2**16)
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    with suppress(ConnectionError):
        while True:
            writer.write(b" " * 2**16)
            await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("scheme", "talk", "expected"),
    [
        # In the middle of the TLS handshake.
        ("https", reset, HungUpError),
        ("https", close, HungUpError),
        ("https", say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), BadAnswerError),
        # After the request, as if TLS was there.
        ("http", reset, HungUpError),
        ("http", close, HungUpError),
        ("http", say(b""), HungUpError),
        ("http", say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), BadAnswerError),
        ("http", say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz"), BadAnswerError),
        ("http", say(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n"), BadAnswerError),
        ("http", say(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xff"), BadAnswerError),
        ("http", say(b"HTTP/1.1 500 Sorry\r\nContent-Length: 1\r\n\r\n\xff"), VendorError),
        ("http", say(b"SSH-2.0-OpenSSH_10.0\r\n"), BadAnswerError),
        ("http", say_without_end, BadAnswerError),
    ],
)
async def test_a_server_that_does_not_speak_as_it_should(
    driver: Driver, scheme: str, talk: Talk, expected: type[StellantisError]
) -> None:
    async with await start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(StellantisError) as refusal:
            await driver.client(api_url=f"{scheme}://127.0.0.1:{port}").user_email()
    assert type(refusal.value) is expected


@pytest.mark.parametrize(
    ("scheme", "patience", "expected"),
    [
        # In the middle of the TLS handshake, and after the request.
        ("https", ClientTimeout(sock_connect=0.1), UnreachableError),
        ("http", ClientTimeout(total=0.1), NoAnswerError),
        ("http", ClientTimeout(sock_read=0.1), NoAnswerError),
    ],
)
async def test_no_answer_in_time(
    driver: Driver,
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    patience: ClientTimeout,
    expected: type[StellantisError],
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", patience)
    async with await start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(UnreachableError) as refusal:
            await driver.client(api_url=f"{scheme}://127.0.0.1:{port}").user_email()
    assert type(refusal.value) is expected


async def test_the_log_tells_no_secrets(
    simulator: Simulator, driver: Driver, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = driver.client()
    await client.user_email()
    await client.vehicles()
    await client.status(vehicle(car))
    await client.create_callback(subscription("https://home.example.com/api/webhook/secret"))
    simulator.faults.add(Fault(status=400, body=vendors(40000, f"{car.vin} of {driver.account.email}")))
    with pytest.raises(BadRequestError):
        await client.user_email()
    ours = [one for one in caplog.records if one.name.startswith("custom_components.stellantis")]
    assert len(ours) == 5
    said = "\n".join(one.getMessage() for one in ours)
    for secret in (driver.token, driver.app.client_id, driver.account.email, car.vin, car.id, "secret", "48.8"):
        assert secret not in said
