"""Errands around the repository: what `make` runs and no package needs."""
