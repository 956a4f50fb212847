"""Read a file of Home Assistant's storage that a person or a crash may have spoilt."""

from contextlib import suppress
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.dt import utcnow

_LOGGER = logging.getLogger(__name__)

NOT_A_STORE: Final = (KeyError, TypeError, ValueError, NotImplementedError)
"""What `Store` raises for JSON that it has not written. It puts aside by itself what is not even JSON."""


async def async_load_store(hass: HomeAssistant, store: Store[dict[str, Any]]) -> dict[str, Any]:
    """Return what is stored. A file that holds something else is put aside, and nothing is stored."""
    try:
        stored = await store.async_load()
    except NOT_A_STORE:
        pass
    else:
        if stored is None:
            return {}
        if isinstance(stored, dict):
            return stored
    aside = f"{store.path}.corrupt.{utcnow().isoformat()}"
    with suppress(FileNotFoundError):
        await hass.async_add_executor_job(Path(store.path).rename, aside)
    _LOGGER.warning(
        "%s is not a file that Home Assistant has written. It has been saved as %s, and a new one begins; to restore "
        "it, stop Home Assistant, correct it and give it its name back",
        store.path,
        aside,
    )
    return {}
