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
    register = {
        "GCM_CHECKIN_URL": endpoints.checkin,
        "GCM_REGISTER_URL": endpoints.register,
        "FCM_INSTALLATION": endpoints.installations,
        "FCM_REGISTRATION": endpoints.registrations,
        "FCM_SEND_URL": endpoints.send,
    }
    client = {"MCS_HOST": endpoints.mcs_host, "MCS_PORT": endpoints.mcs_port}
    # The library's modules have copies of its constants.
    for module, values in (("const", register | client), ("fcmregister", register), ("fcmpushclient", client)):
        for name, value in values.items():
            put(import_module(f"firebase_messaging.{module}"), name, value)
