"""Kills Home Assistant at random moments, and looks each time what is left: `python -m tests.kills --kills 100`."""

import argparse
import asyncio
from collections import Counter
from contextlib import AsyncExitStack, suppress
from random import Random, SystemRandom
import sys
from time import monotonic

from aiohttp import ClientSession, TCPConnector

from demo.account import add_account, make_form
from demo.configuration import Folder
from demo.errors import DemoError
from demo.run import LOOPBACK, free_port
from demo.way import Way
from simulator import Front, Simulator

from .activity import Activity
from .home import Home, Process, until
from .judge import Judge

SPEED = 10.0
TOKEN_LIFETIME = 24.0
"""Home Assistant refreshes a token 20 seconds before it expires: so this one every few seconds."""

WHILE_STARTING = 0.25
"""The share of kills while Home Assistant starts."""
AT_REST = 0.3
"""The share of other kills some seconds after people have stopped."""


async def play(kills: int, seed: int) -> int:
    """Kill Home Assistant so many times. Return the exit status."""
    chance, port, began = Random(seed), free_port(), monotonic()  # noqa: S311 - nothing secret
    say(f"{kills} kills, --seed {seed}")
    folder = Folder(port)
    folder.make()
    async with AsyncExitStack() as stack:
        vendor = await stack.enter_async_context(Simulator(folder.simulator, speed=SPEED))
        vendor.token_lifetime = TOKEN_LIFETIME
        for car in vendor.accounts["driver"].cars:
            car.asleep = False
        front = Front(vendor.certificates, upstream=f"http://{LOOPBACK}:{port}")
        await front.start()
        stack.push_async_callback(front.stop)
        folder.configure(port, front.url, vendor.certificates.ca)
        connector = TCPConnector(ssl=vendor.certificates.public_context(), limit=0)
        session = await stack.enter_async_context(ClientSession(connector=connector))
        home = Home(folder, f"http://localhost:{port}", session)
        home.configure(front.url)
        activity = Activity(vendor, chance)
        judge = Judge(vendor, home, activity)

        async with Process(folder, vendor.google.endpoints) as process:
            await home.begin(process)
            await add_account(home.client, session, make_form(vendor, "peugeot", folder.config, Way.WEBHOOK), "driver")
            await home.wait_until_loaded()
            await judge.begin()
            assert await until(home.is_written)
            await live(home, activity, chance)
            await process.kill()
        await home.gone(process)
        moments, known = Counter({"running": 1}), 0
        for number in range(2, kills + 1):
            moments[await go_on(home, vendor, judge, activity, chance, last=False)] += 1
            if new := judge.wrong[known:]:
                say("\n".join(new))
                home.keep_logs(number)
                known = len(judge.wrong)
            say(f"{number:4} kills, {monotonic() - began:6.0f} s, wrong: {len(judge.wrong)}")
        await go_on(home, vendor, judge, activity, chance, last=True)
    say(report(judge, activity, moments, monotonic() - began))
    if judge.wrong:
        say(f"The logs are in {folder.path}.")
        return 1
    folder.remove()
    return 0


async def live(home: Home, activity: Activity, chance: Random) -> None:
    """Let people do what they do until a random moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(chance.uniform(1.0, 6.0)):
            await activity.go_on(home)
    if chance.random() < AT_REST:
        await asyncio.sleep(chance.uniform(1.0, 4.0))


async def go_on(home: Home, vendor: Simulator, judge: Judge, activity: Activity, chance: Random, *, last: bool) -> str:
    """Look what a kill has left, start Home Assistant again and, unless this is the last time, kill it again."""
    judge.judge_disk()
    judge.repair_sign_in()
    async with Process(home.folder, vendor.google.endpoints) as process:
        if not last and chance.random() < WHILE_STARTING:
            await asyncio.sleep(chance.uniform(2.0, 15.0))
            await process.kill()
            await home.gone(process)
            return "starting"
        try:
            await home.come_back(process)
            await judge.judge_home()
        except (DemoError, TimeoutError) as err:
            judge.wrong.append(f"Home Assistant did not come back: {err!r}")
        if not last:
            await live(home, activity, chance)
            await process.kill()
            await home.gone(process)
    return "running"


def report(judge: Judge, activity: Activity, moments: Counter[str], seconds: float) -> str:
    """Say what was done and found."""
    rows = {
        "kills while it ran": moments["running"],
        "kills while it started": moments["starting"],
        "remotes that the vendor accepted": len(judge.remotes),
        **activity.done,
        **judge.excused,
        "wrong": len(judge.wrong),
        "minutes": round(seconds / 60),
    }
    table = [f"| {what} | {number} |" for what, number in rows.items()]
    return "\n".join(["", "| | |", "| --- | --- |", *table, "", *judge.wrong])


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Read the arguments and play."""
    parser = argparse.ArgumentParser(prog="scripts/soak kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="the seed of all that is random (default: another one each time)")
    arguments = parser.parse_args()
    seed = SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    return asyncio.run(play(arguments.kills, seed))


if __name__ == "__main__":
    sys.exit(main())
