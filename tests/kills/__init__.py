"""A real Home Assistant, killed at random moments: `python -m tests.kills`."""
