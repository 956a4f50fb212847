"""Repairs: what only the user can put right."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN


class Issue(StrEnum):
    """What can be shown: `Account`, `Address`, `CarList`, `DeliveryHealth` and `Push` decide when."""

    CAR_IN_TWO_ACCOUNTS = "car_in_two_accounts"
    CERTIFICATE_EXPIRES = "certificate_expires"
    MESSAGES_MISSING_PUSH_NOTIFICATION = "messages_missing_push_notification"
    MESSAGES_MISSING_WEBHOOK = "messages_missing_webhook"
    MESSAGES_MISSING_WEBSOCKET = "messages_missing_websocket"
    NO_URL = "no_url"
    PUSH_NOTIFICATION_DOWN = "push_notification_down"
    PUSH_REFUSED = "push_refused"


class Fix(StrEnum):
    """What a repair can offer. Each is a step of the flow in `repairs.py`."""

    RECONFIGURE = "reconfigure"
    RELOAD = "reload"


FIXES: Final[Mapping[Issue, tuple[Fix, ...]]] = {
    Issue.CERTIFICATE_EXPIRES: (Fix.RELOAD, Fix.RECONFIGURE),
    Issue.MESSAGES_MISSING_PUSH_NOTIFICATION: (Fix.RECONFIGURE,),
    Issue.MESSAGES_MISSING_WEBHOOK: (Fix.RECONFIGURE,),
    Issue.MESSAGES_MISSING_WEBSOCKET: (Fix.RECONFIGURE,),
    Issue.NO_URL: (Fix.RECONFIGURE,),
    Issue.PUSH_NOTIFICATION_DOWN: (Fix.RELOAD, Fix.RECONFIGURE),
    Issue.PUSH_REFUSED: (Fix.RECONFIGURE,),
}
"""What each repair offers. One that is not listed has to be put right elsewhere."""

_FORMER: Final = ("too_many_wake_ups",)
"""What only older versions show."""


@callback
def async_show_issue(hass: HomeAssistant, entry: ConfigEntry[Any], issue: Issue, **placeholders: str) -> None:
    """Show a repair of an account."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{issue}_{entry.entry_id}",
        data={"entry_id": entry.entry_id},
        is_fixable=issue in FIXES,
        severity=ir.IssueSeverity.WARNING,
        translation_key=issue,
        translation_placeholders={"account": entry.title, **placeholders},
    )


@callback
def async_hide_issue(hass: HomeAssistant, entry: ConfigEntry[Any], issue: Issue) -> None:
    """Take a repair of an account back, if it is shown."""
    ir.async_delete_issue(hass, DOMAIN, f"{issue}_{entry.entry_id}")


@callback
def async_delete_former_issues(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete what an older version has shown for an account: Home Assistant stores it."""
    for issue in _FORMER:
        ir.async_delete_issue(hass, DOMAIN, f"{issue}_{entry.entry_id}")
