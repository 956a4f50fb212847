"""What must not be in a log."""

import logging

import pytest


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration has said that a normal day's log must not hold."""
    return [
        one.getMessage()
        for one in caplog.records
        if one.levelno >= logging.WARNING and one.name.startswith("custom_components.stellantis")
    ]


def entity_complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what Home Assistant warns of, as far as it is about entities."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING
        and record.name.startswith(("homeassistant.components", "homeassistant.helpers"))
    ]
