"""The handout says what is graded, because it is made from it."""

from __future__ import annotations

import json
from dataclasses import replace

from markdown_it import MarkdownIt

from harness.labs.definition import load_lab
from harness.report import handout
from harness.report.wording import so_many
from harness.targets.target import UNKNOWN_ACCOUNT_ID
from tests.labs.engine import LAB
from tests.support import LISTED, MISSPELT, named, run_command


def test_it_holds_every_task_check_hint_and_name_of_the_definition() -> None:
    lab = load_lab(LAB, student_id="ann", account_id=UNKNOWN_ACCOUNT_ID, region="us-east-1")

    text = handout.render(lab, student_id="ann", unknown_account_id=UNKNOWN_ACCOUNT_ID)

    assert text.startswith(f"# {lab.title}\n\n{lab.summary}\n")
    assert "You pass with 70 of 100 points, if no required task fails." in text
    assert f"| `TABLE_NAME` | `{named('table_name', 'ann')}` |" in text
    assert f"| `ARCHIVE_BUCKET` | `{named('archive_bucket', 'ann', 'ACCOUNT_ID')}` |" in text
    assert "\n\nACCOUNT_ID is the id of the graded account" in text
    for number, task in enumerate(lab.tasks, 1):
        worth = so_many(task.points) if task.points else "no points"
        assert f"\n## {number}. {task.title} ({worth}{', required' if task.required else ''})\n" in text
        assert task.description.replace(UNKNOWN_ACCOUNT_ID, "ACCOUNT_ID") in text
        for hint in task.hints:
            assert f"\n\n{hint}\n\n</details>" in text
    for spec in lab.checks:
        gate = (
            "No points:"
            if spec.finding_id == "provisioning.script"
            else "No points, but what depends on it is graded only if it passes:"
        )
        worth = f"{so_many(spec.points)}:" if spec.points else gate
        settings = [f"`{name}: {json.dumps(value)}`" for name, value in spec.parameters.items()]
        told = "\n  ".join(
            [f"- **{worth}** {spec.check.summary} (`{spec.finding_id}`)", *filter(None, [", ".join(settings)])]
        )
        assert f"{told.replace(UNKNOWN_ACCOUNT_ID, 'ACCOUNT_ID')}\n" in text
    assert f"\npython validate_tasks.py {LAB} --student-id ann " in text
    assert "`maximum_threshold: 100`" in text


def test_a_requirement_is_told_in_the_labs_own_words() -> None:
    lab = load_lab(LAB, student_id="ann", account_id=UNKNOWN_ACCOUNT_ID, region="us-east-1")
    [first, *others], *tasks = lab.tasks[0].checks, *lab.tasks[1:]
    task = replace(lab.tasks[0], checks=(replace(first, says="Build 12 tables.", hint="Count them."), *others))

    text = handout.render(replace(lab, tasks=(task, *tasks)), student_id="ann", unknown_account_id=UNKNOWN_ACCOUNT_ID)

    assert f":** Build 12 tables. (`{first.finding_id}`)" in text
    assert first.check.summary not in text
    assert "Count them." not in text


def test_it_is_markdown_with_a_title_for_each_task() -> None:
    lab = load_lab(LAB, student_id="ann", account_id=UNKNOWN_ACCOUNT_ID, region="us-east-1")

    tokens = MarkdownIt("commonmark").parse(
        handout.render(lab, student_id="ann", unknown_account_id=UNKNOWN_ACCOUNT_ID)
    )

    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings == ["h1", "h2", *["h2"] * len(lab.tasks)]


def test_the_command_prints_it() -> None:
    done = run_command("handout", LAB, "--student-id", "bob")

    assert (done.returncode, done.stderr) == (0, "")
    assert f"`{named('table_name', 'bob')}`" in done.stdout
    unknown = run_command("handout", MISSPELT)
    assert (unknown.returncode, f"Did you mean {LISTED[0]!r}?" in unknown.stderr) == (2, True)
