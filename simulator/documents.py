"""The JSON of the API's answers."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from .accounts import Account
from .callbacks import Callback
from .cars import Car
from .remotes import Remote

# Links name another host than the one that was asked, as the vendor's do.
_LINKS = "https://links.example.com/connectedcar/v4"

_PAGE_SIZE = 60

# The blocks of a status that a scope gives access to; telemetry is all the rest.
_POSITION_BLOCKS = {"lastPosition"}
_UNSCOPED_BLOCKS = {"createdAt", "updatedAt", "_links"}


def user(account: Account) -> dict[str, Any]:
    """Describe an account."""
    return {
        "email": account.email,
        "firstName": account.first_name,
        "lastName": account.last_name,
        "_links": _links(self="/user", vehicles="/user/vehicles"),
        "_embedded": {"vehicles": [vehicle(car) for car in account.cars]},
    }


def vehicle(car: Car, *extensions: str) -> dict[str, Any]:
    """Describe a car, with those of the extensions that it has."""
    path = f"/user/vehicles/{car.id}"
    pictures = [f"https://pictures.example.com/{car.name}.png?view={view:03}" for view in (1, 2)]
    available = {
        "onboardCapabilities": car.capabilities,
        "branding": {"brand": car.brand, "label": car.label},
        "pictures": pictures,
    }
    extension = {name: available[name] for name in extensions if available[name] is not None}
    described = {
        "id": car.id,
        "vin": car.vin,
        "motorization": car.motorization,
        "brand": car.brand,
        "pictures": pictures,
        "_links": _links(
            self=path,
            user="/user",
            status=f"{path}/status",
            callbacks="/user/callbacks",
            remotes=f"{path}/callbacks/{{cbid}}/remotes",
        ),
    }
    return described | {"_embedded": {"extension": extension}} if extension else described


def status(car: Car, scopes: tuple[str, ...]) -> dict[str, Any]:
    """Describe the state of a car, as far as the scopes allow."""
    path = f"/user/vehicles/{car.id}"
    blocks = car.status() | {"_links": _links(self=f"{path}/status", vehicle=path)}
    return {
        block: value
        for block, value in blocks.items()
        if block in _UNSCOPED_BLOCKS or ("data:position" if block in _POSITION_BLOCKS else "data:telemetry") in scopes
    }


def callback(subscribed: Callback) -> dict[str, Any]:
    """Describe a callback."""
    described = {
        "_links": _links(self=_callback_path(subscribed)),
        "id": subscribed.id,
        "subscribe": subscribed.subscribe,
        "status": subscribed.status,
    }
    return described if subscribed.label is None else described | {"label": subscribed.label}


def callback_reference(subscribed: Callback) -> dict[str, Any]:
    """Say which callback was made or changed."""
    return {
        "_links": _links(callback=_callback_path(subscribed)),
        "callbackId": subscribed.id,
        "status": subscribed.status,
    }


def remote(asked: Remote) -> dict[str, Any]:
    """Describe a remote and how far it is."""
    described = {
        "_links": _links(self=_remote_path(asked), callback=_callback_path(asked.callback)),
        "remoteActionId": asked.id,
        "type": asked.kind.type,
        "status": asked.status,
        "remote": asked.body,
        "failureCause": asked.failure_cause,
        "feedbackDetail": asked.feedback,
    }
    return {key: value for key, value in described.items() if value is not None}


def remote_reference(asked: Remote, *, type_as_list: bool) -> dict[str, Any]:
    """Say which remote was taken on."""
    return {
        "_links": _links(callback=_callback_path(asked.callback), remote=_remote_path(asked)),
        "remoteActionId": asked.id,
        "type": [asked.kind.type] if type_as_list else asked.kind.type,
    }


def page(path: str, query: Mapping[str, str], name: str, items: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Make the page of a collection that the query asks for, None if there is no such page.

    A page token is the page's number and size: all there is to know.
    """
    first, _, last = query.get("indexRange", "0-").partition("-")
    items = items[int(first) : int(last) + 1 if last else None]
    token = query.get("pageToken", f"1of{query.get('pageSize', _PAGE_SIZE)}")
    number, size = map(int, token.split("of"))
    pages = max(ceil(len(items) / size), 1)
    if number > pages:
        return None
    numbers = {"self": number, "first": 1, "prev": number - 1, "next": number + 1, "last": pages}
    paths = {link: f"{path}?pageToken={n}of{size}" for link, n in numbers.items() if 1 <= n <= pages}
    return {
        "_links": _links(**paths),
        "total": len(items),
        "totalPage": pages,
        "currentPage": number,
        "_embedded": {name: items[(number - 1) * size : number * size]},
    }


def _links(**paths: str) -> dict[str, Any]:
    links: dict[str, dict[str, Any]] = {name: {"href": _LINKS + path} for name, path in paths.items()}
    for link in links.values():
        if "{" in link["href"]:
            link["templated"] = True
    return links


def _callback_path(subscribed: Callback) -> str:
    return f"/user/callbacks/{subscribed.id}"


def _remote_path(asked: Remote) -> str:
    return f"/user/vehicles/{asked.car.id}/callbacks/{asked.callback.id}/remotes/{asked.id}"
