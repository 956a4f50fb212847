"""What one config entry runs. The rest of the integration imports what it needs of it from here.

`account` wires the parts together: begin there.
"""

from .account import Account, StellantisConfigEntry
from .charge_limit import MIN_LIMIT, NO_LIMIT
from .create import (
    async_check_credentials,
    async_create_account,
    async_load_credentials,
    async_stored_vehicles,
    create_client,
)
from .delivery import async_delete_cloudhook, async_try_firebase, external_url, possible_deliveries
from .outcomes import EVENT_REMOTE, UNKNOWN_ACTION, Outcome, Result
from .program_notes import ProgramNotes
from .removals import get_removals
from .storage import async_remove_storage

__all__ = [
    "EVENT_REMOTE",
    "MIN_LIMIT",
    "NO_LIMIT",
    "UNKNOWN_ACTION",
    "Account",
    "Outcome",
    "ProgramNotes",
    "Result",
    "StellantisConfigEntry",
    "async_check_credentials",
    "async_create_account",
    "async_delete_cloudhook",
    "async_load_credentials",
    "async_remove_storage",
    "async_stored_vehicles",
    "async_try_firebase",
    "create_client",
    "external_url",
    "get_removals",
    "possible_deliveries",
]
