"""Who it was: cut-outs of the owner's pets, what they look like, and whose track looks like which."""
