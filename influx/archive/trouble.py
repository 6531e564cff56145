"""What can be wrong with an archive."""


class ArchiveError(Exception):
    """A folder or file that is not the archive it should be, in one sentence that says what to do."""
