"""The panel beside the canvas where a chosen step is said: a form per kind, conditions by rows and groups."""
