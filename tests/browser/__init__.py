"""Tests in a real browser, against the demo. `scripts/test --browser` runs them, in an environment of their own."""
