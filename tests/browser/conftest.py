"""One demo and one browser for all tests, and a new browser profile for each."""

from collections.abc import Generator, Iterator
import re
import shutil

from playwright.sync_api import Browser, StorageState
import pytest

from .chromium import DESKTOP, Screen, start_chromium
from .demo import FAILURES, Demo, start_demo
from .person import Person, new_person

REPORT = pytest.StashKey[pytest.TestReport]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep how a test ended, for the fixture that saves what it saw."""
    report = yield
    if report.when == "call":
        item.stash[REPORT] = report
    return report


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    with start_demo() as demo:
        yield demo


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with start_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def storage(browser: Browser, demo: Demo) -> StorageState:
    """What a browser keeps of a log-in."""
    with new_person(browser, demo, DESKTOP) as person:
        return person.log_in()


@pytest.fixture
def screen() -> Screen:
    """The screen of the person. A test replaces it by its parameter."""
    return DESKTOP


@pytest.fixture
def person(
    request: pytest.FixtureRequest, browser: Browser, demo: Demo, storage: StorageState, screen: Screen
) -> Iterator[Person]:
    """Give a person a browser that is logged in. If the test fails, save the last page and Home Assistant's log."""
    with new_person(browser, demo, screen, storage) as person:
        yield person
        report = request.node.stash.get(REPORT, None)
        if not report or report.failed or person.complaints:
            folder = FAILURES / re.sub(r"\W+", "_", request.node.name)
            folder.mkdir(parents=True, exist_ok=True)
            for number, page in enumerate(person.context.pages):
                page.screenshot(path=folder / f"page{number}.png")
            shutil.copy(demo.log, folder)
    assert person.complaints == []


@pytest.fixture(scope="module")
def language(request: pytest.FixtureRequest, browser: Browser, demo: Demo, storage: StorageState) -> Iterator[str]:
    """The language of Home Assistant, which names the entities."""
    if request.param == "en":
        yield "en"
        return
    with new_person(browser, demo, DESKTOP, storage) as administrator:
        administrator.open("/profile")
        administrator.set_language(request.param)
        yield request.param
        administrator.set_language("en")
