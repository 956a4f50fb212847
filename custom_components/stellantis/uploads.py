"""The certificate files that a person has uploaded, in `stellantis/<entry id>` of the configuration folder.

An entry has its id only when it has been made, so the files of a new one wait in memory until its set-up writes them.
Each file has a name of its own: a file that takes the place of another never overwrites it.
"""

from collections.abc import Mapping
from pathlib import Path
import secrets
import shutil
from typing import Any, Final

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .api.certificates import UploadedFile, write_private
from .const import CONF_CA_CERTIFICATE_PATH, CONF_CERTIFICATE_PATH, CONF_PRIVATE_KEY_PATH, DOMAIN

SUFFIXES: Final = (".pem", ".crt", ".cer", ".der", ".key", ".p12", ".pfx")
"""How the names of certificate files end."""
_LONGEST: Final = 1_000_000
# By the key of the path in an entry's data.
_NAMES: Final = {CONF_CERTIFICATE_PATH: "certificate", CONF_PRIVATE_KEY_PATH: "key", CONF_CA_CERTIFICATE_PATH: "ca"}
_WAITING: HassKey[dict[str, Mapping[str, UploadedFile]]] = HassKey(f"{DOMAIN}_uploads")


async def async_read_upload(hass: HomeAssistant, file_id: str) -> UploadedFile:
    """Take what Home Assistant has received. Raises ValueError if it is not there any more."""

    def read() -> UploadedFile:
        with process_uploaded_file(hass, file_id) as path, path.open("rb") as file:
            return UploadedFile(path.name, file.read(_LONGEST))

    return await hass.async_add_executor_job(read)


@callback
def async_hold_uploads(hass: HomeAssistant, webhook_id: str, uploads: Mapping[str, UploadedFile]) -> None:
    """Hold the files of an entry that is about to be made; it is known by its webhook id."""
    if uploads:
        hass.data.setdefault(_WAITING, {})[webhook_id] = uploads


async def async_keep_uploads(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Write the files of a new entry, and name them in its data. Raises OSError."""
    waiting = hass.data.get(_WAITING, {})
    if uploads := waiting.get(entry.data[CONF_WEBHOOK_ID]):
        paths = await async_write_uploads(hass, entry.entry_id, uploads)
        hass.config_entries.async_update_entry(entry, data={**entry.data, **paths})
        del waiting[entry.data[CONF_WEBHOOK_ID]]


async def async_write_uploads(
    hass: HomeAssistant, entry_id: str, uploads: Mapping[str, UploadedFile]
) -> dict[str, str]:
    """Write files that were uploaded, and return their paths as an entry's data has them. Raises OSError."""
    return await hass.async_add_executor_job(_write, _folder(hass, entry_id), uploads)


async def async_prune_uploads(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the files of an entry that it does not use any more."""
    used = {Path(hass.config.path(entry.data[key])) for key in _NAMES if entry.data.get(key)}
    await hass.async_add_executor_job(_prune, _folder(hass, entry.entry_id), used)


async def async_remove_uploads(hass: HomeAssistant, entry_id: str) -> None:
    """Delete all files of an entry."""
    await hass.async_add_executor_job(_remove, _folder(hass, entry_id))


def _folder(hass: HomeAssistant, entry_id: str) -> Path:
    return Path(hass.config.path(DOMAIN, entry_id))


def _write(folder: Path, uploads: Mapping[str, UploadedFile]) -> dict[str, str]:
    for each in (folder.parent, folder):
        each.mkdir(mode=0o700, exist_ok=True)
    paths = {}
    for key, upload in uploads.items():
        suffix = Path(upload.name).suffix.lower()
        name = f"{_NAMES[key]}-{secrets.token_hex(4)}{suffix if suffix in SUFFIXES else '.pem'}"
        write_private(folder / name, upload.content)
        paths[key] = f"{folder.parent.name}/{folder.name}/{name}"
    return paths


def _prune(folder: Path, used: set[Path]) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            if path not in used:
                path.unlink()


def _remove(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
        if not any(folder.parent.iterdir()):
            folder.parent.rmdir()
