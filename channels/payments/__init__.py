"""Payment links: one narrow port, and an adapter for each provider that takes the money."""
