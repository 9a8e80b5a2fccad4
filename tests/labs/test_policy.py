"""Grading a lab needs exactly the permissions that `policy` prints: with them it succeeds, and without any one it is
denied."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from harness.account.errors import iam_action
from harness.account.iam import Policy
from harness.checking.check import CheckSpec
from harness.checking.finding import Finding, Reason, Status
from harness.checking.runner import Runner
from harness.gateway.server import HARNESS_ROLE, Gateway, Rule
from harness.labs.definition import load_lab
from harness.targets.embedded.account import ACCOUNT_ID
from tests.accounts import account_of, reference_account
from tests.harness.account.enforcing import enforce
from tests.labs.labs import LABS, proven
from tests.support import FakeClock, run_command


@dataclass
class Built:
    """An account that the reference of a lab has built."""

    lab: str
    gateway: Gateway

    @property
    def specs(self) -> list[CheckSpec]:
        return of_the_account(self.lab)

    def grade(self, *rules: Rule) -> tuple[Runner, dict[str, Finding]]:
        """The runner of these checks and their findings, by id, while rules apply."""
        clock = FakeClock()
        runner = Runner(self.specs, account_of(self.gateway, clock), clock)
        self.gateway.rules[:] = rules
        try:
            return runner, {finding.id: finding for finding in runner.run()}
        finally:
            self.gateway.rules.clear()


def of_the_account(lab_id: str) -> list[CheckSpec]:
    """A lab's checks that look at the account alone: nobody runs the submission's code for them."""
    lab = load_lab(lab_id, student_id="student", account_id=ACCOUNT_ID, region="us-east-1")
    return [one for one in lab.checks if one.driven is None and not one.check.kind.startswith("submission.")]


@pytest.fixture(scope="module", params=proven(one for one in LABS if of_the_account(one)))
def built(request: pytest.FixtureRequest) -> Iterator[Built]:
    with reference_account(request.param) as gateway:
        yield Built(request.param, gateway)


@functools.cache
def printed(lab: str, *options: str) -> dict[str, Any]:
    """The policy as the command prints it."""
    done = run_command("policy", lab, *options)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def allowed(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Each action of a policy with each resource on which it is allowed."""
    return {
        (action, resource)
        for statement in document["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def without(document: dict[str, Any], action: str) -> dict[str, Any]:
    statements = [
        {**one, "Action": [name for name in one["Action"] if name != action]} for one in document["Statement"]
    ]
    return {**document, "Statement": [one for one in statements if one["Action"]]}


def test_the_policy_lists_the_actions_of_every_check(built: Built) -> None:
    assert {action for action, _ in allowed(printed(built.lab))} == {
        action for spec in built.specs for action in spec.check.actions
    }


def test_grading_succeeds_with_exactly_the_printed_policy(built: Built) -> None:
    rule = enforce(Policy.of(printed(built.lab)), HARNESS_ROLE, account_id=ACCOUNT_ID)

    assert {finding.status for finding in built.grade(rule)[1].values()} == {Status.PASS}


def test_without_any_one_action_exactly_the_checks_that_need_it_are_denied(built: Built) -> None:
    document = printed(built.lab)
    runner, _ = built.grade()
    specs = {spec.id: spec for spec in built.specs}
    needed = {one: {iam_action(*read[:2]) for read in runner.reads(spec.finding_id)} for one, spec in specs.items()}
    actions = {action for action, _ in allowed(document)}
    used = set().union(*needed.values())
    assert used
    assert used <= actions

    for action in used:
        rule = enforce(Policy.of(without(document, action)), HARNESS_ROLE, account_id=ACCOUNT_ID)
        findings = built.grade(rule)[1]

        needing = {one for one in specs if action in needed[one]}
        assert not [one for one in needing if action not in specs[one].check.actions]
        behind: set[str] = set()
        while more := {one.id for one in specs.values() if (needing | behind) & set(one.needs)} - needing - behind:
            behind |= more
        undecided = {name for name, finding in findings.items() if finding.status is not Status.PASS}
        assert undecided == {specs[one].finding_id for one in needing | behind}
        denied = [finding for finding in findings.values() if finding.reason is Reason.DENIED]
        assert denied
        for finding in denied:
            assert f"the IAM action {action} is missing" in finding.message
            assert "is not authorized to perform" in finding.actual


def test_the_policy_covers_nothing_of_another_student_or_region(built: Built) -> None:
    policy = Policy.of(printed(built.lab))
    of_the_lab = allowed(printed(built.lab))

    for options in (("--student-id", "ann"), ("--region", "eu-west-1")):
        others = allowed(printed(built.lab, *options)) - of_the_lab
        assert others
        assert not [one for one in others if policy.allows(one[0], one[1].replace(":*:", f":{ACCOUNT_ID}:"))]


def test_another_role_is_not_concerned_by_a_policy(built: Built) -> None:
    rule = enforce(Policy.of(), "submission", account_id=ACCOUNT_ID)

    assert {finding.status for finding in built.grade(rule)[1].values()} == {Status.PASS}
