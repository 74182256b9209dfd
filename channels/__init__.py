"""Speaks and listens to people: one file per provider, in and out; templates and the simulator."""
