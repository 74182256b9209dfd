"""Simulated providers of payments: their APIs, a page to pay on, signed webhooks, a till that judges."""
