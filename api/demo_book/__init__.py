"""A book for demonstrations and load: real debts of 2005, and people who do not exist.

Everything invented follows by hash from the number of an account or person and a seed, so that the
same book comes out every time, in any slice, on any machine.
"""
