"""The strategy as people draw it: document, node kinds, validator, versions."""
