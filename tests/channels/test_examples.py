"""The examples in the docstrings of this room hold."""

import doctest
import importlib

import pytest

MODULES = (
    "assisted cells formats letters mail_in one_click opt_out_words paper provider_errors rendering"
    " sms_segments sms_smpp sms_text sms_twilio statements template_language template_words text_address"
).split()


@pytest.mark.parametrize("module", [*MODULES, "simulator.chance", "simulator.clock"])
def test_the_examples_hold(module: str) -> None:
    result = doctest.testmod(importlib.import_module(f"channels.{module}"))
    assert result.attempted > 0 and result.failed == 0
