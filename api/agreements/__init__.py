"""What is agreed with a person: terms, limits and messages of promises and payment plans."""
