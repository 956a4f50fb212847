"""The `_links` of the API's answers, and the paths they point to."""

from typing import Any

# The host differs from that of the request, as it does in the vendor's answers (docs/vendor-api.md, Reading).
_BASE = "https://links.example.com/connectedcar/v4"


def make_links(**paths: str) -> dict[str, Any]:
    """Make the `_links` of an answer. A path with a placeholder is marked as templated."""
    links: dict[str, dict[str, Any]] = {name: {"href": _BASE + path} for name, path in paths.items()}
    for link in links.values():
        if "{" in link["href"]:
            link["templated"] = True
    return links


def vehicle_path(car_id: str) -> str:
    """Return the path of a vehicle."""
    return f"/user/vehicles/{car_id}"
