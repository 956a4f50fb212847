"""What the cars did: their charges and trips."""
