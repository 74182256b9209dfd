"""Lets ``python -m api.cli`` stand for the ``cadencia`` command."""

from api.cli.app import main

main()
