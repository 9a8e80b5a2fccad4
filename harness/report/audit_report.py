"""The report of an audit, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence

from harness.audit.audit import AuditResult
from harness.audit.auditor import Ruling
from harness.audit.blind_spots import BlindSpot, blind_spots, draft
from harness.report.text import printable

SCHEMA_VERSION = 1
DRAFT = (
    "  For each of them, either a check is missing, or it is irrelevant. For those that are irrelevant, this is a draft for "
    "the review, to paste below irrelevant: and to complete with the reasons:"
)


def as_text(results: Sequence[AuditResult]) -> str:
    """How each lab was judged, and every problem."""
    lines = []
    for result in results:
        counts = ", ".join(f"{result.count(ruling)} {ruling}" for ruling in Ruling)
        proven = "proven" if result.proven else "NOT PROVEN"
        lines += [f"{result.lab}: {proven}, {len(result.cases)} mutants and variants in {result.seconds:.1f} s", counts]
        spots = blind_spots(result.cases)
        lines += [
            f"  {case.ruling}: {printable(case.name)} ({printable(case.explanation)})"
            for case in result.problems
            if not (spots and case.path and case.ruling is Ruling.BLIND)
        ]
        lines += [f"  blind: {printable(_spot(one))}" for one in spots]
        lines += [DRAFT, *map(printable, draft(spots).splitlines())] if spots else []
        lines += [f"  {printable(one)}" for one in result.remarks]
        lines += [f"  how each is judged was written to {result.written}"] if result.written else []
    return "\n".join(lines) + "\n"


def as_json(results: Sequence[AuditResult]) -> str:
    """One object: `labs`, each with its counts and its problems."""
    labs = [
        {
            "lab": result.lab,
            "proven": result.proven,
            "mutants": len(result.cases) - result.count(Ruling.RIGHT),
            "noticed": result.count(Ruling.NOTICED),
            "irrelevant": result.count(Ruling.IRRELEVANT),
            "right_variants": result.count(Ruling.RIGHT),
            "blind": _cases(result, Ruling.BLIND),
            "draft": draft(blind_spots(result.cases)),
            "wrongly_blamed": _cases(result, Ruling.WRONGLY_BLAMED),
            "judged_anew": _cases(result, Ruling.JUDGED_ANEW),
            "remarks": list(result.remarks),
            "written": str(result.written or ""),
            "seconds": round(result.seconds, 3),
        }
        for result in results
    ]
    return json.dumps({"schema_version": SCHEMA_VERSION, "labs": labs}, indent=2) + "\n"


def _spot(spot: BlindSpot) -> str:
    changes = ", ".join(one for one in spot.changes if one)
    return f"{spot.read} {spot.where}{': ' if changes else ''}{changes} ({spot.why})"


def _cases(result: AuditResult, ruling: Ruling) -> list[dict[str, str]]:
    return [{"mutant": case.name, "explanation": case.explanation} for case in result.cases if case.ruling is ruling]
