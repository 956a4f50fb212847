"""Where Google listens, and how the library `firebase_messaging` is made to look there."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """The addresses of Google. Those that end in a slash are continued by the library."""

    checkin: str
    register: str
    installations: str
    registrations: str
    send: str
    mcs_host: str
    mcs_port: int


def point(endpoints: Endpoints, put: Callable[[Any, str, Any], None] = setattr) -> None:
    """Point the library to these endpoints. `put` sets an attribute of a module, monkeypatch's only for a test."""
    register = import_module("firebase_messaging.fcmregister")
    put(register, "GCM_CHECKIN_URL", endpoints.checkin)
    put(register, "GCM_REGISTER_URL", endpoints.register)
    put(register, "FCM_INSTALLATION", endpoints.installations)
    put(register, "FCM_REGISTRATION", endpoints.registrations)
    put(register, "FCM_SEND_URL", endpoints.send)
    client = import_module("firebase_messaging.fcmpushclient")
    put(client, "MCS_HOST", endpoints.mcs_host)
    put(client, "MCS_PORT", endpoints.mcs_port)
