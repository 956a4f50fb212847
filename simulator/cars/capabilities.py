"""The extension `onboardCapabilities` of a car."""

from copy import deepcopy
from typing import Any

REMOTES = ("door", "horn", "lights", "charging", "preconditioning", "wakeup", "navigation")

_PARAMETERS: dict[str, Any] = {
    "charging": {
        "immediate": {"start": True, "stop": True},
        "schedule": {"programs": {"supported": True, "size": 5}, "nextDelayedTime": True},
        "preferences": {"level": True, "type": True},
    },
    "preconditioning": {"programs": {"size": 4}, "immediate": True},
}

_DATA = ("data:telemetry", "data:position", "data:trip", "data:alert")


def capabilities(*supported: str, **special: dict[str, Any]) -> dict[str, Any]:
    """Make the extension of a car that supports the named `REMOTES`.

    `special` overrides the usual parameters of a remote.
    """
    parameters = {remote: usual | special.get(remote, {}) for remote, usual in _PARAMETERS.items()}
    return {"data": list(_DATA), "remote": {remote: _capability(remote, supported, parameters) for remote in REMOTES}}


def as_in_tutorial(described: dict[str, Any]) -> dict[str, Any]:
    """Describe the same as the tutorial does: the scopes, and beside `supported` what the OpenAPI file nests."""
    remotes = described["remote"]
    operation = [remote["scopeName"] for remote in remotes.values() if remote["supported"]]
    details = {
        name: {"supported": remote["supported"], **deepcopy(remote.get("parameters", {}))}
        for name, remote in remotes.items()
    }
    return {**described, "remote": {"operation": operation, "details": details}}


def _capability(remote: str, supported: tuple[str, ...], parameters: dict[str, Any]) -> dict[str, Any]:
    capability: dict[str, Any] = {"supported": remote in supported, "scopeName": f"remote:{remote}:write"}
    if remote in parameters:
        # A copy: a test may change the capabilities of one car.
        capability["parameters"] = deepcopy(parameters[remote]) if remote in supported else {}
    return capability
