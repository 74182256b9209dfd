"""The screens: strategies and their canvas, today, map, accounts, templates, approvals. Reaches the service over HTTP only."""
