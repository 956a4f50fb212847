"""What must not be left once an account is unloaded."""

import asyncio
from contextlib import suppress
import gc
import socket

from homeassistant.util.async_ import get_scheduled_timer_handles

from custom_components.stellantis.account import Account
from custom_components.stellantis.coordinator import VehicleCoordinator


def open_sockets() -> set[socket.socket]:
    """Return the sockets that are open."""
    gc.collect()
    return {each for each in gc.get_objects() if isinstance(each, socket.socket) and each.fileno() != -1}


async def left_open(sockets: set[socket.socket]) -> list[str]:
    """Return which of these sockets stay open: the end of TLS takes some turns of the loop."""
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while any(each.fileno() != -1 for each in sockets):  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0)
    return [repr(each) for each in sockets if each.fileno() != -1]


def tasks_and_timers() -> list[str]:
    """Return what is still to run of the integration, and of the library for push notifications."""
    loop = asyncio.get_running_loop()
    handles = [*asyncio.all_tasks(), *(each for each in get_scheduled_timer_handles(loop) if not each.cancelled())]
    names = ("custom_components", "firebase_messaging")
    return [repr(each) for each in handles if any(name in repr(each) for name in names)]


def accounts() -> list[str]:
    """Return what is still in memory of accounts and their cars: those that are unloaded should not be."""
    gc.collect()
    return [repr(each) for each in gc.get_objects() if isinstance(each, Account | VehicleCoordinator)]
