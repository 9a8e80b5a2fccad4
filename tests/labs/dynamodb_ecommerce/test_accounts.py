"""Accounts other than the reference's: right ones built differently earn everything, and each mistake costs exactly
what it is worth and says why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.checking.check import REGISTRY
from harness.checking.finding import Finding, Score, Status, Verdict
from harness.grading.grade import Result, grade
from harness.grading.options import GradeOptions
from tests.support import ROOT, copy_of_the_reference

LAB = "dynamodb_ecommerce"
PROOF = pytest.mark.proof
REFERENCE = (ROOT / "tasks" / "solution" / LAB / "provision.py").read_text("utf-8")
Patches = Sequence[tuple[str, str]]

CREATION = REFERENCE[
    REFERENCE.index("        dynamodb.create_table(") : REFERENCE.index("    except dynamodb.exceptions.Re")
]
INDEX = CREATION[
    CREATION.index("            GlobalSecondaryIndexes=[") : CREATION.index("            StreamSpecification=")
]
STREAM = '            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},\n'
KEYS = '("PK", "SK", "GSI1PK", "GSI1SK")'
DEFINITION = '{"AttributeName": name, "AttributeType": "S"}'
CAPACITY = '{"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}'
SWITCH_OFF = """    dynamodb.get_waiter("table_exists").wait(TableName=table_name)
    dynamodb.update_table(TableName=table_name, StreamSpecification={"StreamEnabled": False})
"""


def grade_patched(folder: Path, patches: Patches) -> Result:
    """Grades the reference's script with pieces of its texts replaced; a piece that is not there is the test's own
    mistake. Its store is made for another table, and left out: what stands in the account is the question here."""
    submission = copy_of_the_reference(folder, REFERENCE)
    (submission / "store.py").unlink()
    for old, new in patches:
        files = [file for file in submission.glob("*.py") if old in file.read_text("utf-8")]
        assert files, f"the reference has no {old!r}"
        for file in files:
            file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    return grade(GradeOptions(lab_id=LAB, submission=submission, wait_seconds=0))


def inspected(result: Result) -> list[Finding]:
    """The findings about the account: not those about what the submission's code does."""
    return [finding for finding in result.findings if REGISTRY[finding.check].phases is None]


def one_type(name: str, letter: str) -> tuple[str, str]:
    """The patch that gives one attribute another type."""
    return DEFINITION, f'{{"AttributeName": name, "AttributeType": {letter!r} if name == {name!r} else "S"}}'


def filtered_by(keys: str) -> tuple[str, str]:
    """The patch by which the consumer asks for other keys."""
    return '{"SK": {"S": ["STOCK"]}}', keys


NO_INDEX: Patches = [(INDEX, ""), (KEYS, '("PK", "SK")')]


@pytest.mark.parametrize(
    "patches",
    [
        pytest.param([('"PK"', '"customer-or-product#id"'), ('"SK"', '"what"')], id="other key names", marks=PROOF),
        pytest.param([one_type("SK", "N"), filtered_by('{"SK": {"N": ["0"]}}')], id="a numeric sort key", marks=PROOF),
        pytest.param([one_type("PK", "B")], id="a binary partition key", marks=PROOF),
        pytest.param(NO_INDEX, id="no index at all", marks=PROOF),
        pytest.param(
            [
                ('{"AttributeName": "GSI1SK", "KeyType": "RANGE"},', '{"AttributeName": "GSI1SK", "KeyType": "HASH"},'),
            ],
            id="an index whose partition key has two attributes",
            marks=PROOF,
        ),
        pytest.param([("GlobalSecondaryIndexes", "LocalSecondaryIndexes"), ('"GSI1PK"', '"PK"')], id="a local index"),
        pytest.param(
            [
                (
                    'BillingMode="PAY_PER_REQUEST"',
                    f"ProvisionedThroughput={CAPACITY}",
                ),
                (
                    '"Projection": {"ProjectionType": "ALL"},',
                    f'"Projection": {{"ProjectionType": "KEYS_ONLY"}}, "ProvisionedThroughput": {CAPACITY},',
                ),
            ],
            id="provisioned capacity and a keys-only index",
            marks=PROOF,
        ),
        pytest.param(
            [('EXPIRES_AT = "expiresAt"', 'EXPIRES_AT = "ttl"')], id="another time-to-live attribute", marks=PROOF
        ),
        pytest.param(
            [
                (
                    '"PointInTimeRecoveryEnabled": True',
                    '"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7',
                )
            ],
            id="a shorter recovery period",
            marks=PROOF,
        ),
        pytest.param(
            [
                (STREAM, ""),
                (
                    "dynamodb.get_waiter",
                    f"dynamodb.update_table(TableName=table_name,{STREAM.strip()[:-1]})\n    dynamodb.get_waiter",
                ),
            ],
            id="a stream that is enabled later",
            marks=PROOF,
        ),
    ],
)
def test_a_right_account_built_differently_earns_everything(tmp_path: Path, patches: Patches) -> None:
    if any("LocalSecondaryIndexes" in new for _, new in patches):
        patches = [*patches, (KEYS.replace("GSI1PK", "PK"), '("PK", "SK", "GSI1SK")')]

    result = grade_patched(tmp_path, patches)

    assert {finding.id: finding.message for finding in inspected(result) if finding.status is not Status.PASS} == {}
    assert Score.of(inspected(result)).earned == result.score.earned >= 40


@pytest.mark.parametrize(
    ("patches", "expected"),
    [
        pytest.param(
            [
                (DEFINITION, '{"AttributeName": name, "AttributeType": "N"}'),
                filtered_by('{"SK": {"N": ["0"]}}'),
            ],
            {
                "schema.primary-key": "The primary key is not as required: the partition key PK has type N (Number), "
                "not S (String) or B (Binary)."
            },
            id="a partition key that holds no text",
            marks=PROOF,
        ),
        pytest.param(
            [
                *NO_INDEX,
                ('                {"AttributeName": "SK", "KeyType": "RANGE"},\n', ""),
                ('("PK", "SK")', '("PK",)'),
                filtered_by('{"PK": {"S": [{"prefix": "STOCK#"}]}}'),
            ],
            {"schema.primary-key": "The primary key is not as required: there is no sort key."},
            id="no sort key",
        ),
        pytest.param(
            [("    expire_old_prices(dynamodb, table_name)\n", "")],
            {"expiry.time-to-live": "Time to live is DISABLED."},
            id="no time to live",
            marks=PROOF,
        ),
        pytest.param(
            [('EXPIRES_AT = "expiresAt"', 'EXPIRES_AT = "SK"')],
            {"expiry.time-to-live": "Time to live looks at SK, a key of type S (String): no item will ever expire."},
            id="time to live on a key",
            marks=PROOF,
        ),
        pytest.param(
            [("    enable_point_in_time_recovery(dynamodb, table_name)\n", "")],
            {"recovery.point-in-time": "Point-in-time recovery is not enabled."},
            id="no point-in-time recovery",
            marks=PROOF,
        ),
        pytest.param(
            [
                (STREAM, ""),
                ("    consume_stream(", "    False and consume_stream("),
                ('["LatestStreamArn"]', '.get("x")'),
            ],
            {
                "stream.enabled": "The table has no stream.",
                "stream.view-type": "Not judged, because what it needs does not hold: stream.enabled.",
                "consumer.mapping": "Not judged, because what it needs does not hold: stream.enabled.",
                "consumer.function": "Not judged, because what it needs does not hold: stream.enabled.",
                "consumer.role": "Not judged, because what it needs does not hold: stream.enabled.",
            },
            id="no stream",
        ),
        pytest.param(
            [('    dynamodb.get_waiter("table_exists").wait(TableName=table_name)\n', SWITCH_OFF)],
            {
                "stream.enabled": "The table's stream was disabled.",
                "stream.view-type": "Not judged, because what it needs does not hold: stream.enabled.",
                "consumer.mapping": "Not judged, because what it needs does not hold: stream.enabled.",
                "consumer.function": "Not judged, because what it needs does not hold: stream.enabled.",
                "consumer.role": "Not judged, because what it needs does not hold: stream.enabled.",
            },
            id="a stream that was switched off and left its ARN",
            marks=PROOF,
        ),
        pytest.param(
            [("NEW_AND_OLD_IMAGES", "NEW_IMAGE")],
            {"stream.view-type": "The stream's view type is NEW_IMAGE."},
            id="a stream that shows no old image",
            marks=PROOF,
        ),
    ],
)
def test_a_mistake_costs_what_it_is_worth_and_says_why(
    tmp_path: Path, patches: Patches, expected: dict[str, str]
) -> None:
    result = grade_patched(tmp_path, patches)

    found = {finding.id: finding.message for finding in inspected(result) if finding.status is not Status.PASS}
    assert found == expected
    lost = sum(finding.points for finding in inspected(result) if finding.id in expected)
    worth = sum(finding.points for finding in inspected(result))
    assert (result.score.earned, result.score.maximum) == (worth - lost, 100)
    assert lost > 0
    assert [finding.id for finding in result.findings if finding.status is Status.FAIL and not finding.remedy] == []


def test_a_table_that_aws_refuses_is_not_made(tmp_path: Path) -> None:
    """Here: with a local index that has a partition key of its own."""
    result = grade_patched(tmp_path, [("GlobalSecondaryIndexes", "LocalSecondaryIndexes")])

    [script] = [finding for finding in result.findings if finding.id == "provisioning.script"]
    assert (result.verdict, result.score.earned, script.status) == (Verdict.FAILED, 0, Status.FAIL)
    assert "index hash key: GSI1PK, table hash key: PK" in script.detail


def test_an_empty_account_earns_nothing(tmp_path: Path) -> None:
    result = grade_patched(tmp_path, [("    main()\n", "    boto3.client('s3').create_bucket(Bucket='some-bucket')\n")])

    assert (result.verdict, result.score.earned, result.score.maximum) == (Verdict.FAILED, 0, 100)
    passed = [finding.id for finding in result.findings if finding.status is Status.PASS]
    assert passed == ["provisioning.script"]
    assert [finding for finding in result.findings if finding.status is Status.ERROR] == []
