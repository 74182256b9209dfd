"""The screens: strategies, canvas, today, map, accounts, templates, approvals. Reaches the service over HTTP."""
