"""What is measured, each figure against a floor in the same run: `scripts/bench`."""
