"""Money that comes in or is promised."""
