"""What a person asks for or is owed: opt-outs, disputes, complaints, protection, erasure."""
