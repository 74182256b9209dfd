"""Replies in Spanish understood: hard rules, then a classifier that abstains; dates and amounts said."""
