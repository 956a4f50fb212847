"""The vendor's words as Home Assistant spells states: `FuelLevelLow` is `fuel_level_low`."""

import re
from typing import Final, overload

_PARTS: Final = re.compile(r"[A-Z]?[a-z]+[0-9]*|[A-Z0-9]+(?![a-z])")
_MAX_STATE: Final = 255
"""Home Assistant takes no longer state."""


@overload
def slug(word: str) -> str: ...
@overload
def slug(word: None) -> None: ...
def slug(word: str | None) -> str | None:
    """Spell a word of the vendor as a state that can be translated. Its spelling mistakes are kept."""
    return None if word is None else "_".join(_PARTS.findall(word)).lower()[:_MAX_STATE]
