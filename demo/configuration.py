"""The folder of a demo, and the configuration files that Home Assistant starts with."""

import json
import os
from pathlib import Path
import shutil
from typing import Any

import certifi

DOMAIN = "stellantis"
ROOT = Path(__file__).parents[1]

# Longitude and latitude of the zones, in degrees.
HOME = (2.3522, 48.8566)
WORK = (2.2367, 48.8918)
TIME_ZONE = "Europe/Paris"
PRICE = "sensor.electricity_price"
PRICE_OF_A_KWH = 0.21

# No `default_config`: it loads dozens of integrations that need the internet. It also loads `my`, and then the OAuth2
# redirect would go through my.home-assistant.io.
CONFIGURATION = """\
homeassistant:
  name: Demo
  latitude: {home[1]}
  longitude: {home[0]}
  unit_system: metric
  currency: EUR
  country: FR
  language: en
  time_zone: {time_zone}
  external_url: {external_url}
zone:
  - name: Work
    longitude: {work[0]}
    latitude: {work[1]}
    radius: 250
template:
  - sensor:
      - name: Electricity price
        unit_of_measurement: EUR/kWh
        state: "{price}"
automation: !include automations.yaml
frontend:
config:
conversation:
energy:
history:
logbook:
  exclude:
    entity_globs:
      - event.*_remote
recorder:
logger:
  default: info
  logs:
    custom_components.stellantis: debug
    homeassistant.setup: warning
"""


class Folder:
    """The folder for all files of one run: `.demo/<port>` in the project."""

    def __init__(self, port: int) -> None:
        self.path = ROOT / ".demo" / f"{port}"
        self.config = self.path / "config"
        self.simulator = self.config / DOMAIN
        self.authorities = self.path / "authorities.pem"
        self.console = self.path / "console.log"
        self.log = self.config / "home-assistant.log"
        self.simulator_log = self.path / "simulator.log"
        self.second_account = self.path / "second-account.txt"

    def make(self) -> None:
        """Create the folder, empty."""
        self.remove()
        self.simulator.mkdir(parents=True)

    def remove(self) -> None:
        """Delete the folder and its content."""
        shutil.rmtree(self.path, ignore_errors=True)

    def configure(self, port: int, external_url: str, authority: Path) -> None:
        """Write the configuration of a Home Assistant on this port that trusts `authority` and the usual CAs."""
        values = {"home": HOME, "work": WORK, "time_zone": TIME_ZONE, "price": PRICE_OF_A_KWH}
        configuration = CONFIGURATION.format(external_url=external_url, **values)
        (self.config / "configuration.yaml").write_text(configuration)
        (self.config / "automations.yaml").write_text("[]\n")
        (self.config / "custom_components").symlink_to(ROOT / "custom_components")
        # A copy, because Home Assistant follows no symbolic link when it lists blueprints.
        shutil.copytree(ROOT / "blueprints", self.config / "blueprints")
        self._store("http", 2, 2, _http(port))
        self._store("onboarding", 4, 1, {"done": ["core_config", "analytics", "integration"]})
        usual = Path(os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where())
        self.authorities.write_bytes(usual.read_bytes() + b"\n" + authority.read_bytes())

    def _store(self, key: str, version: int, minor_version: int, data: dict[str, Any]) -> None:
        """Write a file of Home Assistant's storage."""
        storage = self.config / ".storage"
        storage.mkdir(exist_ok=True)
        content = {"version": version, "minor_version": minor_version, "key": key, "data": data}
        (storage / key).write_text(json.dumps(content))


def _http(port: int) -> dict[str, Any]:
    """Make the stored HTTP settings. Home Assistant tries the settings of a `http:` block for five minutes only."""
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
