"""Alerts, and the ends of remotes, as sentences of the logbook."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook import LOGBOOK_ENTRY_ICON, LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_cached_translations

from . import alert_texts
from .account import EVENT_REMOTE, Result
from .const import DOMAIN, EVENT_ALERT


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event[Any]], dict[str, Any]]], None],
) -> None:
    """Describe alerts and the ends of remotes."""

    @callback
    def describe_alert(event: Event[Any]) -> dict[str, Any]:
        alert = alert_texts.name(hass, event.data["alert_type"])
        return _entry(hass, event, "mdi:car-info", _sentences(hass)["alert_reported"].format(alert=alert))

    @callback
    def describe_remote(event: Event[Any]) -> dict[str, Any]:
        return _entry(hass, event, "mdi:remote", _end(hass, event.data))

    async_describe_event(DOMAIN, EVENT_ALERT, describe_alert)
    async_describe_event(DOMAIN, EVENT_REMOTE, describe_remote)


def _entry(hass: HomeAssistant, event: Event[Any], icon: str, sentence: str) -> dict[str, Any]:
    """Return the entry of the car. It has no entity: the logbook would put its name before the sentence."""
    device = dr.async_get(hass).async_get(event.data["device_id"] or "")
    entry = {
        LOGBOOK_ENTRY_NAME: (device.name_by_user or device.name) if device else None,
        LOGBOOK_ENTRY_MESSAGE: sentence,
        LOGBOOK_ENTRY_ICON: icon,
    }
    return {key: value for key, value in entry.items() if value is not None}


def _sentences(hass: HomeAssistant) -> dict[str, str]:
    """Return the sentences in the server's language: the logbook has one for all users."""
    sentences = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    return {key.removeprefix(f"component.{DOMAIN}.common."): sentence for key, sentence in sentences.items()}


def _end(hass: HomeAssistant, data: dict[str, Any]) -> str:
    """Say how a remote ended."""
    words, sentences = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN), _sentences(hass)

    def word(attribute: str) -> str:
        value = data[attribute] or ""
        return words.get(f"component.{DOMAIN}.entity.event.remote.state_attributes.{attribute}.state.{value}", value)

    result, duration = Result(data["result"]), data["duration"]
    form = "success_any_time" if result is Result.SUCCESS and duration is None else result
    return sentences[f"remote_{form}"].format(
        remote=word("remote"),
        action=sentences.get(f"done_{data['action']}", data["action"]),
        cause=word("failure_cause"),
        seconds="" if duration is None else f"{duration:.0f}",
    )
