"""Days of three cars, up to a year of them, in which all that can happen does, faults included."""
