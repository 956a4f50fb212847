"""Bodies that have gone wrong on the way, or that somebody has made up: real messages, spoilt from a seed."""

from base64 import b64encode
from collections.abc import Callable, Mapping
import copy
from dataclasses import dataclass
import gzip
import json
from random import Random
from typing import Any, Final
import zlib

from .messages import attributes
from .mutations import Mutations

type Message = dict[str, Any]

_TYPES: Final = ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "\u00e9")
_ENCODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
    "br": bytes,
    "junk": bytes,
}


@dataclass(frozen=True, kw_only=True)
class Body:
    """A body. `form` is how it is made up; `headers` are those of a POST, and `lies` is whether they may be wrong.

    By `too_long` bytes a POST tells a greater length than the body has, or a smaller one if that is negative.
    """

    form: str
    raw: bytes
    headers: dict[str, str]
    lies: bool
    too_long: int = 0


class SpoiltBodies:
    """Makes bodies out of real messages, the same ones with the same seed."""

    def __init__(self, seed: int, messages: list[Message], secret: str) -> None:
        """Start with messages that have `secret` among their attributes."""
        self._random = Random(seed)  # noqa: S311 - nobody has to guess it
        self._mutations = Mutations(seed)
        self._messages = messages
        self._secret = secret
        self._forms: dict[str, Callable[[Callable[[], Message]], bytes]] = {
            "alone": lambda made: self._spoil(made()),
            "batch": lambda made: self._spoil([made() for _ in range(self._random.choice((1, 2, 5)))]),
            "batch with junk": lambda made: self._spoil([7, made(), None, [], {}, made(), "junk", [made()]]),
            "twice": lambda made: self._twice(made(), b""),
            "one a line": lambda made: self._twice(made(), b"\n"),
            "double keys": lambda made: self._double_keys(made()),
            "envelope": lambda made: self._spoil({self._random.choice(("messages", "data", "body")): [made()]}),
            "text in text": lambda made: json.dumps(self._spoil(made()).decode("utf-8", "replace")).encode(),
            "base64": lambda made: b64encode(self._spoil(made())),
            "notification": lambda made: self._notification(made()),
            "other encoding": lambda made: self._dump(made()).encode(
                self._random.choice(("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "latin-1", "cp037")), "replace"
            ),
        }

    def from_vendor(self) -> Body:
        """Make a body out of what the vendor has sent, with the right secret before it is spoilt."""
        return self._body(self._message)

    def from_stranger(self) -> Body:
        """Make a body of somebody who does not know the secret."""
        return self._body(self._stranger)

    def _body(self, made: Callable[[], Message]) -> Body:
        form = self._random.choice([*self._forms, "alone", "alone", "batch"])
        raw = self._forms[form](made)
        headers = {"Content-Type": self._random.choice(_TYPES)}
        if lies := self._random.random() < 0.1:
            headers["Connection"] = "close"  # or the next one may be posted to a connection that is being closed
            headers["Content-Encoding"], pack = self._random.choice(list(_ENCODINGS.items()))
            if self._random.random() < 0.5:
                raw = pack(raw)
        too_long = 0 if lies or self._random.random() > 0.02 else self._random.choice((-100, -1, 1, 1000))
        return Body(form=form, raw=raw, headers=headers, lies=lies, too_long=too_long)

    def _message(self) -> Message:
        return self._random.choice(self._messages)

    def _stranger(self) -> Message:
        message = copy.deepcopy(self._message())
        vin = next((each["value"] for each in message["attributes"] if each["key"] == "vin"), "")
        guess = self._random.choice(
            (
                "",
                self._secret[:-1],
                self._secret + "=",
                self._secret.swapcase(),
                self._secret[::-1],
                "x" * len(self._secret),
                "\ud800" * len(self._secret),
                "тайна",
            )
        )
        message["attributes"] = self._random.choice(
            (attributes(secret=guess, vin=vin), attributes(vin=vin), [], {"secret": guess}, {}, None)
        )
        return message

    def _spoil(self, document: Any) -> bytes:
        return self._mutations.spoil(self._dump(document).encode())

    def _dump(self, document: Any) -> str:
        return json.dumps(document)

    def _twice(self, message: Message, between: bytes) -> bytes:
        raw = self._dump(message).encode()
        return raw + between + raw

    def _double_keys(self, message: Message) -> bytes:
        """Write each key of a message twice, first or last with what has become of it elsewhere."""
        pairs = [*message.items(), *self._message().items()]
        pairs = [(key, value) for key, value in pairs if key != "attributes"]
        self._random.shuffle(pairs)
        pairs.append(("attributes", message["attributes"]))
        return b"{" + b",".join(b'"%b":%b' % (key.encode(), self._spoil_part(value)) for key, value in pairs) + b"}"

    def _spoil_part(self, value: Any) -> bytes:
        return self._dump(value).encode() if self._random.random() < 0.8 else self._spoil(value)

    def _notification(self, message: Message) -> bytes:
        """Write a message as Google would deliver it."""
        pairs = {each["key"]: each["value"] for each in message["attributes"] or () if isinstance(each, dict)}
        return self._dump({"data": {**pairs, "mph_message": b64encode(self._spoil(message)).decode()}}).encode()
