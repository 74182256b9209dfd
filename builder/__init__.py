"""The screens: strategies, canvas, map, accounts, templates. Reaches the service over HTTP only."""
