"""Where a strategy is drawn: canvas and inspector side by side, findings, figures of today's book."""
