"""What a student reads before starting, made from the definition that is graded by: text and checks cannot drift."""

from __future__ import annotations

from collections.abc import Iterator

from harness.assessment import Assessment, Task
from harness.report.wording import so_many

ACCOUNT = "ACCOUNT_ID"


def render(lab: Assessment, *, unknown_account_id: str) -> str:
    """The lab as Markdown: its names, its tasks, what each check looks at, and hints that are folded away.

    Args:
        unknown_account_id: what stands in the lab's names for the id of the account, which each student has another.
    """
    parts = [f"# {lab.title}", lab.summary, *_start(lab, unknown_account_id)]
    for number, task in enumerate(lab.tasks, 1):
        parts += _task(number, task)
    return "\n\n".join(part.strip() for part in parts).replace(unknown_account_id, ACCOUNT) + "\n"


def _start(lab: Assessment, unknown_account_id: str) -> Iterator[str]:
    yield "## How to work"
    commands = [
        f"python validate_tasks.py init {lab.id}    # copies the starter to submission/{lab.id}",
        f"python validate_tasks.py {lab.id}         # grades what is there",
    ]
    yield "\n".join(["```sh", *commands, "```"])
    yield f"You pass with {lab.pass_mark} of 100 points, if nothing that is required fails. Use these names:"
    rows = [f"| `{name.upper()}` | `{value}` |" for name, value in lab.names.items()]
    yield "\n".join(["| in the environment | value |", "|---|---|", *rows])
    if [value for value in lab.names.values() if unknown_account_id in value]:
        yield f"{ACCOUNT} is the id of the account that is graded, which `aws sts get-caller-identity` tells."


def _task(number: int, task: Task) -> Iterator[str]:
    worth = so_many(task.points) if task.points else "no points"
    yield f"## {number}. {task.title} ({worth}{', required' if task.required else ''})"
    yield task.description
    checked = [f"- {_worth(spec.points)} {spec.check.summary} (`{spec.finding_id}`)" for spec in task.checks]
    yield "\n".join(["What is looked at:", "", *checked])
    for tier, hint in enumerate(task.hints, 1):
        yield f"<details><summary>Hint {tier}</summary>\n\n{hint}\n\n</details>"


def _worth(points: int) -> str:
    return f"**{so_many(points)}:**" if points else "**Without it, nothing that needs it is graded:**"
