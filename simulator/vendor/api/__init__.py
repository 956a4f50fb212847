"""The API behind mutual TLS."""
