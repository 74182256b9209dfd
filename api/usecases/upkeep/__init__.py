"""Keeping the installation sound: ledger, retention, restores, master keys."""
