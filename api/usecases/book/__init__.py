"""The book of debts: loaded, found, and the policy it is worked under."""
