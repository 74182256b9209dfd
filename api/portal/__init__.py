"""The debtor's portal: what a person owes a creditor and what they can do about it; no script, no login."""
