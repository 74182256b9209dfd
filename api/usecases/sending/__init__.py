"""What leaves and what providers say of it: statuses, numbers, calls, letters, the red button."""
