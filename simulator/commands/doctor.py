"""`doctor [--json]`: versions and devices; what is wrong and how to mend it."""

import argparse

from simulator.backends.diagnose import diagnose, report
from simulator.commands import shell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this command's arguments."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def execute(arguments: argparse.Namespace) -> int:
    """Print the diagnosis. What is wrong is the result, not an error: the status is 0."""
    findings = diagnose()
    print(shell.dump([one._asdict() for one in findings]) if arguments.json else report(findings))
    return shell.DONE
