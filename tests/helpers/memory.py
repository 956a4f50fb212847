"""What would make a worker grow with each test."""

from collections.abc import Generator

from aiohttp import web_app
import pytest


@pytest.fixture(autouse=True)
def forget_handlers() -> Generator[None]:
    """Clear aiohttp's cache of handlers: it keeps 1024 of them, each with its whole Home Assistant or simulator."""
    yield
    web_app._cached_build_middleware.cache_clear()
