"""The demo: starts a real Home Assistant with this integration and a simulated vendor."""
