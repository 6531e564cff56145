"""Which version of Hutch runs."""

from importlib.metadata import version

VERSION = version("hutch-monitor")
