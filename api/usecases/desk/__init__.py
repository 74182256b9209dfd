"""What people do at their desk: take tasks, call, end them with a result."""
