"""What one config entry runs."""
