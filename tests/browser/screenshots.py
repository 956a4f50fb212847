"""`python -m tests.browser.screenshots`: takes the pictures of docs/images, of what a person does in the demo."""

from collections.abc import Callable
from io import BytesIO
import sys

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page, StorageState

from .chromium import DESKTOP, Screen, start_chromium
from .demo import ROOT, Demo, start_demo
from .form import guided, open_new
from .person import Person, new_person

IMAGES = ROOT / "docs" / "images"
COLORS = 128

E_208, HYBRID, HATCH = "Peugeot e-208", "Peugeot 308 Hybrid", "Peugeot 2008"

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


def take_failure(person: Person) -> None:
    page = open_dashboard(person)
    doors = person.entity_id("lock.doors", HATCH)
    page.mouse.move(700, 500)
    page.mouse.wheel(0, 420)
    person.tile(doors).get_by_role("button", name="Lock", exact=True).click()
    page.locator("ha-toast .message").get_by_text(HATCH).wait_for()
    shoot(page, "failure")


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


PICTURES: dict[str, tuple[Callable[[Person], None], Screen]] = {
    "dashboard": (take_dashboard, Screen(1500, 2140, scale=0.8)),
    "device": (take_device, Screen(1400, 1500)),
    "logbook": (take_logbook, Screen(1410, 900)),
    "failure": (take_failure, Screen(1500, 1100, scale=1.1667)),
    "trips": (take_trips, Screen(1300, 1500)),
    "energy": (take_energy, Screen(1300, 1500)),
    "garage": (take_garage, Screen(1240, 800)),
    "config-flow": (take_config_flow, Screen(1100, 900, scale=1.25)),
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
