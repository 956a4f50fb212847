"""Who is let in, who is told why not, and that nothing is lost on the way."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
import socket
import ssl
import struct
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
import pytest

from simulator import Certificates, Front, Simulator
from tests.helpers.browser import Browser, Client

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]

# Alerts of TLS 1.2 and 1.3 by what is wrong with the client's certificate.
ALERTS = {
    "missing": {"SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV13_ALERT_CERTIFICATE_REQUIRED"},
    "foreign": {"TLSV1_ALERT_UNKNOWN_CA"},
    "expired": {"SSLV3_ALERT_CERTIFICATE_EXPIRED"},
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("wrong", ALERTS)
async def test_the_handshake_is_refused_with_an_alert(
    client: Client, certificates: Certificates, version: ssl.TLSVersion, wrong: str
) -> None:
    context = ssl.create_default_context(cafile=certificates.ca)
    context.maximum_version = version
    if wrong == "foreign":
        context.load_cert_chain(certificates.foreign_certificate, certificates.foreign_key)
    if wrong == "expired":
        context.load_cert_chain(certificates.expired_certificate, certificates.client_key)
    with pytest.raises(aiohttp.ClientOSError) as refusal:
        await client.call("GET", "/user", ssl=context)
    cause = refusal.value.__cause__
    assert isinstance(cause, ssl.SSLError)
    assert cause.reason in ALERTS[wrong]
    assert client.browser.simulator.requests == []


async def test_the_identity_provider_wants_no_certificate(browser: Browser, certificates: Certificates) -> None:
    context = ssl.create_default_context(cafile=certificates.ca)
    answer = await browser.request("GET", f"{browser.simulator.oauth_url}/authorize", ssl=context)
    assert answer.status == 400


@pytest.mark.parametrize("base", ["api_url", "oauth_url"])
async def test_another_ca_does_not_vouch_for_the_servers(
    browser: Browser, certificates: Certificates, base: str
) -> None:
    context = ssl.create_default_context(cafile=certificates.foreign_ca)
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await browser.request("GET", getattr(browser.simulator, base), ssl=context)


async def test_who_does_not_speak_tls_is_hung_up_on(simulator: Simulator) -> None:
    port = urlsplit(simulator.api_url).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert not answer.startswith(b"HTTP")
    assert simulator.requests == []


async def test_stopping_hangs_up_on_who_is_connected(certificates: Certificates) -> None:
    simulator = Simulator(certificates.ca.parent)
    await simulator.start()
    port = urlsplit(simulator.api_url).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await simulator.stop()
    assert await reader.read() == b""
    writer.close()


async def test_a_taken_port_is_an_error(simulator: Simulator, certificates: Certificates) -> None:
    port = urlsplit(simulator.oauth_url).port
    assert port
    with pytest.raises(OSError, match="already in use"):
        await Simulator(certificates.ca.parent, oauth_port=port).start()


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


@pytest.fixture
async def front(certificates: Certificates) -> AsyncGenerator[Front]:
    application = web.Application(client_max_size=2**24)
    application.router.add_post("/", echo)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    front = Front(certificates, f"http://127.0.0.1:{runner.addresses[0][1]}", host="127.0.0.1")
    await front.start()
    yield front
    await front.stop()
    await runner.cleanup()


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_front_passes_large_bodies_over_one_connection(
    front: Front, certificates: Certificates, version: ssl.TLSVersion
) -> None:
    context = ssl.create_default_context(cafile=certificates.ca)
    context.maximum_version = version
    connections = []
    trace = aiohttp.TraceConfig()

    async def count(*_: object) -> None:
        connections.append(1)

    trace.on_connection_create_end.append(count)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        for size in (0, 1, 5_000_000):
            body = bytes(size)
            async with session.post(front.url, data=body, ssl=context) as response:
                assert await response.read() == body
    assert len(connections) == 1


class HalfCloser:
    """A client that can say goodbye and still listen, which asyncio's own cannot."""

    def __init__(self, context: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    async def run[T](self, operation: Callable[[], T]) -> T:
        while True:
            try:
                return operation()
            except ssl.SSLWantReadError:
                self.flush()
                self.incoming.write(await self.reader.read(2**16))

    def flush(self) -> None:
        if data := self.outgoing.read():
            self.writer.write(data)

    async def ask(self, question: bytes) -> bytes:
        await self.run(self.tls.do_handshake)
        self.tls.write(question)
        with suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        self.flush()
        self.writer.write_eof()
        answer = b""
        with suppress(ssl.SSLZeroReturnError):
            while True:
                answer += await self.run(lambda: self.tls.read(2**16))
        self.writer.close()
        return answer


async def test_the_front_lets_clients_listen_after_their_goodbye(certificates: Certificates) -> None:
    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read() * 1_000_000)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer_at_the_end, "127.0.0.1", 0)
    front = Front(certificates, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await front.start()
    streams = await asyncio.open_connection("127.0.0.1", urlsplit(front.url).port)
    client = HalfCloser(ssl.create_default_context(cafile=certificates.ca), *streams)
    assert await client.ask(b"abc") == b"abc" * 1_000_000
    await front.stop()
    server.close()
    await server.wait_closed()


async def test_the_front_survives_clients_that_reset(front: Front, certificates: Certificates) -> None:
    context = ssl.create_default_context(cafile=certificates.ca)
    _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(front.url).port, ssl=context)
    writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
    plain = writer.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    async with aiohttp.ClientSession() as session, session.post(front.url, data=b"next", ssl=context) as response:
        assert await response.read() == b"next"


async def test_the_front_hangs_up_when_nobody_is_behind_it(certificates: Certificates) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        front = Front(certificates, f"http://127.0.0.1:{unused.getsockname()[1]}", host="127.0.0.1")
        await front.start()
        context = ssl.create_default_context(cafile=certificates.ca)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectionError):
                await session.get(front.url, ssl=context)
        await front.stop()
