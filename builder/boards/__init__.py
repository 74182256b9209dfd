"""The dashboards: one file each, drawn from what the service counted."""
