"""The fault matrix: every request of the vendor's API that the integration sends, disturbed in every way."""
