"""Calls of pets in the sound of a camera: numbers in, numbers out, and no sound is ever kept."""
