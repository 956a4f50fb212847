"""What is done with the objects that the vendor lists."""

from dataclasses import dataclass, field

import pytest

from custom_components.stellantis.account.registered import Change, Registrar
from custom_components.stellantis.api.errors import NoDataError, VendorError


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An object of the vendor's: `key` is None if it is not ours, `definition` what it was registered with."""

    id: str
    key: str | None = "doors"
    definition: str = "wanted"
    status: str | None = "Running"


@dataclass
class Vendor:
    """Notes what it is asked to do; what is `gone` it does not know any more."""

    gone: set[str] = field(default_factory=set)
    broken: bool = False
    cannot_resume: bool = False
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def _note(self, *request: str) -> None:
        self.asked.append(request)
        if self.broken or (self.cannot_resume and request[0] == "set"):
            raise VendorError(500)

    async def create(self, wanted: str) -> str:
        self._note("create", wanted)
        return "new"

    async def update(self, object_id: str, wanted: str) -> None:
        self._note("update", object_id, wanted)

    async def set_status(self, object_id: str, status: str) -> None:
        self._note("set", object_id, status)

    async def delete(self, object_id: str) -> None:
        self._note("delete", object_id)
        if object_id in self.gone:
            raise NoDataError

    @property
    def registrar(self) -> Registrar[Listed, str]:
        return Registrar(
            key=lambda found: found.key,
            create=self.create,
            update=self.update,
            set_status=self.set_status,
            delete=self.delete,
            differs=lambda found, wanted: found.definition != wanted,
        )


async def keep(vendor: Vendor, found: Listed | None) -> tuple[str, list[Change]]:
    """Return the id of the object that has been kept, and what was done to it."""
    changes: list[Change] = []
    return await vendor.registrar.async_keep(found, "wanted", changes.append), changes


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


async def test_what_is_not_there_is_created(vendor: Vendor) -> None:
    assert await keep(vendor, None) == ("new", [Change.CREATED])
    assert vendor.asked == [("create", "wanted")]


async def test_what_is_as_it_should_be_is_left_alone(vendor: Vendor) -> None:
    assert await keep(vendor, Listed(id="1")) == ("1", [])
    assert vendor.asked == []


async def test_what_differs_is_mended(vendor: Vendor) -> None:
    assert await keep(vendor, Listed(id="1", definition="old")) == ("1", [Change.MENDED])
    assert vendor.asked == [("update", "1", "wanted")]


@pytest.mark.parametrize("status", ["Paused", "Failed", "Created", "a word of tomorrow", None])
async def test_what_does_not_run_is_resumed(vendor: Vendor, status: str | None) -> None:
    assert await keep(vendor, Listed(id="1", status=status)) == ("1", [Change.RESUMED])
    assert vendor.asked == [("set", "1", "Running")]


async def test_it_is_mended_before_it_is_resumed(vendor: Vendor) -> None:
    found = Listed(id="1", definition="old", status="Paused")
    assert await keep(vendor, found) == ("1", [Change.MENDED, Change.RESUMED])
    assert vendor.asked == [("update", "1", "wanted"), ("set", "1", "Running")]


async def test_what_was_done_before_a_request_failed_is_known(vendor: Vendor) -> None:
    vendor.cannot_resume = True
    changes: list[Change] = []
    with pytest.raises(VendorError):
        await vendor.registrar.async_keep(Listed(id="1", definition="old", status="Paused"), "wanted", changes.append)
    assert changes == [Change.MENDED]


@pytest.mark.parametrize(
    "found", [None, Listed(id="1", definition="old", status="Paused"), Listed(id="1", status="Paused")]
)
async def test_a_request_that_fails_ends_it(vendor: Vendor, found: Listed | None) -> None:
    vendor.broken = True
    with pytest.raises(VendorError):
        await keep(vendor, found)
    assert len(vendor.asked) == 1


async def test_one_object_is_chosen_for_each_key(vendor: Vendor) -> None:
    doors, energy = Listed(id="1", key="doors"), Listed(id="2", key="energy")
    chosen = await vendor.registrar.async_choose([doors, energy], ["energy", "doors", "events"])
    assert chosen == {"doors": doors, "energy": energy}
    assert vendor.asked == []


async def test_the_first_found_is_kept_and_its_doubles_are_deleted(vendor: Vendor) -> None:
    found = [Listed(id=object_id) for object_id in "123"]
    assert await vendor.registrar.async_choose(found, ["doors"]) == {"doors": found[0]}
    assert vendor.asked == [("delete", "2"), ("delete", "3")]


async def test_what_is_not_wanted_any_more_is_deleted(vendor: Vendor) -> None:
    found = [Listed(id="1", key="an older version's"), Listed(id="2")]
    assert await vendor.registrar.async_choose(found, ["doors"]) == {"doors": found[1]}
    assert await vendor.registrar.async_choose(found[1:], []) == {}
    assert vendor.asked == [("delete", "1"), ("delete", "2")]


async def test_what_is_not_ours_is_left_alone(vendor: Vendor) -> None:
    found = [Listed(id="1", key=None), Listed(id="2"), Listed(id="3", key=None)]
    assert await vendor.registrar.async_choose(found, ["doors"]) == {"doors": found[1]}
    assert vendor.asked == []


async def test_what_is_gone_already_needs_no_deletion(vendor: Vendor) -> None:
    vendor.gone.add("2")
    found = [Listed(id=object_id) for object_id in "123"]
    assert await vendor.registrar.async_choose(found, ["doors"]) == {"doors": found[0]}
    assert vendor.asked == [("delete", "2"), ("delete", "3")]


async def test_a_deletion_that_fails_is_said(vendor: Vendor) -> None:
    vendor.broken = True
    with pytest.raises(VendorError):
        await vendor.registrar.async_choose([Listed(id="1", key="old")], ["doors"])
