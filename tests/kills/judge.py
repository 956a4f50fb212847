"""What must be so after each kill, on disk and once Home Assistant runs again."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from json import JSONDecodeError
from typing import Any, Final

from demo.check import check_log
from demo.configuration import DOMAIN
from demo.errors import DemoError
from simulator import Car, Simulator
from simulator.remotes.remote import Remote
from simulator.vendor.accounts import Grant

from .activity import Activity
from .home import Home, until

ON_THE_WAY: Final = 1.0
"""Seconds from a request for a token until its answer has arrived and is on disk."""
UNHEARD: Final = "Task exception was never retrieved"
JUST_NOW: Final = timedelta(seconds=1)
"""How long it takes at most until what was told is on disk."""
ENDED: Final = 60.0
"""Seconds until all that is under way must have come to its end."""


class Judge:
    """Knows what the vendor knows, and compares. `wrong` is what is not as it must be, `excused` what cannot be."""

    def __init__(self, vendor: Simulator, home: Home, activity: Activity) -> None:
        """Listen to the vendor from the start."""
        self._vendor = vendor
        self._home = home
        self._activity = activity
        self.wrong: list[str] = []
        self.excused: Counter[str] = Counter()
        self.remotes: list[Remote] = []
        self._monitors: set[tuple[str, str]] = set()
        self._settled: dict[str, int] = {}
        begin = vendor.remotes.begin

        def begun(*args: Any, **values: Any) -> Remote:
            remote = begin(*args, **values)
            self.remotes.append(remote)
            return remote

        vendor.remotes.begin = begun  # type: ignore[method-assign]

    @property
    def grant(self) -> Grant:
        """The one grant of the account."""
        [grant] = self._vendor.grants._grants
        return grant

    def _labels(self) -> list[tuple[str, str]]:
        """Return the monitors of all callbacks: whose, and what they are for. Options change the rest of the label."""
        return [
            (monitor.car.label, str(monitor.label).rpartition(" ")[0])
            for callback in self._vendor.callbacks.values()
            for monitor in callback.monitors.values()
        ]

    async def begin(self) -> None:
        """Note what there is once all has been registered."""
        await until(self._is_registered)
        self._monitors = set(self._labels())

    async def _is_registered(self) -> bool:
        return len(self._labels()) >= 9 and len(self._vendor.callbacks) == 1

    # On disk, while nothing runs

    def judge_disk(self) -> None:
        """Find what was spoilt."""
        for path in self._home.storage.glob(f"{DOMAIN}.*"):
            if "corrupt" in path.name:
                self.wrong.append(f"{path.name} was put aside")
                continue
            try:
                self._home.stored(path.name)
            except (JSONDecodeError, KeyError) as err:
                self.wrong.append(f"{path.name} cannot be read: {err}")
        self._judge_options()
        self._judge_log()

    def _judge_options(self) -> None:
        options = self._home.stored_entry()["options"]
        found, possible = options.get("moving_refresh", 1), self._activity.wishes.possible_options
        if found not in possible:
            self.wrong.append(f"the option is {found}, not one of {possible}")
        self._activity.wishes.options.append(found)

    def _judge_log(self) -> None:
        try:
            check_log(self._home.folder)
        except DemoError as err:
            # Home Assistant says so of an action that fails when nobody waits for it any more.
            if UNHEARD in f"{err}":
                self.excused["an error that nobody waited for"] += 1
            else:
                self.wrong.append(f"{err}")

    def repair_sign_in(self) -> None:
        """Find out whether the token is known; if its answer was on the way, have the vendor go back to the old one.

        The vendor invalidates a refresh token when it issues the next one. If Home Assistant is killed before the
        answer arrives, nobody knows the next one.
        """
        known = {self._home.stored_entry()["data"]["token"]["refresh_token"]}
        for path in self._home.storage.glob(f"{DOMAIN}.*.token"):
            known.add(self._home.stored(path.name)["token"]["refresh_token"])
        if self.grant.refresh_token in known:
            return
        last = [each for each in self._vendor.requests if each.path.endswith("/access_token")][-1]
        if self._home.killed_at - last.at > ON_THE_WAY:
            self.wrong.append("the token that the vendor has issued is lost")
        self.excused["a token whose answer was on the way"] += 1
        self.grant.refresh_token = self._home.stored_entry()["data"]["token"]["refresh_token"]

    # Once it runs again

    async def judge_home(self) -> None:
        """Find what is not as before."""
        await self._expect("the callback and its monitors are not as before", self._is_as_before, self._labels)
        if asked := await self._home.reauthentications():
            self.wrong.append(f"somebody is asked to sign in again {asked} times")
        await self._judge_limit()
        await self._judge_ends()
        await self._judge_history(self._vendor.cars["hybrid"])

    async def _expect(
        self, sentence: str, holds: Callable[[], Awaitable[bool]], explain: Callable[[], object], seconds: float = ENDED
    ) -> None:
        if not await until(holds, seconds):
            self.wrong.append(f"{sentence}: {explain()}")

    async def _is_as_before(self) -> bool:
        labels = self._labels()
        return (
            [one.status for one in self._vendor.callbacks.values()] == ["Running"]
            and len(labels) == len(set(labels))
            and self._monitors <= set(labels)
        )

    async def _judge_limit(self) -> None:
        wishes, ids = self._activity.wishes, await self._home.entity_ids()
        entity_id = ids[f"{self._vendor.cars['electric'].vin}_charge_limit"]
        found = round(float(await self._home.client.state(entity_id)))
        if found not in wishes.limits:
            self.wrong.append(f"the charge limit is {found}, not one of {wishes.limits}")
        wishes.limits = [found]

    # The ends of remotes

    async def _judge_ends(self) -> None:
        await self._vendor.idle()
        ids = await self._home.entity_ids()
        for car in self._vendor.accounts["driver"].cars:
            await self._judge_ends_of(car, ids[f"{car.vin}_remote"])

    async def _judge_ends_of(self, car: Car, entity_id: str) -> None:
        async def are_told() -> bool:
            self._home.read_told()
            return self._difference(car, entity_id) >= 0

        await self._expect(
            f"the ends of remotes of the {car.label} are not all told",
            are_told,
            lambda: f"{self._difference(car, entity_id)}, the last were {self._last(car)}",
        )
        extra = self._difference(car, entity_id)
        if extra == 1 and self._was_told_last(entity_id):
            self.excused["an end that was told just before a kill, and again"] += 1
        elif extra > 0:
            self.wrong.append(f"{extra} ends of remotes of the {car.label} were told twice")
        self._settled[car.vin] = self._settled.get(car.vin, 0) + self._difference(car, entity_id)

    def _was_told_last(self, entity_id: str) -> bool:
        """Tell whether the kill may have been between an end was told and that was on disk."""
        times = [datetime.fromisoformat(at) for each, at in self._home.told if each == entity_id]
        return any(timedelta() < self._home.killed_on - at < JUST_NOW for at in times)

    def _last(self, car: Car) -> list[str]:
        last = [each for each in self.remotes if each.car is car][-3:]
        return [f"{each.kind.type} {each.status} {each.messages[-1].body['date']}" for each in last]

    def _difference(self, car: Car, entity_id: str) -> int:
        """Return how many more ends were told than there are."""
        told = sum(each == entity_id for each, _ in self._home.told)
        ended = sum(each.ended and each.car is car for each in self.remotes)
        return told - ended - self._settled.get(car.vin, 0)

    # Trips and charges

    async def _judge_history(self, car: Car) -> None:
        device_id = (await self._home.device_ids())[car.vin]
        await self._judge_kept("trips", lambda: len(car.trips), device_id)
        await self._judge_kept("charges", lambda: self._activity.charges, device_id)

    async def _judge_kept(self, kind: str, wanted: Callable[[], int], device_id: str) -> None:
        kept: list[str] = []

        async def are_all_kept() -> bool:
            answer = await self._home.ask(f"{DOMAIN}.get_{kind}", device_id=device_id)
            kept[:] = [each["started_at"] for each in answer[kind]]
            return len(kept) == wanted()

        await self._expect(
            f"not each of the {kind} is kept once", are_all_kept, lambda: f"{len(kept)} of {wanted()}", seconds=20
        )
        if len(set(kept)) < len(kept):
            self.wrong.append(f"one of the {kind} is kept twice")
