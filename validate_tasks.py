"""Grades AWS DynamoDB labs: `python validate_tasks.py --help`."""

import sys
from pathlib import Path

FILE = Path(__file__).resolve()
NAME = Path(sys.argv[0]).name  # this file's, or that of the command that pip made
sys.path.insert(0, str(FILE.parent))  # where pip put it; -I and -P leave this folder out


def main() -> int:
    """Registers the checks and runs the command line. If that is impossible, says why in a sentence."""
    if sys.version_info < (3, 11):  # noqa: UP036  (an older Python stops here)
        complain(f"Python 3.11 or newer is required; this is {sys.version.split()[0]}.")
        return 2
    try:
        import checks  # noqa: F401  (importing registers every check kind)
        from harness.cli import main as cli
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        remedy = f"Type: {sys.executable} -m pip install -r requirements.txt"
        complain(f"the tool cannot be loaded: {reason}. {remedy if FILE.name == NAME else 'Install it again.'}")
        return 2
    return cli.main(sys.argv[1:])


def complain(message: str) -> None:
    """Reports what is wrong when the tool's own modules cannot be used for that."""
    if sys.stderr is not None:
        sys.stderr.write(f"{NAME}: {message}\n")


if __name__ == "__main__":
    sys.exit(main())
