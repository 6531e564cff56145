"""When to warn of whom: thresholds as people set them."""
