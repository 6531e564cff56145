"""The way in: the ``hutch`` command, its configuration, and the supervisor of the processes."""
