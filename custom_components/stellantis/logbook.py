"""The ends of remotes as sentences of the logbook."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook import LOGBOOK_ENTRY_ICON, LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_cached_translations

from .account import EVENT_REMOTE, Result
from .const import DOMAIN


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event[Any]], dict[str, Any]]], None],
) -> None:
    """Describe the ends of remotes."""

    @callback
    def describe(event: Event[Any]) -> dict[str, Any]:
        device = dr.async_get(hass).async_get(event.data["device_id"] or "")
        entry = {
            LOGBOOK_ENTRY_NAME: (device.name_by_user or device.name) if device else None,
            LOGBOOK_ENTRY_MESSAGE: _sentence(hass, event.data),
            # Without an entity: the logbook would put its name before the sentence.
            LOGBOOK_ENTRY_ICON: "mdi:remote",
        }
        return {key: value for key, value in entry.items() if value is not None}

    async_describe_event(DOMAIN, EVENT_REMOTE, describe)


def _sentence(hass: HomeAssistant, data: dict[str, Any]) -> str:
    """Say how a remote ended, in the server's language: the logbook has one for all users."""
    words, sentences = (
        async_get_cached_translations(hass, hass.config.language, category, DOMAIN) for category in ("entity", "common")
    )

    def word(attribute: str) -> str:
        value = data[attribute] or ""
        return words.get(f"component.{DOMAIN}.entity.event.remote.state_attributes.{attribute}.state.{value}", value)

    result, duration = Result(data["result"]), data["duration"]
    form = "success_any_time" if result is Result.SUCCESS and duration is None else result
    return sentences[f"component.{DOMAIN}.common.remote_{form}"].format(
        remote=word("remote"),
        action=sentences.get(f"component.{DOMAIN}.common.done_{data['action']}", data["action"]),
        cause=word("failure_cause"),
        seconds="" if duration is None else f"{duration:.0f}",
    )
