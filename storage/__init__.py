"""Remembers: PostgreSQL tables, columnar reads and writes, outbox, ledger, snapshots, the queue."""
