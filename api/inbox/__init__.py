"""What providers tell us, on its way in: stored at once, then worked in lanes by a process of its own."""
