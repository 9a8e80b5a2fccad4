"""The kinds of checks, as Markdown that is also readable on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import yaml

from harness.checking.check import Check

HEADING = """\
# Checks

The kinds of checks that a definition can use. `python validate_tasks.py checks --markdown` makes this page.
"""


def markdown(checks: Iterable[Check]) -> str:
    """All kinds, grouped by the first part of their names."""
    parts = [HEADING]
    for concern, kinds in groupby(sorted(checks, key=lambda check: check.kind), _concern):
        parts.append(f"## {concern}\n")
        parts += [entry(check) for check in kinds]
    return "\n".join(parts)


def entry(check: Check) -> str:
    """One kind in full: what it does, its parameters, an example, the IAM actions it needs, its source."""
    lines = [f"### {check.kind}\n", f"{check.summary}\n"]
    if check.description:
        lines.append(f"{check.description}\n")
    if check.parameters["properties"]:
        lines += ["Parameters:\n", *_parameters(check.parameters), ""]
    needs = ", ".join(f"`{kind}`" for kind in check.requires)
    actions = ", ".join(f"`{action}`" for action in check.actions)
    lines += ["```yaml", _example(check), "```\n"]
    lines.append(f"- Judged only when these hold: {needs}" if needs else "- Needs no other check")
    lines.append(f"- IAM actions: {actions}" if actions else "- IAM actions: none")
    linked = f"<{check.source}>" if "://" in check.source else f"[{check.source}](../{check.source})"
    lines.append(f"- Source: {linked}\n")
    return "\n".join(lines)


def _concern(check: Check) -> str:
    return check.kind.partition(".")[0]


def _parameters(schema: Mapping[str, Any]) -> list[str]:
    return [
        f"- `{name}`{'' if name in schema['required'] else ' (optional)'}: {_in_words(one)}"
        for name, one in schema["properties"].items()
    ]


def _in_words(schema: Mapping[str, Any]) -> str:
    """What a parameter may be."""
    if "title" in schema:
        return str(schema["title"])
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return f"a list, each {_in_words(schema['items'])}"
    if kind == "object" and "properties" in schema:
        fields = "; ".join(f"`{name}`, {_in_words(one)}" for name, one in schema["properties"].items())
        return f"a mapping of {fields} (each optional)"
    if kind == "object":
        return "a mapping of texts"
    limits = [
        f"{word} {schema[name]}" for name, word in (("minimum", "at least"), ("maximum", "at most")) if name in schema
    ]
    words = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "`true` or `false`"}[
        str(kind)
    ]
    return ", ".join([words, *limits])


def _example(check: Check) -> str:
    check_id = check.kind.replace(".", "-").replace("_", "-")
    worth = {"points": 10} if check.requires else {"gate": True}
    data = [{"id": check_id, "kind": check.kind, **worth, "with": dict(check.example)}]
    return yaml.safe_dump(data, sort_keys=False, default_flow_style=None, width=100).rstrip()
