"""Optional fields of the vendor's JSON."""

from typing import Any


def without_none(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out the fields whose value is None."""
    return {name: value for name, value in fields.items() if value is not None}
