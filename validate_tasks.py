"""Grades AWS DynamoDB labs: `python validate_tasks.py --help`."""

import sys

import checks  # noqa: F401  (importing registers every check kind)
from harness import cli

if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:]))
