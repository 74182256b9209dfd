"""Who may: users, keys, signing in, second persons."""
