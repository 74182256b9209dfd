"""The pages of the screens, one file each, and when each of them is shown."""
