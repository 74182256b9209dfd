"""What a draft would do on the next date to run, counted while it is drawn: a process that holds the book."""
