"""The browser: the Chromium that is on PATH.

Else it is the one that `scripts/setup --browser` has fetched: Playwright's own, or Debian's in `.chromium`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import shutil
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, StorageState, sync_playwright

from .demo import ROOT

DEBIANS = ROOT / ".chromium" / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Without a graphics card, and without the requests that Chromium makes for itself.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# In milliseconds: how long an element or a state may take to appear.
TIMEOUT = 15_000

# Home Assistant's service worker reloads the page some seconds after the first login, and dialogs vanish.
NO_SERVICE_WORKER = "delete Navigator.prototype.serviceWorker"


@dataclass(frozen=True)
class Screen:
    """A screen, its colours, and the language of who looks at it. `scale` is the number of its pixels per CSS pixel."""

    width: int
    height: int
    colors: Literal["light", "dark"] = "light"
    locale: str = "en-GB"
    scale: float = 1.0

    def __str__(self) -> str:
        """Return what tells it from the other screens of the tests."""
        return f"{self.width} {self.colors} {self.locale[:2]}"


DESKTOP, DESKTOP_DARK = Screen(1280, 900), Screen(1280, 900, "dark")
PHONE, PHONE_DARK = Screen(390, 844), Screen(390, 844, "dark")


@contextmanager
def start_chromium() -> Iterator[Browser]:
    """Start the browser."""
    path = next((path for name in (*NAMES, DEBIANS) if (path := shutil.which(name))), None)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=FLAGS) as browser:
        yield browser


def open_context(browser: Browser, screen: Screen, storage: StorageState | None = None) -> BrowserContext:
    """Make a browser profile of its own. It accepts the certificate of the vendor's sign-in."""
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme=screen.colors,
        locale=screen.locale,
        timezone_id="Europe/Paris",
        device_scale_factor=screen.scale,
        reduced_motion="reduce",
        ignore_https_errors=True,
        storage_state=storage,
    )
    context.add_init_script(NO_SERVICE_WORKER)
    context.set_default_timeout(TIMEOUT)
    return context
