"""How many examples Hypothesis tries: few every day, many with `--hypothesis-profile=thorough`.

`tests/conftest.py` imports this module, because pytest reads the option before it reads the conftest files of folders.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "every_day",
    max_examples=20,
    # The same examples on every machine, however slow it is.
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("every_day"), max_examples=500)
settings.load_profile("every_day")
