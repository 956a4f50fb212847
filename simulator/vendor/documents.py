"""The JSON of the API's answers about accounts, callbacks, remotes and monitors."""

from typing import Any

from simulator.base.fields import without_none
from simulator.base.links import make_links, vehicle_path
from simulator.cars.documents import describe_vehicle
from simulator.push.monitors import Monitor
from simulator.remotes.remote import Remote

from .accounts import Account
from .callback import Callback


def describe_user(account: Account, origin: str) -> dict[str, Any]:
    """Describe an account."""
    return {
        "email": account.email,
        "firstName": account.first_name,
        "lastName": account.last_name,
        "_links": make_links(self="/user", vehicles="/user/vehicles"),
        "_embedded": {"vehicles": [describe_vehicle(car, origin) for car in account.cars]},
    }


def describe_callback(callback: Callback) -> dict[str, Any]:
    """Describe a callback."""
    described = {
        "_links": make_links(self=_callback_path(callback.id)),
        "id": callback.id,
        "subscribe": callback.subscribe,
        "status": callback.status,
    }
    return described if callback.label is None else described | {"label": callback.label}


def callback_reference(callback: Callback) -> dict[str, Any]:
    """Describe the result of creating or changing a callback."""
    return {
        "_links": make_links(callback=_callback_path(callback.id)),
        "callbackId": callback.id,
        "status": callback.status,
    }


def describe_monitor(monitor: Monitor) -> dict[str, Any]:
    """Describe a monitor."""
    return {
        "_links": make_links(self=_monitor_path(monitor), callback=_callback_path(monitor.callback.id)),
        "monitorId": monitor.id,
        "monitor": monitor.plan.body,
        "status": monitor.status,
        "createdAt": monitor.created_at,
        "updatedAt": monitor.updated_at,
    }


def monitor_reference(monitor: Monitor) -> dict[str, Any]:
    """Describe the result of creating or changing a monitor."""
    return {
        "_links": make_links(monitor=_monitor_path(monitor)),
        "monitorId": monitor.id,
        "status": monitor.status,
        "createdAt": monitor.created_at,
        "updatedAt": monitor.updated_at,
    }


def describe_remote(remote: Remote) -> dict[str, Any]:
    """Describe a remote and its status."""
    described = {
        "_links": make_links(self=_remote_path(remote), callback=_callback_path(remote.callback.id)),
        "remoteActionId": remote.id,
        "type": remote.kind.type,
        "status": remote.status,
        "remote": remote.body,
        "failureCause": remote.failure_cause,
        "feedbackDetail": remote.feedback,
    }
    return without_none(described)


def remote_reference(remote: Remote, *, type_as_list: bool) -> dict[str, Any]:
    """Describe the result of sending a remote. The tutorial has its type as a list, the OpenAPI file as a string."""
    return {
        "_links": make_links(callback=_callback_path(remote.callback.id), remote=_remote_path(remote)),
        "remoteActionId": remote.id,
        "type": [remote.kind.type] if type_as_list else remote.kind.type,
    }


def _callback_path(callback_id: str) -> str:
    return f"/user/callbacks/{callback_id}"


def _remote_path(remote: Remote) -> str:
    return f"{vehicle_path(remote.car.id)}/callbacks/{remote.callback.id}/remotes/{remote.id}"


def _monitor_path(monitor: Monitor) -> str:
    return f"{vehicle_path(monitor.car.id)}/callbacks/{monitor.callback.id}/monitors/{monitor.id}"
