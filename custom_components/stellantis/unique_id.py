"""The unique id of an entry: brand and account.

The account is the subject of the vendor's token, or the e-mail address if there is none. The realm is no part of it,
because it can be corrected.
"""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry

from .api.auth import subject
from .const import CONF_BRAND, CONF_REALM


def unique_id(data: Mapping[str, Any], account: str) -> str:
    """Return the unique id of an entry with this data."""
    return f"{data[CONF_BRAND]}_{fold(account)}"


def account_of(entry: ConfigEntry[Any]) -> str | None:
    """Return the account in an entry's unique id, which begins with the realm of before version 1.2, or with the brand.

    If it begins with neither, for the realm has been corrected, the account is that of the token.
    """
    found = entry.unique_id or ""
    for key in (CONF_REALM, CONF_BRAND):
        prefix = f"{entry.data[key]}_"
        if found.startswith(prefix):
            return fold(found.removeprefix(prefix))
    return subject(entry.data["token"])


def fold(account: str) -> str:
    """Return an e-mail address in lower case, and any other account as it is."""
    return account.casefold() if "@" in account else account


def migrated(entry: ConfigEntry[Any]) -> str | None:
    """Return the unique id of an entry that has one of version 1.1, which began with the realm."""
    account = account_of(entry)
    return unique_id(entry.data, account) if account else entry.unique_id
