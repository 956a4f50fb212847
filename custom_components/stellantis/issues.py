"""Repairs: what only the user can put right."""

from typing import Any, Final, Literal

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN

type Issue = Literal["certificate_expires", "no_url", "push_refused", "too_many_wake_ups"]

ISSUES: Final[tuple[Issue, ...]] = ("certificate_expires", "no_url", "push_refused", "too_many_wake_ups")


@callback
def async_show_issue(hass: HomeAssistant, entry: ConfigEntry[Any], issue: Issue, **placeholders: str) -> None:
    """Show a repair of an account."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{issue}_{entry.entry_id}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=issue,
        translation_placeholders={"account": entry.title, **placeholders},
    )


@callback
def async_hide_issue(hass: HomeAssistant, entry: ConfigEntry[Any], issue: Issue) -> None:
    """Take a repair of an account back, if it is shown."""
    ir.async_delete_issue(hass, DOMAIN, f"{issue}_{entry.entry_id}")
