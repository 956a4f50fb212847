"""TLS in front of a plain server.

Like a real server, it sends a TLS alert to a client that it refuses. asyncio closes the connection without sending it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
import socket
import ssl
from urllib.parse import urlsplit

from .background import Tasks, in_thread
from .certificates import Certificates

type Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

_LOOPBACK = "127.0.0.1"
_CHUNK = 2**16

# How many seconds to wait for a client to close its side once our side is closed.
_LINGER = 5.0


class _Client:
    """The connection of a client: encrypts what we write, decrypts what the client sends."""

    def __init__(self, context: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._ended = False
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    async def shake_hands(self) -> None:
        """Do the TLS handshake. If it fails, send the client an alert and raise ssl.SSLError."""
        await self._run(self._tls.do_handshake)

    async def read(self) -> bytes:
        """Read some bytes; b"" at the end of the stream."""
        try:
            return await self._run(lambda: self._tls.read(_CHUNK))
        except ssl.SSLEOFError, ssl.SSLZeroReturnError:
            return b""

    async def write(self, data: bytes) -> None:
        """Write all bytes."""
        view = memoryview(data)
        while view:
            view = view[self._tls.write(view) :]
        await self._flush()

    async def write_eof(self) -> None:
        """Send the end of the stream: TLS close_notify, then EOF."""
        with suppress(ssl.SSLError):
            self._tls.unwrap()
        await self._flush()
        self._end()

    async def hang_up(self) -> None:
        """Close our side, then wait for the client: closing both at once can discard data that it has not read."""
        self._end()
        async with asyncio.timeout(_LINGER):
            while await self._reader.read(_CHUNK):
                pass

    async def _run[T](self, operation: Callable[[], T]) -> T:
        while True:
            try:
                return operation()
            except ssl.SSLWantReadError:
                pass
            finally:
                await self._flush()
            if data := await self._reader.read(_CHUNK):
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    def _end(self) -> None:
        self._ended = True
        self._writer.write_eof()

    async def _flush(self) -> None:
        data = self._outgoing.read()
        if data and not self._ended:
            self._writer.write(data)
            await self._writer.drain()


class Terminator:
    """A TLS server on the loopback interface that forwards to a plain server. `connect` opens a connection to that."""

    def __init__(self, context: ssl.SSLContext, connect: Connect) -> None:
        self._context = context
        self._connect = connect
        self._listener: socket.socket | None = None
        self._connections = Tasks()

    def start(self, port: int) -> int:
        """Listen on a port, on a free one if `port` is 0. Return the port. Raise OSError if it is taken."""
        self._listener = socket.create_server((_LOOPBACK, port))
        self._listener.setblocking(False)
        asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)
        bound: int = self._listener.getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        if self._listener:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
        await self._connections.stop()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            # asyncio sets TCP_NODELAY only on sockets that it has created. Without it, answers arrive 40 ms late.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.start(self._serve(connection))

    async def _serve(self, connection: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=connection)
        client = _Client(self._context, reader, writer)
        with suppress(OSError):
            async with _aborted(writer):
                try:
                    await client.shake_hands()
                except ssl.SSLError:
                    await client.hang_up()
                else:
                    await self._relay(client)

    async def _relay(self, client: _Client) -> None:
        reader, writer = await self._connect()
        async with _aborted(writer):
            upload = asyncio.get_running_loop().create_task(_upload(client, writer))
            try:
                while data := await reader.read(_CHUNK):
                    await client.write(data)
                await client.write_eof()
                async with asyncio.timeout(_LINGER):
                    await upload
            finally:
                upload.cancel()
                await asyncio.gather(upload, return_exceptions=True)


async def _upload(client: _Client, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await client.read():
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.transport.abort()


@asynccontextmanager
async def _aborted(writer: asyncio.StreamWriter) -> AsyncGenerator[None]:
    """Abort the connection at the end of the block."""
    try:
        yield
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


class Front:
    """Puts TLS with the simulator's certificate in front of a plain HTTP server, because a webhook must be https.

    `host` is the host in `url`. The certificate is valid for localhost and 127.0.0.1.
    """

    def __init__(
        self,
        certificates: Certificates,
        upstream: str = "http://127.0.0.1:8123",
        host: str = "localhost",
        port: int = 0,
    ) -> None:
        self._certificates = certificates
        self._upstream = urlsplit(upstream)
        self._host = host
        self._port = port
        self._terminator: Terminator | None = None

    @property
    def url(self) -> str:
        """The address to use as a webhook: `https://localhost:PORT`."""
        return f"https://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen."""
        context = await in_thread(self._certificates.server_context)
        connect = partial(asyncio.open_connection, self._upstream.hostname, self._upstream.port or 80)
        self._terminator = Terminator(context, connect)
        self._port = self._terminator.start(self._port)

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        if self._terminator:
            await self._terminator.stop()
            self._terminator = None
