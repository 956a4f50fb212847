"""Remotes: what a car can be asked to do, and how a remote ends."""
