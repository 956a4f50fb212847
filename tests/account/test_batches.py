"""What a batch costs others: they have their turn while it is taken in."""

import asyncio
import json
from typing import Any

import pytest

from custom_components.stellantis.account import receiver
from custom_components.stellantis.account.receiver import Receiver


def make_batch(*secrets: str) -> bytes:
    """Make a batch of reports with these secrets, each with the number of its place as the monitor's id."""
    messages: list[dict[str, Any]] = [
        {
            "type": "Monitor",
            "attributes": [{"key": "secret", "value": secret}],
            "monitorEvent": {"monitorId": str(number)},
        }
        for number, secret in enumerate(secrets)
    ]
    return json.dumps(messages).encode()


@pytest.mark.parametrize(
    ("pause_after", "expected"),
    [(-1.0, ["0", "other", "1", "2", "end"]), (60.0, ["0", "1", "2", "end", "other"])],
    ids=["a long batch", "a short batch"],
)
async def test_others_have_their_turn_during_a_long_batch(
    monkeypatch: pytest.MonkeyPatch, pause_after: float, expected: list[str]
) -> None:
    monkeypatch.setattr(receiver, "PAUSE_AFTER", pause_after)
    happened: list[str] = []
    taking = Receiver(
        "secret",
        on_taken_in=lambda: happened.append("end"),
        on_remote=lambda _message: None,
        on_report=lambda message: happened.append(message.monitor_id),
        on_bell=lambda: None,
    )

    async def other() -> None:
        happened.append("other")

    await asyncio.gather(taking.async_take_in(make_batch("secret", "secret", "secret")), other())
    assert happened == expected


@pytest.mark.parametrize(("secrets", "told"), [(["secret"], 1), (["guess", "secret", "secret"], 1), (["guess"], 0)])
async def test_a_batch_is_told_of_once(secrets: list[str], told: int) -> None:
    ends: list[None] = []
    taking = Receiver(
        "secret",
        on_taken_in=lambda: ends.append(None),
        on_remote=lambda _message: None,
        on_report=lambda _message: None,
        on_bell=lambda: None,
    )
    await taking.async_take_in(make_batch(*secrets))
    assert len(ends) == told
