"""The examples in the docstrings of this room hold."""

import doctest
import importlib

import pytest

MODULES = ["formats", "opt_out_words", "provider_errors", "rendering", "sms_text", "sms_twilio", "template_language"]


@pytest.mark.parametrize("module", [*MODULES, "simulator.chance", "simulator.clock"])
def test_the_examples_hold(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"channels.{module}"))
    assert result.attempted > 0 and result.failed == 0
