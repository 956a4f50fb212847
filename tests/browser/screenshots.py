"""`python -m tests.browser.screenshots`: takes the pictures of docs/images and the recording, of what a person does."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
import re
import sys
from time import monotonic

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FloatRect, Locator, Page, StorageState

from .chromium import DESKTOP, TIMEOUT, Screen, start_chromium
from .demo import ROOT, Demo, start_demo
from .form import guided, open_new
from .person import Person, new_person

IMAGES = ROOT / "docs" / "images"
COLORS = 128

E_208, HYBRID, HATCH = "Peugeot e-208", "Peugeot 308 Hybrid", "Peugeot 2008"

# Of a film: the seconds of a frame while something happens, and the size of the finger in CSS pixels.
FRAME = 0.4
FINGER = 22

TO_THE_MIDDLE = "element => element.scrollIntoView({block: 'center'})"

# Fonts are loaded, nothing moves, and what is drawn on a canvas has been drawn for some frames.
SETTLED = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 90; frame++) await new Promise(requestAnimationFrame);
}"""


def shoot(page: Page, name: str, clip: FloatRect | None = None, *, full_page: bool = False) -> None:
    """Take a picture, with few colours so that the file is small."""
    page.evaluate(SETTLED)
    taken = Image.open(BytesIO(page.screenshot(clip=clip, full_page=full_page))).convert("RGB")
    path = IMAGES / f"{name}.png"
    taken.quantize(COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path.relative_to(ROOT)}: {taken.width} x {taken.height}, {path.stat().st_size // 1024} KiB\n")


def around(*shown: Locator, margin: float = 16) -> FloatRect:
    """Return the rectangle around elements."""
    boxes = [box for each in shown if (box := each.bounding_box())]
    left, top = (min(box[side] for box in boxes) - margin for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in boxes) + margin
    bottom = max(box["y"] + box["height"] for box in boxes) + margin
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


class Film:
    """Frames of a page, and for how many seconds each is shown."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[tuple[Image.Image, float]] = []

    def shoot(self, seconds: float, pressed: Locator | None = None) -> None:
        """Take a frame. `pressed` is where a finger is."""
        frame = Image.open(BytesIO(self._page.screenshot())).convert("RGB")
        if pressed and (box := pressed.bounding_box()):
            scale = frame.width / self._page.evaluate("innerWidth")
            x, y = ((box["x"] + box["width"] / 2) * scale, (box["y"] + box["height"] / 2) * scale)
            ImageDraw.Draw(frame).circle((x, y), FINGER * scale, outline="#ff5722", width=round(4 * scale))
        self._frames.append((frame, seconds))

    def press(self, button: Locator) -> None:
        """Press a button, so that it can be seen."""
        self.shoot(0.8, button)
        button.click()

    def watch(self, shown: Locator) -> None:
        """Take frames until something is shown."""
        deadline = monotonic() + TIMEOUT / 1000
        while not shown.is_visible():
            assert monotonic() < deadline, shown
            next_at = monotonic() + FRAME
            self.shoot(FRAME)
            self._page.wait_for_timeout(max(0.0, next_at - monotonic()) * 1000)

    def save(self, name: str) -> None:
        """Save the film."""
        path = IMAGES / f"{name}.webp"
        (first, _), *others = self._frames
        durations = [round(seconds * 1000) for _, seconds in self._frames]
        first.save(
            path, save_all=True, append_images=[frame for frame, _ in others], duration=durations, loop=0, quality=70
        )
        length = sum(durations) / 1000
        sys.stdout.write(
            f"{path.relative_to(ROOT)}: {len(durations)} frames, {length} s, {path.stat().st_size // 1024} KiB\n"
        )


def open_dashboard(person: Person, path: str = "/demo-cars/0") -> Page:
    """Open a page of the dashboard and wait until it shows its tiles."""
    page = person.open(path)
    page.locator("hui-tile-card").last.wait_for()
    return page


def use_the_cars(person: Person) -> None:
    """Do some things that the logbook and the tiles show."""
    open_dashboard(person)
    doors = person.entity_id("lock.doors", E_208)
    person.in_the_garage("combustion", "open", "Trunk")
    person.act("lock", "lock", doors)
    person.act("climate", "turn_on", person.entity_id("climate.preconditioning", E_208))
    person.act("lock", "unlock", person.entity_id("lock.doors", HYBRID))
    person.act("lock", "lock", person.entity_id("lock.doors", HATCH), refused=True)
    person.in_the_garage("hybrid", "drive-off")
    person.wait_for_state(person.entity_id("binary_sensor.moving", HYBRID), "on")


def take_dashboard(person: Person) -> None:
    page = open_dashboard(person)
    page.locator("hui-calendar-card .fc-event").first.wait_for()
    shoot(page, "dashboard")


def take_phone(person: Person, language: str) -> None:
    """Take a picture of a command that failed, in a language."""
    person.open("/profile")
    person.set_language(language)
    page = open_dashboard(person)
    tile = person.tile(person.entity_id("lock.doors", HATCH))
    tile.evaluate(TO_THE_MIDDLE)
    tile.locator("ha-control-button").first.click()
    page.locator("ha-toast .message").get_by_text(HATCH).wait_for()
    shoot(page, f"phone-{language}")
    person.set_language("en")


def take_device(person: Person) -> None:
    person.open("/config")
    [device] = [each["id"] for each in person.command("config/device_registry/list") if each["name"] == E_208]
    page = person.open(f"/config/devices/device/{device}")
    page.get_by_text("Odometer").first.wait_for()
    page.locator("ha-logbook-renderer").get_by_text("Doors").first.wait_for()
    shoot(page, "device")


def take_logbook(person: Person) -> None:
    page = person.open("/logbook")
    entries = page.locator("ha-logbook-renderer")
    entries.get_by_text(E_208).first.wait_for()
    left = around(entries, margin=0)["x"]
    shoot(page, "logbook", {"x": left, "y": 180, "width": 810, "height": 630})


def take_trips(person: Person) -> None:
    page = open_dashboard(person, "/demo-cars/history")
    page.locator("hui-calendar-card .fc-event").first.wait_for()
    page.locator("hui-statistics-graph-card canvas").nth(1).wait_for()
    graphs = page.locator("hui-statistics-graph-card")
    shoot(
        page, "trips", around(page.locator("hui-heading-card").first, page.locator("hui-calendar-card"), graphs.nth(1))
    )


def take_energy(person: Person) -> None:
    page = person.open("/energy")
    page.locator("hui-energy-period-selector ha-date-range-picker").click()
    page.get_by_text("This month", exact=True).click()
    page.locator("hui-energy-devices-detail-graph-card canvas").first.wait_for()
    shoot(page, "energy", around(page.locator("hui-energy-devices-detail-graph-card")))


def take_garage(person: Person) -> None:
    person.in_the_garage("combustion", "open", "RearLeft")
    person.page.goto(person.demo.garage)
    person.page.locator("article").last.wait_for()
    shoot(person.page, "garage")


def take_config_flow(person: Person) -> None:
    brand, values = guided(person)
    form = open_new(person)
    form.choose_brand(brand)
    form.open_advanced()
    form.fill(values)
    form.dialog.get_by_label("Brand").first.scroll_into_view_if_needed()
    shoot(person.page, "config-flow")
    with person.context.expect_page() as opened:
        form.submit()
    window = opened.value
    window.get_by_role("button", name="Allow").wait_for()
    window.set_viewport_size({"width": 560, "height": 660})
    shoot(window, "oauth-consent", full_page=True)


def take_recording(person: Person) -> None:
    """Lock the car, unlock it and open its boot in the garage, try to lock it, and read why it cannot be."""
    page = open_dashboard(person)
    doors = person.entity_id("lock.doors", E_208)
    person.in_the_garage("electric", "unlock")
    person.wait_for_state(doors, "unlocked")
    film = Film(page)

    def show_doors() -> Locator:
        tile = person.tile(doors)
        tile.evaluate(TO_THE_MIDDLE)
        page.evaluate(SETTLED)
        film.shoot(1.5)
        return tile

    tile = show_doors()
    film.press(tile.get_by_role("button", name="Lock", exact=True))
    film.watch(tile.get_by_text("Locked", exact=True))
    film.shoot(2)

    page.goto(person.demo.garage)
    card = page.locator("article", has_text=E_208)
    boot = card.get_by_role("button", name=re.compile("^Boot"))
    boot.evaluate(TO_THE_MIDDLE)
    film.shoot(1.5)
    # As the key does, or the car has nothing to lock.
    film.press(card.get_by_role("button", name="Unlock", exact=True))
    film.watch(card.get_by_role("button", name="Lock", exact=True))
    film.press(boot)
    film.watch(card.get_by_text("boot open").first)
    film.shoot(1.5)

    open_dashboard(person)
    person.wait_for_state(person.entity_id("binary_sensor.trunk", E_208), "on")
    film.press(show_doors().get_by_role("button", name="Lock", exact=True))
    reason = page.locator("ha-toast .message").get_by_text(E_208)
    film.watch(reason)
    page.evaluate(SETTLED)
    film.shoot(4)
    film.save("recording")
    person.in_the_garage("electric", "close", "Trunk")


PICTURES: dict[str, tuple[Callable[[Person], None], Screen]] = {
    "dashboard": (take_dashboard, Screen(1500, 2140, scale=0.8)),
    "device": (take_device, Screen(1400, 1500)),
    "logbook": (take_logbook, Screen(1410, 900)),
    "phone-en": (partial(take_phone, language="en"), Screen(390, 560, scale=1.5)),
    "phone-fr": (partial(take_phone, language="fr"), Screen(390, 560, locale="fr-FR", scale=1.5)),
    "phone-de": (partial(take_phone, language="de"), Screen(390, 560, locale="de-DE", scale=1.5)),
    "trips": (take_trips, Screen(1300, 1500)),
    "energy": (take_energy, Screen(1300, 1500)),
    "garage": (take_garage, Screen(1240, 800)),
    "config-flow": (take_config_flow, Screen(1100, 900, scale=1.25)),
    "recording": (take_recording, Screen(480, 600, scale=1.25)),
}
# Pictures that are taken along with another one.
TOGETHER = {"oauth-consent": "config-flow"}


def take(names: list[str], browser: Browser, demo: Demo) -> None:
    """Take the pictures with these names."""
    with new_person(browser, demo, DESKTOP) as person:
        storage: StorageState = person.log_in()
        use_the_cars(person)
    for name, (function, screen) in PICTURES.items():
        if name in names:
            with new_person(browser, demo, screen, storage) as person:
                function(person)


def main() -> int:
    """Take the pictures that are named, all if none is."""
    wanted = sys.argv[1:] or [*PICTURES]
    if unknown := set(wanted) - {*PICTURES, *TOGETHER}:
        sys.stderr.write(f"There is no picture {', '.join(sorted(unknown))}: choose of {', '.join(PICTURES)}.\n")
        return 2
    with start_demo() as demo, start_chromium() as browser:
        take([TOGETHER.get(name, name) for name in wanted], browser, demo)
    return 0


if __name__ == "__main__":
    sys.exit(main())
