"""InfluxDB 2 from the inside: its queries, answers, clients, and what ``apply`` sets up on it."""
