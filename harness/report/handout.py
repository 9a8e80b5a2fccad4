"""What a student reads before starting. It is made from the definition that is used to grade, so both always agree."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from harness import paths
from harness.checking.check import CheckSpec
from harness.labs.definition import DEFAULT_STUDENT_ID, Lab, Task
from harness.report.wording import so_many

ACCOUNT = "ACCOUNT_ID"


def render(lab: Lab, *, student_id: str, unknown_account_id: str) -> str:
    """The lab as Markdown: its names, its tasks, what each check looks at, and hints that are folded.

    Args:
        student_id: whose names are shown.
        unknown_account_id: the text in the lab's names in place of the account's id, which differs for each student.
    """
    parts = [f"# {lab.title}", lab.summary, *_start(lab, student_id, unknown_account_id)]
    needed = {need for spec in lab.checks for need in spec.needs}
    for number, task in enumerate(lab.tasks, 1):
        parts += _task(number, task, needed)
    return "\n\n".join(part.strip() for part in parts).replace(unknown_account_id, ACCOUNT) + "\n"


def _start(lab: Lab, student_id: str, unknown_account_id: str) -> Iterator[str]:
    yield "## How to work"
    named = "" if student_id == DEFAULT_STUDENT_ID else f" --student-id {student_id}"
    commands = [
        f"{paths.PROGRAM} init {lab.id}    # copies the starter to submission/{lab.id}",
        f"{paths.PROGRAM} {lab.id}{named}         # grades what is there",
    ]
    yield "\n".join(["```sh", *commands, "```"])
    yield f"You pass with {lab.pass_mark} of 100 points, if no required task fails. Use these names:"
    rows = [f"| `{name.upper()}` | `{value}` |" for name, value in lab.variables.items()]
    yield "\n".join(["| in the environment | value |", "|---|---|", *rows])
    if [value for value in lab.names.values() if unknown_account_id in value]:
        yield f"{ACCOUNT} is the id of the graded account. The script finds the names with it in its environment."


def _task(number: int, task: Task, needed: Collection[str]) -> Iterator[str]:
    worth = so_many(task.points) if task.points else "no points"
    yield f"## {number}. {task.title} ({worth}{', required' if task.required else ''})"
    yield task.description
    yield "\n".join(["What is checked:", "", *(_looked_at(spec, needed) for spec in task.checks)])
    for tier, hint in enumerate(task.hints, 1):
        yield f"<details><summary>Hint {tier}</summary>\n\n{hint}\n\n</details>"


def _looked_at(spec: CheckSpec, needed: Collection[str]) -> str:
    """A check with its parameters, because the same sentence can have several meanings without them."""
    worth = so_many(spec.points) if spec.points else "No points, but what depends on it is graded only if it passes"
    if not spec.points and spec.id not in needed:
        worth = "No points"
    where = f" In `{spec.region}`." if spec.region else ""
    settings = [f"`{name}: {json.dumps(value, ensure_ascii=False)}`" for name, value in spec.parameters.items()]
    return "\n  ".join(
        [
            f"- **{worth}:** {spec.summary}{where} (`{spec.finding_id}`)",
            *([", ".join(settings)] if settings else []),
        ]
    )
