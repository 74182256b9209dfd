"""The day's decisions back into PostgreSQL: one guarded transaction per shard."""

from storage.day_write.writing import Writing, Written, write

__all__ = ["Writing", "Written", "write"]
