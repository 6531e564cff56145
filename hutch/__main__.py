"""The ``hutch`` command."""

import sys


def main() -> None:
    """Run ``hutch``. Ctrl-C ends it without a traceback, also while it is still being loaded."""
    try:
        from hutch.cli import run_command

        run_command()
    except KeyboardInterrupt:
        sys.stderr.write("hutch: interrupted\n")
        sys.exit(130)  # as hutch.errors has it, which may not be loaded yet


if __name__ == "__main__":
    main()
