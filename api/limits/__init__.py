"""How much anybody may ask at once and how long: rates, slow clients, a store that hangs."""
