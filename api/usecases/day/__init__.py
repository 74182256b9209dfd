"""The business date: opened, worked shard by shard, closed, explained; and accounts evaluated between."""
