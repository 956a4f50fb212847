"""ISO 8601 durations, as the vendor writes them: `PT7H40M`."""

from datetime import timedelta
import re

_DURATION = re.compile(
    r"P(?=.)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,6})S)?)?"
)
_DAYS = {"years": 365, "months": 30}


def parse_duration(text: str) -> timedelta:
    """Parse a duration. A month counts 30 days, a year 365. Raise ValueError if the text is not a duration."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is not a duration.")
    given = {unit: int(number) for unit, number in match.groupdict("0").items()}
    days = sum(given.pop(unit) * days for unit, days in _DAYS.items())
    return timedelta(days=days) + timedelta(**given)


def format_duration(seconds: float) -> str:
    """Format a duration in hours and minutes, rounded to whole minutes."""
    hours, minutes = divmod(round(seconds / 60), 60)
    written = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    return f"PT{written or '0S'}"
