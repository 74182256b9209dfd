"""Message templates: drafted, tried, approved, registered with the provider, sent to a pilot first."""
