"""What must be said nowhere: the secrets of a set-up, in each spelling in which a log could have them."""

import base64
from collections.abc import Iterable, Iterator
import json
import re
from typing import Any, Final
from urllib.parse import quote, quote_plus

from simulator import Car, Simulator

_LEAST: Final = 6
"""A shorter part of a secret is found by chance."""
_PART: Final = 8
"""The end of a VIN is enough to tell a car from others."""
_DIGITS: Final = 3
"""So many decimals of a degree are a hundred metres."""


def tokens(vendor: Simulator) -> Iterator[str]:
    """Give all that the identity provider has issued or been shown."""
    for request in vendor.requests:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        yield token if scheme in {"Bearer", "Basic"} else ""
        if isinstance(request.body, dict):
            yield from (str(request.body.get(key, "")) for key in ("refresh_token", "code", "token", "client_secret"))
    for grant in vendor.grants._grants:
        yield from (grant.refresh_token, *grant.access_tokens)


def entry_secrets(data: dict[str, Any]) -> Iterator[str]:
    """Give what an entry holds."""
    for key in ("client_secret", "webhook_id", "callback_secret", "private_key_password"):
        yield str(data.get(key) or "")
    yield from _texts({key: value for key, value in data.items() if key in {"token", "firebase_credentials"}})
    yield from (str(data.get(f"firebase_{key}") or "") for key in ("api_key",))


def _texts(value: Any) -> Iterator[str]:
    """Give the texts in an object that may be secrets: long ones without a blank."""
    match value:
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
        case str() if len(value) > 2 * _PART and " " not in value and "://" not in value:
            yield value


def vins(cars: Iterable[Car]) -> Iterator[str]:
    """Give the VINs and their ends."""
    for car in cars:
        yield from (car.vin, car.vin[-_PART:])


def spellings(secret: str) -> Iterator[str]:
    """Give a secret as it is, quoted for an address and for JSON, and in base64, wherever in the text it begins."""
    yield from (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], secret.lower())
    yield repr(secret)[1:-1]
    raw = secret.encode()
    yield raw.hex()
    for before in range(3):
        # What is before and after the secret spells the digits at its ends too.
        start, end = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b"\0" * before + raw).decode().rstrip("=")[start:end]


def positions(points: Iterable[tuple[float, float]]) -> re.Pattern[str]:
    """Return what finds each of these degrees, with some of its decimals."""
    degrees = {f"{each:.9f}"[: len(f"{int(each)}") + 1 + _DIGITS] for point in points for each in point}
    numbers = "|".join(re.escape(each) for each in sorted(degrees))
    return re.compile(rf"(?<![\d.])(?:{numbers})\d")


class Secrets:
    """All secrets, to be looked for in a text."""

    def __init__(self, secrets: Iterable[str], points: Iterable[tuple[float, float]]) -> None:
        """Take secrets, and longitudes with latitudes."""
        kept = {secret for secret in secrets if len(secret) >= _LEAST}
        self._names = {spelling: secret for secret in kept for spelling in spellings(secret) if len(spelling) >= _LEAST}
        self._secrets = re.compile("|".join(re.escape(each) for each in sorted(self._names)))
        self._positions = positions(points)
        self.count = len(kept)

    def find(self, text: str) -> str | None:
        """Return a secret that a text gives away."""
        if found := self._secrets.search(text):
            return self._names[found[0]]
        found = self._positions.search(text)
        return found[0] if found else None
