"""An alert in words, in the server's language: an attribute and the logbook have one for all users."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN


def name(hass: HomeAssistant, alert_type: str) -> str:
    """Return the words for a type of alert; those of one that is not known here are the vendor's."""
    words = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    key = f"component.{DOMAIN}.entity.event.alert.state_attributes.alert_type.state.{alert_type}"
    return words.get(key, alert_type.replace("_", " ").capitalize())
