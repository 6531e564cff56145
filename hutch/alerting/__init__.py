"""Alarms: looked for now and then, remembered across every restart, and told to whom they matter."""
