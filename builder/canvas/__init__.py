"""The strategy canvas: what it draws, what an edit does, its history, and the component that shows it."""
