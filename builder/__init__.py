"""The screens: strategy canvas, templates, inbox, dashboards. Reaches the service over HTTP only."""
