"""Read values out of JSON that may hold anything: the contract wants clients to be lenient."""

from collections.abc import Mapping
from typing import Any


def as_object(value: object) -> Mapping[str, Any]:
    """Return a JSON object, an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a JSON array, an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """Return a text without the blanks around it; None in place of an empty one or anything else."""
    return value.strip() or None if isinstance(value, str) else None
