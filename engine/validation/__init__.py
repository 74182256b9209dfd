"""Everything that is wrong with a strategy, said at once: structure, conditions, messages, law, neighbours.

Errors block publishing, warnings ask. ``validate`` never raises, and a document without errors compiles.
"""

from engine.validation.context import CapacityFigures, Context, TemplateFacts
from engine.validation.validate import validate

__all__ = ["CapacityFigures", "Context", "TemplateFacts", "validate"]
