"""The demo: a real portfolio worked for five days against the provider simulator, told as it happens."""
