"""What devices send: checked, durable before the answer, and shown at once."""
