"""What the vendor pushes: monitors, and the delivery of messages to callbacks."""
