"""What an agent works with, in the inbox and at the desk: the account, the timeline, the law, the answer."""
