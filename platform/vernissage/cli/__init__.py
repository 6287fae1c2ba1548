"""The command line: each command imports what it needs when it is called."""

import sys


def main() -> int:
    """Run the command that was typed; the exit code."""
    from vernissage.cli.program import run

    return run(sys.argv[1:])
