"""Keep what is registered with the vendor as it should be: find it, create it, mend it, delete what is too much.

The callback and the monitors are kept this way.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
import logging
from typing import Protocol

from ..api.client import RegistrationStatus
from ..api.errors import NoDataError

_LOGGER = logging.getLogger(__name__)


class Registered(Protocol):
    """An object as the vendor lists it."""

    @property
    def id(self) -> str:
        """The vendor's id."""

    @property
    def status(self) -> str | None:
        """A `RegistrationStatus`, or what else the vendor says."""


class Change(StrEnum):
    """What had to be done to an object."""

    CREATED = "created"
    MENDED = "mended"
    PAUSED = "paused"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar[Found: Registered, Wanted]:
    """The requests for one kind of object, and how one that was found is compared with what is wanted.

    `key` says which of ours an object is; None if it is not ours. `status` is what each is to have, `is_needed` whether
    one that is too much is still needed. Each method raises the StellantisError of a request that fails.
    """

    key: Callable[[Found], str | None]
    create: Callable[[Wanted], Awaitable[str]]
    update: Callable[[str, Wanted], Awaitable[None]]
    set_status: Callable[[str, RegistrationStatus], Awaitable[None]]
    delete: Callable[[str], Awaitable[None]]
    differs: Callable[[Found, Wanted], bool]
    status: RegistrationStatus = RegistrationStatus.RUNNING
    is_needed: Callable[[str], bool] = lambda _id: False

    async def async_choose(self, found: Iterable[Found], keys: Collection[str]) -> dict[str, Found]:
        """Return one object for each of these keys, as far as there is one; the first found is kept.

        All others of ours are deleted, except those that are still needed.
        """
        chosen: dict[str, Found] = {}
        for each in found:
            key = self.key(each)
            if key is None:
                continue
            if key in keys and key not in chosen:
                chosen[key] = each
            elif not self.is_needed(each.id):
                await self._async_delete(each.id)
        return chosen

    async def async_keep(self, found: Found | None, wanted: Wanted, on_change: Callable[[Change], None]) -> str:
        """Make one object what it should be and return its id; `on_change` is called with each thing done."""
        object_id = await self.async_define(found, wanted, on_change)
        await self.async_set_status(object_id, found, on_change)
        return object_id

    async def async_define(self, found: Found | None, wanted: Wanted, on_change: Callable[[Change], None]) -> str:
        """Create or mend one object and return its id, whatever its status is; `on_change` as in `async_keep`."""
        if found is None:
            object_id = await self.create(wanted)
            on_change(Change.CREATED)
            return object_id
        if self.differs(found, wanted):
            await self.update(found.id, wanted)
            on_change(Change.MENDED)
        return found.id

    async def async_set_status(self, object_id: str, found: Found | None, on_change: Callable[[Change], None]) -> None:
        """Give one object its status. One that was not `found` has just been created, and runs."""
        status = found.status if found else RegistrationStatus.RUNNING
        if status != self.status:
            await self.set_status(object_id, self.status)
            on_change(Change.PAUSED if self.status == RegistrationStatus.PAUSED else Change.RESUMED)

    async def _async_delete(self, object_id: str) -> None:
        try:
            await self.delete(object_id)
        except NoDataError:
            _LOGGER.debug("What was to be deleted is gone already")
