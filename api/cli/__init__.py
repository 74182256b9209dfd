"""The command line: every use case of the service, for operators and for `make`."""

from api.cli.app import main

__all__ = ["main"]
