"""Strategies from the draft to the publication, and what happens to the accounts inside them."""
