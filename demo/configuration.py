"""The files that Home Assistant and the simulator find when they start."""

import json
import os
from pathlib import Path
import shutil
from typing import Any

import certifi

DOMAIN = "stellantis"
ROOT = Path(__file__).parents[1]

# `default_config` would bring dozens of integrations that reach for the network, and `my`, which would send the browser
# through my.home-assistant.io on its way back from the vendor.
CONFIGURATION = """\
homeassistant:
  name: Demo
  latitude: 48.8566
  longitude: 2.3522
  unit_system: metric
  currency: EUR
  country: FR
  language: en
  time_zone: Europe/Paris
  external_url: {external_url}
automation: !include automations.yaml
frontend:
config:
conversation:
history:
logbook:
recorder:
logger:
  default: info
  logs:
    custom_components.stellantis: debug
    homeassistant.setup: warning
"""


class Folder:
    """Where one run of the demo keeps everything it writes: `.demo/<port>` of this project."""

    def __init__(self, port: int) -> None:
        self.path = ROOT / ".demo" / f"{port}"
        self.config = self.path / "config"
        self.simulator = self.config / DOMAIN
        self.authorities = self.path / "authorities.pem"
        self.console = self.path / "console.log"
        self.log = self.config / "home-assistant.log"
        self.simulator_log = self.path / "simulator.log"

    def make(self) -> None:
        """Make the folder, empty."""
        self.remove()
        self.simulator.mkdir(parents=True)

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def configure(self, port: int, external_url: str, authority: Path) -> None:
        """Write what Home Assistant needs to start on this port, trusting this CA beside the usual ones."""
        (self.config / "configuration.yaml").write_text(CONFIGURATION.format(external_url=external_url))
        (self.config / "automations.yaml").write_text("[]\n")
        (self.config / "custom_components").symlink_to(ROOT / "custom_components")
        # Copied, for Home Assistant follows no link when it looks for blueprints.
        shutil.copytree(ROOT / "blueprints", self.config / "blueprints")
        self._store("http", 2, 2, _http(port))
        self._store("onboarding", 4, 1, {"done": ["core_config", "analytics", "integration"]})
        usual = Path(os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where())
        self.authorities.write_bytes(usual.read_bytes() + b"\n" + authority.read_bytes())

    def _store(self, key: str, version: int, minor_version: int, data: dict[str, Any]) -> None:
        """Write one file of Home Assistant's own storage."""
        storage = self.config / ".storage"
        storage.mkdir(exist_ok=True)
        content = {"version": version, "minor_version": minor_version, "key": key, "data": data}
        (storage / key).write_text(json.dumps(content))


def _http(port: int) -> dict[str, Any]:
    """Home Assistant's HTTP settings. It would try what a `http:` block says for five minutes only."""
    stable = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": ["https://cast.home-assistant.io"],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    return {"stable": stable, "pending": None, "yaml_migration_done": True}
