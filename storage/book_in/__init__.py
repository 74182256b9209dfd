"""The book coming in: frames of people, debts and what happened to them, saved by natural key.

Every function works inside the caller's transaction and writes only what changed.
"""
