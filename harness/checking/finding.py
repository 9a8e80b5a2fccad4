"""What a check found, and how many points that is worth. The rules are in the table of verdicts in docs/grading.md."""

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
    """The outcome of a task or of a run. `not-graded`: this target can show nothing of the task; `interrupted`: the run
    was stopped; `unusable`: the run graded nothing, because its input was not usable."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    NOT_GRADED = "not-graded"
    INTERRUPTED = "interrupted"
    UNUSABLE = "unusable"


NOT_GRADED_REASONS = frozenset({Reason.UNSUPPORTED, Reason.NOT_ALLOWED})


@dataclass(frozen=True, slots=True)
class Statement:
    """What a finding says to a student about one requirement.

    `expected`, `actual`, `resource` (an ARN or a name) and `remedy` are empty if there is nothing to say. `detail` is
    long text, such as the end of a script's output or a traceback. `file` (a path in the submission's folder) and
    `line` say where in the submission it happened; they are empty and 0 if there is no such place.
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

    `points` are the points that the check is worth, not those earned. If this check was not judged, `waits_for` is the
    id of the finding that caused this: this check needs that one, or another check that needs it (empty: it was
    judged). `says` is the requirement in the lab's own words, if it has any, and `hint` is the check's own hint if it
    fails.
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
        """True if its points may or may not be earned: an error, or a replay of a tape that does not hold the
        answer."""
        return self.status is Status.ERROR or self.reason is Reason.NOT_ON_TAPE

    @property
    def not_graded(self) -> bool:
        """True if this target cannot show the requirement, so that its points leave the maximum."""
        return self.status is Status.SKIP and self.reason in NOT_GRADED_REASONS


@dataclass(frozen=True, slots=True)
class Score:
    """Points, all integers. What the submission deserves is between `earned` and `earned + undetermined`, out of
    `maximum`, which does not include the `not_graded` points."""

    earned: int
    undetermined: int
    not_graded: int
    maximum: int

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Score:
        """Adds up the points of findings."""
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
        """Whether the certain points are at least `pass_mark` percent of the maximum. Never if the maximum is 0."""
        return self.maximum > 0 and Fraction(self.earned, self.maximum) >= Fraction(pass_mark, 100)


def task_verdict(findings: Iterable[Finding]) -> Verdict:
    """A task is passed if some of it was judged and none of that failed; an error leaves it undecided."""
    judged = [finding for finding in findings if not finding.not_graded]
    if not judged:
        return Verdict.NOT_GRADED
    if any(finding.undecided for finding in judged):
        return Verdict.INCOMPLETE
    if any(finding.status is not Status.PASS for finding in judged):
        return Verdict.FAILED
    return Verdict.PASSED
