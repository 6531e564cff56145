"""Painted rooms, pets and light from a seed, with the truth about them: what Hutch's rules are measured on.

``docs/world.md`` says what counts as what. Nothing here knows of a rule, and no rule knows of this.
"""
