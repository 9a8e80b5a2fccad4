"""Grades AWS DynamoDB labs: `python validate_tasks.py --help`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # also where Python leaves it out (-I, -P)


def main() -> int:
    """Registers the checks and runs the command line. What keeps it from that is said in a sentence too."""
    if sys.version_info < (3, 11):  # noqa: UP036  (this is where an older one is told so)
        sys.stderr.write(f"validate_tasks.py: Python 3.11 or newer is needed; this is {sys.version.split()[0]}.\n")
        return 2
    try:
        import checks  # noqa: F401  (importing registers every check kind)
        from harness import cli
    except KeyboardInterrupt:
        return 130
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
