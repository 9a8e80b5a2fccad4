"""What a check found, and what that is worth. The rules are those of the Verdicts table in docs/grading.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from fractions import Fraction


class Status(StrEnum):
    """The four things that a finding can say."""

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"
    ERROR = "error"


class Reason(StrEnum):
    """Why a check was skipped, or could not be decided."""

    PREREQUISITE = "prerequisite"
    UNSUPPORTED = "unsupported"
    NOT_ALLOWED = "not-allowed"
    DENIED = "denied"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    PENDING = "pending"
    CRASHED = "crashed"
    INTERRUPTED = "interrupted"
    NOT_ON_TAPE = "not-on-tape"


class Verdict(StrEnum):
    """The outcome of a task or of a run. `not-graded` is a task of which this target can show nothing; `interrupted` a
    run that was stopped, and `unusable` one that graded nothing, because of what it was given."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    NOT_GRADED = "not-graded"
    INTERRUPTED = "interrupted"
    UNUSABLE = "unusable"


NOT_GRADED_REASONS = frozenset({Reason.UNSUPPORTED, Reason.NOT_ALLOWED})


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said to a student of one requirement.

    `expected`, `actual`, `resource` (an ARN or a name) and `remedy` are empty where there is nothing to say. `detail` is
    long text, such as the end of a script's output or a traceback. `file` (a path in the submission's folder) and `line`
    say where in the submission it happened; empty and 0 where there is no such place.
    """

    message: str
    _: KW_ONLY
    expected: str = ""
    actual: str = ""
    resource: str = ""
    remedy: str = ""
    detail: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Finding(Statement):
    """What one check says.

    `points` are the points that the check is worth, not those earned. `waits_for` is the id of the finding at the root
    of why this check was not judged: it needs that one, or another that needs it (empty: it was judged). `says` is the
    requirement where the lab has its own words for it, and `hint` the check's own hint where it fails.
    """

    id: str
    check: str
    status: Status
    points: int
    reason: Reason | None = None
    waits_for: str = ""
    says: str = ""
    hint: str = ""
    seconds: float = 0.0

    @property
    def undecided(self) -> bool:
        """True when its points may or may not be earned: an error, or a replay of a tape that does not tell."""
        return self.status is Status.ERROR or self.reason is Reason.NOT_ON_TAPE

    @property
    def not_graded(self) -> bool:
        """True when this target cannot show the requirement, so that its points leave the maximum."""
        return self.status is Status.SKIP and self.reason in NOT_GRADED_REASONS


@dataclass(frozen=True, slots=True)
class Score:
    """Points, all integers. What the submission deserves lies between `earned` and `earned + undetermined`,
    out of `maximum`, from which the `not_graded` points are already taken away."""

    earned: int
    undetermined: int
    not_graded: int
    maximum: int

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Score:
        """Adds up what findings are worth."""
        earned = undetermined = not_graded = total = 0
        for finding in findings:
            total += finding.points
            if finding.status is Status.PASS:
                earned += finding.points
            elif finding.undecided:
                undetermined += finding.points
            elif finding.not_graded:
                not_graded += finding.points
        return cls(earned, undetermined, not_graded, total - not_graded)

    def reaches(self, pass_mark: int) -> bool:
        """Whether the certain points are at least `pass_mark` percent of the maximum (never of nothing)."""
        return self.maximum > 0 and Fraction(self.earned, self.maximum) >= Fraction(pass_mark, 100)


def task_verdict(findings: Iterable[Finding]) -> Verdict:
    """A task is passed when something of it was judged and none of that failed; an error leaves it undecided."""
    judged = [finding for finding in findings if not finding.not_graded]
    if not judged:
        return Verdict.NOT_GRADED
    if any(finding.undecided for finding in judged):
        return Verdict.INCOMPLETE
    if any(finding.status is not Status.PASS for finding in judged):
        return Verdict.FAILED
    return Verdict.PASSED
