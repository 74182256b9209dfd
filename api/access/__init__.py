"""Who may do what: users and machines, roles as data, sessions, keys and limits."""
