"""The command line: each command imports its needs when it is called."""

import sys


def main() -> int:
    """Run the command of the arguments; returns the exit code."""
    from vernissage.cli.program import run

    return run(sys.argv[1:])
