"""The demo: a real Home Assistant, this integration and a simulated vendor, started together."""
