"""The commands of ``hutch``, one a file."""
