"""The integration's words in a language, as Home Assistant shows them: English where a language lacks them."""

from functools import cache
import json
from pathlib import Path
import re
from typing import Any

from .demo import DOMAIN, ROOT

TRANSLATIONS = ROOT / "custom_components" / DOMAIN / "translations"


@cache
def _read(path: Path) -> Any:
    return json.loads(path.read_text()) if path.exists() else {}


def words(*keys: str, language: str = "en") -> str:
    """Return the words at some keys."""
    for name in (language, "en"):
        found = _read(TRANSLATIONS / f"{name}.json")
        for key in keys:
            found = found.get(key, {})
        if found:
            return str(found)
    raise KeyError(keys)


def keys(*path: str) -> list[str]:
    """Return the keys of the English words at some place."""
    found = _read(TRANSLATIONS / "en.json")
    for key in path:
        found = found[key]
    return list(found)


def pattern(*keys: str, language: str = "en", **values: str) -> re.Pattern[str]:
    """Return what matches the words at some keys. A placeholder without a value stands for anything."""
    texts = re.split(r"\{\w+\}", words(*keys, language=language))
    names = re.findall(r"\{(\w+)\}", words(*keys, language=language))
    placeholders = [re.escape(values[name]) if name in values else ".+" for name in names]
    return re.compile("".join(re.escape(text) + rest for text, rest in zip(texts, [*placeholders, ""], strict=True)))


def field(label: str) -> str:
    """Return the name of a field of the form for an account by its English label, such as `Advanced > API address`."""
    step = _read(TRANSLATIONS / "en.json")["config"]["step"]["user"]
    labels = {name: key for key, name in step["data"].items()}
    for section in step["sections"].values():
        labels |= {f"{section['name']} > {name}": key for key, name in section["data"].items()}
    return str(labels[label])
