"""What comes back from people and from other systems."""
