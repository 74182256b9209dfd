"""Figures of Cadencia, measured the same way each time and written to ``benchmarks/out``."""
