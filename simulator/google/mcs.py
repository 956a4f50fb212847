"""The connections of devices (Google's Mobile Connection Server), through which messages reach them."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
import time

from firebase_messaging.proto.mcs_pb2 import (
    Close,
    DataMessageStanza,
    HeartbeatAck,
    HeartbeatPing,
    IqStanza,
    LoginRequest,
    LoginResponse,
    SelectiveAck,
)

from simulator.base.background import Tasks
from simulator.base.clock import Signal

from .packets import VERSION, pack, read_packet
from .state import Device, Fault, Faults, Kept

# The extension of an IqStanza in which a client acknowledges messages.
_SELECTIVE_ACK = 12


class Connections:
    """The connections of `devices`. `changed` fires when one logs in, acknowledges a message or is gone."""

    def __init__(self, devices: dict[int, Device], faults: Faults, changed: Signal) -> None:
        self.silent = False
        self._devices = devices
        self._faults = faults
        self._changed = changed
        self._tasks = Tasks()

    @property
    def open(self) -> list[asyncio.StreamWriter]:
        """The connections of devices that are logged in."""
        return [device.connection for device in self._devices.values() if device.connection]

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a new connection."""
        self._tasks.start(self._serve(reader, writer))

    async def stop(self) -> None:
        """Drop all connections."""
        await self._tasks.stop()

    def drop(self) -> None:
        """Drop the connections of the devices that are logged in."""
        for writer in self.open:
            writer.transport.abort()

    def close(self) -> None:
        """Tell these devices to connect anew."""
        for writer in self.open:
            writer.write(pack(Close()))

    def post(self, device: Device, stanza: DataMessageStanza, ttl: float) -> None:
        """Send a device a message, now or, within `ttl` seconds, once it has logged in."""
        kept = Kept(stanza=stanza, expires=asyncio.get_running_loop().time() + ttl)
        device.messages[stanza.persistent_id] = kept
        self._send(device, stanza)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        device = None
        try:
            # The end of the connection, whoever has ended it.
            with suppress(OSError, EOFError):
                await reader.readexactly(1)  # the client's version
                login = await read_packet(reader)
                if self._faults.take(Fault.SILENCE):
                    self._changed.fire()
                    await reader.read()  # until the client hangs up
                if isinstance(login, LoginRequest) and (device := self._log_in(login, writer)):
                    async with asyncio.TaskGroup() as tasks:
                        tasks.create_task(self._ping(writer, login.heartbeat_stat.interval_ms / 1000))
                        await self._listen(device, reader, writer)
                writer.close()
                await writer.wait_closed()
        finally:
            if device and device.connection is writer:
                device.connection = None
            writer.transport.abort()
            self._changed.fire()

    def _log_in(self, login: LoginRequest, writer: asyncio.StreamWriter) -> Device | None:
        if self._faults.take(Fault.CLOSE):
            writer.write(VERSION + pack(Close()))
            return None
        device = self._devices.get(int(login.user))
        answer = LoginResponse(id=login.id, server_timestamp=int(time.time() * 1000))
        if not device or str(device.security_token) != login.auth_token or self._faults.take(Fault.LOGIN):
            answer.error.code = 401
            answer.error.message = "Authentication failed"
            writer.write(VERSION + pack(answer))
            return None
        writer.write(VERSION + pack(answer))
        if self._faults.take(Fault.DROP):
            return None
        if device.connection:
            device.connection.transport.abort()
        device.connection = writer
        self._acknowledge(device, login.received_persistent_id)
        now = asyncio.get_running_loop().time()
        device.messages = {key: kept for key, kept in device.messages.items() if kept.expires > now}
        for kept in device.messages.values():
            self._send(device, kept.stanza)
        return device

    async def _ping(self, writer: asyncio.StreamWriter, interval: float) -> None:
        while interval:
            await asyncio.sleep(interval)
            if not self.silent:
                writer.write(pack(HeartbeatPing()))

    async def _listen(self, device: Device, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            packet = await read_packet(reader)
            if isinstance(packet, HeartbeatPing) and not self.silent:
                writer.write(pack(HeartbeatAck()))
            elif isinstance(packet, IqStanza) and packet.extension.id == _SELECTIVE_ACK:
                heard = not self._faults.take(Fault.DEAF)
                self._acknowledge(device, SelectiveAck.FromString(packet.extension.data).id if heard else ())

    def _acknowledge(self, device: Device, persistent_ids: Iterable[str]) -> None:
        for persistent_id in persistent_ids:
            device.messages.pop(persistent_id, None)
        self._changed.fire()

    def _send(self, device: Device, stanza: DataMessageStanza) -> None:
        packet = pack(stanza)
        if device.connection and self._faults.take(Fault.CUT):
            device.connection.write(packet[: len(packet) // 2])
            device.connection.close()
            device.connection = None
        elif device.connection:
            device.connection.write(packet * (2 if self._faults.take(Fault.TWICE) else 1))
