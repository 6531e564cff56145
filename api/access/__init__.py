"""Who calls, and what they may: logins, sessions, devices and their tokens, and the door they come in by."""
