"""A person who uses Home Assistant and the garage in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    StorageState,
    WebError,
    expect,
)

from .chromium import TIMEOUT, Screen, open_context
from .demo import DOMAIN, Demo

USER = "demo"
ENTRIES = "config/config_entries/entry"
LOAD_TIMEOUT = 30_000
expect.set_options(timeout=TIMEOUT)

# What is complained of in any case: map tiles and brands' icons that cannot be fetched without the internet, a command
# that was under way when its page was left, the icon that the simulated vendor's pages lack.
HARMLESS = ("/api/map_tiles/", "/api/brands/", "disconnected", "Subscription not found", "/favicon.ico")

# The error of an action that failed, which has no words for the console.
REFUSAL = "Object"

ABORTED = "net::ERR_ABORTED"

HASS = "document.querySelector('home-assistant').hass"
STATE = f"([id, state]) => {HASS}?.states[id]?.state === state"
ATTRIBUTE = f"([id, name, value]) => {HASS}?.states[id]?.attributes[name] === value"

# Walks through all shadow trees. A label is cut where it ends with an ellipsis.
CUT_LABELS = """() => {
  const cut = [];
  const walk = root => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (getComputedStyle(element).textOverflow === "ellipsis" && element.clientWidth > 0
          && element.scrollWidth > element.clientWidth) cut.push(element.textContent.trim());
    }
  };
  for (const card of document.querySelectorAll("home-assistant")) walk(card.shadowRoot);
  return cut;
}"""


class Person:
    """A person with a browser profile. What the browser complains about is in `complaints`."""

    def __init__(self, context: BrowserContext, demo: Demo) -> None:
        self.demo = demo
        self.context = context
        self.complaints: list[str] = []
        context.on("console", self._hear)
        context.on("weberror", self._note)
        self.page = context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._add(f"{message.text} ({message.location['url']})")

    def _note(self, error: WebError) -> None:
        self._add(f"{error.error}")

    def _add(self, complaint: str) -> None:
        if not any(words in complaint for words in HARMLESS):
            self.complaints.append(complaint)

    def forgive_refusal(self) -> None:
        """Forget what the frontend complains of after a command that failed: a promise that nobody has looked at."""
        self.complaints = [each for each in self.complaints if each != REFUSAL]

    def log_in(self) -> StorageState:
        """Log in, and return what the browser keeps of it."""
        self.page.goto(self.demo.url)
        self.page.fill("input[name=username]", USER)
        self.page.fill("input[name=password]", USER)
        self.page.get_by_role("button", name="Log in").click()
        self._wait_for_home_assistant()
        return self.context.storage_state()

    def open(self, path: str) -> Page:
        """Open a page of Home Assistant."""
        url = f"{self.demo.url}{path}"
        try:
            self.page.goto(url)
        except Error as error:
            # A dialog that has just been closed goes back in the browser's history.
            if ABORTED not in error.message:
                raise
            self.page.goto(url)
        self._wait_for_home_assistant()
        return self.page

    def _wait_for_home_assistant(self) -> None:
        self.page.locator("home-assistant-main").wait_for(state="attached", timeout=LOAD_TIMEOUT)
        self.page.wait_for_function(f"Object.keys({HASS}?.states ?? {{}}).length > 0")

    def wait_for_state(self, entity_id: str, state: str) -> None:
        """Wait until an entity has a state."""
        self.page.wait_for_function(STATE, arg=[entity_id, state])

    def wait_for_attribute(self, entity_id: str, name: str, value: str) -> None:
        """Wait until an attribute of an entity has a value."""
        self.page.wait_for_function(ATTRIBUTE, arg=[entity_id, name, value])

    def command(self, kind: str, **fields: Any) -> Any:
        """Send a websocket command of the page, and return its result."""
        return self.page.evaluate(f"message => {HASS}.callWS(message)", {"type": kind, **fields})

    def entity_id(self, key: str, device: str) -> str:
        """Return the id of a car's entity by its platform and translation key, such as `lock.doors`."""
        platform, _, name = key.partition(".")
        devices = {each["id"]: each["name"] for each in self.command("config/device_registry/list")}
        [entity_id] = [
            str(each["entity_id"])
            for each in self.command("config/entity_registry/list")
            if each["translation_key"] == name
            and each["entity_id"].startswith(f"{platform}.")
            and devices.get(each["device_id"]) == device
        ]
        return entity_id

    def act(self, domain: str, service: str, entity_id: str, *, refused: bool = False) -> None:
        """Perform an action and wait for its end. `refused` tells that the car will not do it."""
        action = f"([domain, service, id]) => {HASS}.callService(domain, service, {{entity_id: id}}, {{}}, false)"
        ended = self.page.evaluate(
            f"given => ({action})(given).then(() => true, () => false)", [domain, service, entity_id]
        )
        assert ended is not refused

    @property
    def language(self) -> str:
        """The language in which the person reads Home Assistant, such as `de`."""
        language: str = self.page.evaluate(f"{HASS}.language")
        return language.partition("-")[0]

    def localize(self, key: str) -> str:
        """Return words of Home Assistant's own in the person's language, once the page has them."""
        text: str = self.page.wait_for_function(f"key => {HASS}.localize(key)", arg=key).json_value()
        return text

    def set_language(self, language: str) -> None:
        """Have Home Assistant name the entities in a language, as after a restart."""
        self.command("config/core/update", language=language)
        for entry in self.command("config_entries/get", domain=DOMAIN):
            self.page.evaluate(f"path => {HASS}.callApi('POST', path)", f"{ENTRIES}/{entry['entry_id']}/reload")

    def delete_upload(self, file_id: str) -> None:
        """Delete a file that Home Assistant has received, as its page does when the file is taken out of the form."""
        self.page.evaluate(f"id => {HASS}.callApi('DELETE', 'file_upload', {{file_id: id}})", file_id)

    def in_the_garage(self, car: str, action: str, value: str = "") -> None:
        """Do to a car what people do."""
        answer = self.page.request.post(f"{self.demo.garage}/{car}/{action}", params={"value": value} if value else {})
        assert answer.ok, answer.text()

    def tile(self, entity_id: str) -> Locator:
        """Find the tile of an entity on the dashboard."""
        number = self.page.locator("hui-tile-card").evaluate_all(
            "(tiles, id) => tiles.findIndex(tile => tile._config?.entity === id)", entity_id
        )
        return self.page.locator("hui-tile-card").nth(number)

    def cut_labels(self) -> list[str]:
        """Return the labels on the page that are cut."""
        labels: list[str] = self.page.evaluate(CUT_LABELS)
        return labels

    @contextmanager
    def consenting(self, decision: str = "Allow") -> Iterator[None]:
        """Press a button in the vendor's window that opens meanwhile, and wait until it has closed.

        Without a decision the window closes by itself: the vendor asks nothing.
        """
        with self.context.expect_page() as opened:
            yield
        window = opened.value
        if decision:
            with window.expect_event("close"):
                window.get_by_role("button", name=decision).click()
        elif not window.is_closed():
            window.wait_for_event("close")


@contextmanager
def new_person(browser: Browser, demo: Demo, screen: Screen, storage: StorageState | None = None) -> Iterator[Person]:
    """Give a person a new browser profile."""
    with open_context(browser, screen, storage) as context:
        yield Person(context, demo)
