"""The gas monitor: its messages, its history, and pushing each to who listens."""
