"""The archive's set-up: the account's own bucket, private, encrypted, with a lifecycle; a Glue database; an Athena
workgroup that can run queries; a named query of the archive."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from harness.account.errors import NotConfigured, NotFound
from harness.account.reading import Answer, Reader
from harness.checking.check import REGISTRY, CheckSpec, Context
from harness.checking.finding import Finding, Reason, Status
from harness.checking.runner import Runner
from tests.checks.verdicts import fails, holds, is_denied, is_unknown, is_unsupported
from tests.support import Facts, FakeClock, denied, judge

ARN = "arn:aws:s3:::archive"
WORKGROUP = "workgroup shop"
DATE = datetime(2030, 1, 1, tzinfo=UTC)


def missing_bucket(operation: str) -> NotFound:
    return NotFound("s3", operation, {"Bucket": "archive"}, "NoSuchBucket", "The specified bucket does not exist")


def not_configured(operation: str, code: str) -> NotConfigured:
    return NotConfigured("s3", operation, {"Bucket": "archive"}, code, "not found")


def buckets(*names: str, region: str | None = None) -> dict[str, Any]:
    return {"Buckets": [{"Name": name, **({"BucketRegion": region} if region else {})} for name in names]}


def judge_bucket(*names: str, region: str | None = None) -> Finding:
    return judge("archive.bucket", {"ListBuckets": buckets(*names, region=region)}, bucket="archive")


def test_a_bucket_of_the_account_is_found_among_those_that_begin_so() -> None:
    holds(judge_bucket("archive-2", "archive"), "The account owns the bucket.", actual="owned", resource=ARN)
    found = judge_bucket("archive", region="eu-west-1")
    holds(found, "The account owns the bucket.", actual="owned, in eu-west-1", resource=ARN)


@pytest.mark.parametrize("names", [[], ["archive-2"], ["Archive", "archiv"]])
def test_a_bucket_that_is_missing_or_of_somebody_else_fails(names: list[str]) -> None:
    fails(
        judge_bucket(*names),
        "This account has no bucket archive.",
        expected="a bucket named archive that this account owns",
        actual="no such bucket among this account's",
        remedy="If CreateBucket answers BucketAlreadyExists, another account owns",
        resource=ARN,
    )


def test_without_the_permission_nothing_is_said_of_the_bucket() -> None:
    finding = judge("archive.bucket", {"ListBuckets": denied("ListBuckets", "s3")}, bucket="archive")

    is_denied(finding, "s3:ListAllMyBuckets")


FLAGS = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
BLOCKED = dict.fromkeys(FLAGS, True)
ALL_FLAGS = "true: BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets"
NO_BLOCK = not_configured("GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration")


def judge_private(answer: Any, **settings: Any) -> Finding:
    answer = {"PublicAccessBlockConfiguration": answer} if isinstance(answer, dict) else answer
    return judge("archive.private", {"GetPublicAccessBlock": answer}, bucket="archive", **settings)


def test_a_bucket_that_blocks_everything_is_private() -> None:
    holds(judge_private(BLOCKED), "The bucket blocks all public access.", actual=ALL_FLAGS, resource=ARN)


@pytest.mark.parametrize("flag", FLAGS)
def test_each_setting_of_the_block_counts(flag: str) -> None:
    fails(
        judge_private({**BLOCKED, flag: False}),
        "The bucket does not block all public access.",
        expected=ALL_FLAGS,
        actual=f"false: {flag}",
        remedy="Set all four with PutPublicAccessBlock.",
        resource=ARN,
    )


def test_a_block_that_was_removed_is_none() -> None:
    fails(
        judge_private(NO_BLOCK),
        "The bucket does not block all public access.",
        expected=ALL_FLAGS,
        actual="no public access block",
        remedy="Set all four",
        resource=ARN,
    )


def test_what_an_emulator_does_not_give_its_buckets_is_not_asked_of_them() -> None:
    is_unsupported(judge_private(NO_BLOCK, faithful=False), "This endpoint does not report public access.")
    holds(judge_private(BLOCKED, faithful=False), "The bucket blocks all public access.", resource=ARN)
    assert judge_private({**BLOCKED, FLAGS[0]: False}, faithful=False).status is Status.FAIL


def test_a_setting_that_is_not_told_makes_the_answer_unusable() -> None:
    finding = judge_private({"BlockPublicAcls": True})

    assert (finding.status, finding.reason) == (Status.ERROR, Reason.UNREACHABLE)
    assert "the answer lacks the field IgnorePublicAcls" in finding.actual


def encryption(*algorithms: str) -> dict[str, Any]:
    rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": one}} for one in algorithms]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def judge_encrypted(answer: Any, *, faithful: bool = True, **parameters: Any) -> Finding:
    answers = {"GetBucketEncryption": answer}
    return judge("archive.encrypted", answers, faithful=faithful, bucket="archive", **parameters)


NO_ENCRYPTION = not_configured("GetBucketEncryption", "ServerSideEncryptionConfigurationNotFoundError")


@pytest.mark.parametrize("algorithm", ["AES256", "aws:kms", "aws:kms:dsse"])
def test_any_encryption_will_do_unless_the_lab_names_some(algorithm: str) -> None:
    message = f"The bucket's default encryption is {algorithm}."

    holds(judge_encrypted(encryption(algorithm)), message, actual=algorithm, resource=ARN)
    holds(judge_encrypted(encryption(algorithm), algorithms=[algorithm]), message, actual=algorithm, resource=ARN)


def test_another_encryption_than_asked_for_fails() -> None:
    fails(
        judge_encrypted(encryption("AES256"), algorithms=["aws:kms", "aws:kms:dsse"]),
        "The bucket's default encryption is AES256.",
        expected="aws:kms or aws:kms:dsse",
        actual="AES256",
        remedy="PutBucketEncryption: SSEAlgorithm=aws:kms or aws:kms:dsse",
        resource=ARN,
    )


@pytest.mark.parametrize("answer", [NO_ENCRYPTION, encryption()], ids=["none", "no rule"])
def test_no_encryption_fails(answer: Any) -> None:
    fails(
        judge_encrypted(answer),
        "The bucket's default encryption is none.",
        expected="AES256 or aws:kms or aws:kms:dsse",
        actual="none",
        remedy="PutBucketEncryption",
        resource=ARN,
    )


def test_an_emulator_need_not_encrypt_by_default() -> None:
    is_unsupported(judge_encrypted(NO_ENCRYPTION, faithful=False), "This endpoint does not report encryption.")


def test_an_encryption_of_the_future_is_no_verdict() -> None:
    message = "The bucket's default encryption is aws:quantum, which this version does not know."

    is_unknown(judge_encrypted(encryption("aws:quantum")), message)
    is_unknown(judge_encrypted(encryption("aws:quantum"), algorithms=["aws:kms"]), message)


def rule(**changes: Any) -> dict[str, Any]:
    """A rule that moves everything after a month, with changes; None removes a field."""
    full = {
        "ID": "cheaper",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
        **changes,
    }
    return {name: value for name, value in full.items() if value is not None}


def judge_lifecycle(*rules: dict[str, Any], **parameters: Any) -> Finding:
    answers = {"GetBucketLifecycleConfiguration": {"Rules": list(rules)}}
    return judge("archive.lifecycle", answers, bucket="archive", **parameters)


TAKEN_CARE_OF = "A lifecycle rule moves or deletes the archived objects as required."
AND = {"Prefix": "orders/", "ObjectSizeGreaterThan": 131072}


@pytest.mark.parametrize(
    ("found", "actual"),
    [
        (rule(), "cheaper (Enabled, to STANDARD_IA after 30 days)"),
        (rule(ID=None), "without an ID (Enabled, to STANDARD_IA after 30 days)"),
        (rule(Filter={}), "cheaper (Enabled, to STANDARD_IA after 30 days)"),
        (rule(Filter=None, Prefix=""), "cheaper (Enabled, to STANDARD_IA after 30 days)"),
        (rule(Filter={"Prefix": "orders/"}), "cheaper (Enabled, under orders/, to STANDARD_IA after 30 days)"),
        (rule(Filter={"Prefix": "ord"}), "cheaper (Enabled, under ord, to STANDARD_IA after 30 days)"),
        (rule(Filter=None, Prefix="orders/"), "cheaper (Enabled, under orders/, to STANDARD_IA after 30 days)"),
        (
            rule(Filter={"And": AND}),
            "cheaper (Enabled, under orders/, above 131072 bytes, to STANDARD_IA after 30 days)",
        ),
        (rule(Transitions=[{"Date": DATE, "StorageClass": "GLACIER"}]), "cheaper (Enabled, to GLACIER on 2030-01-01)"),
        (rule(Transitions=None, Expiration={"Days": 1}), "cheaper (Enabled, deleted after 1 day)"),
        (rule(Transitions=None, Expiration={"Date": DATE}), "cheaper (Enabled, deleted on 2030-01-01)"),
    ],
)
def test_a_rule_that_moves_or_deletes_the_archive_passes(found: dict[str, Any], actual: str) -> None:
    holds(judge_lifecycle(found, prefix="orders/"), TAKEN_CARE_OF, actual=actual, resource=ARN)


@pytest.mark.parametrize(
    "storage_class", ["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]
)
def test_every_class_is_cheaper(storage_class: str) -> None:
    finding = judge_lifecycle(rule(Transitions=[{"Days": 0, "StorageClass": storage_class}]))

    holds(finding, TAKEN_CARE_OF, resource=ARN)


@pytest.mark.parametrize(
    ("found", "actual"),
    [
        (rule(Status="Disabled"), "cheaper (Disabled, to STANDARD_IA after 30 days)"),
        (
            rule(Filter={"Prefix": "orders/2024/"}),
            "cheaper (Enabled, under orders/2024/, to STANDARD_IA after 30 days)",
        ),
        (rule(Filter={"Prefix": "Orders/"}), "cheaper (Enabled, under Orders/, to STANDARD_IA after 30 days)"),
        (rule(Filter=None, Prefix="logs/"), "cheaper (Enabled, under logs/, to STANDARD_IA after 30 days)"),
        (
            rule(Filter={"Tag": {"Key": "a", "Value": "b"}}),
            "cheaper (Enabled, tagged objects only, to STANDARD_IA after 30 days)",
        ),
        (
            rule(Filter={"And": {"Prefix": "orders/", "Tags": [{"Key": "a", "Value": "b"}]}}),
            "cheaper (Enabled, tagged objects only, under orders/, to STANDARD_IA after 30 days)",
        ),
        (rule(Transitions=None), "cheaper (Enabled, neither moves nor deletes objects)"),
        (rule(Transitions=[]), "cheaper (Enabled, neither moves nor deletes objects)"),
        (
            rule(Transitions=None, Expiration={"ExpiredObjectDeleteMarker": True}),
            "cheaper (Enabled, neither moves nor deletes objects)",
        ),
        (
            rule(Transitions=None, NoncurrentVersionExpiration={"NoncurrentDays": 30}),
            "cheaper (Enabled, neither moves nor deletes objects)",
        ),
        (
            rule(
                Transitions=None,
                NoncurrentVersionTransitions=[{"NoncurrentDays": 30, "StorageClass": "GLACIER"}],
                AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7},
            ),
            "cheaper (Enabled, neither moves nor deletes objects)",
        ),
    ],
)
def test_a_rule_that_does_nothing_for_the_archive_fails(found: dict[str, Any], actual: str) -> None:
    fails(
        judge_lifecycle(found, prefix="orders/"),
        "No lifecycle rule moves or deletes the archived objects as required.",
        expected="an enabled rule that moves every object under orders/ to a cheaper class or deletes them",
        actual=actual,
        remedy="PutBucketLifecycleConfiguration, which replaces all rules",
        resource=ARN,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"Transitions": None, "Expiration": {"Days": 400}},
        {"Transitions": [{"Days": 366, "StorageClass": "STANDARD_IA"}]},
        {"Transitions": [{"Date": DATE, "StorageClass": "STANDARD_IA"}]},
    ],
)
def test_a_rule_that_does_not_move_objects_in_time_is_no_care(changes: dict[str, Any]) -> None:
    finding = judge_lifecycle(rule(**changes), prefix="orders/", moved_within_days=365)

    fails(
        finding,
        "No lifecycle rule moves or deletes the archived objects as required.",
        expected="an enabled rule that moves every object under orders/ to a cheaper class within 365 days",
        actual=finding.actual,
        resource=finding.resource,
        remedy="Transitions after some Days",
    )
    assert judge_lifecycle(rule(), prefix="orders/", moved_within_days=30).status is Status.PASS


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
@pytest.mark.parametrize("below", ["", "orders/", "orders/2020/"])
def test_a_rule_that_moves_objects_to_where_athena_cannot_read_them_fails(storage_class: str, below: str) -> None:
    moves = rule(ID="deep", Filter={"Prefix": below}, Transitions=[{"Days": 90, "StorageClass": storage_class}])

    finding = judge_lifecycle(moves, rule(), prefix="orders/", queryable=True)

    fails(
        finding,
        "The lifecycle rule deep moves archived objects to where Athena cannot read them.",
        expected="an enabled rule that moves every object under orders/ to a cheaper class or deletes them, and none that "
        "moves them to GLACIER or DEEP_ARCHIVE",
        actual=finding.actual,
        resource=finding.resource,
        remedy="such as GLACIER_IR",
    )
    assert f"to {storage_class} after 90 days" in finding.actual


@pytest.mark.parametrize(
    "changes",
    [
        {"Status": "Disabled"},
        {"Filter": {"Prefix": "results/"}},
        {"Filter": {"Tag": {"Key": "a", "Value": "b"}}},
    ],
)
def test_a_rule_that_moves_nothing_of_the_archive_does_no_harm(changes: dict[str, Any]) -> None:
    moves = rule(**{"Transitions": [{"Days": 90, "StorageClass": "GLACIER"}], **changes})

    assert judge_lifecycle(moves, rule(), prefix="orders/", queryable=True).status is Status.PASS


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ({"ObjectSizeGreaterThan": 1024 * 1024 + 1}, "above 1048577 bytes"),
        ({"ObjectSizeLessThan": 5 * 1024**4}, "below 5497558138880 bytes"),
        ({"And": {"Prefix": "", "ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 9}}, "above 1 bytes, below 9 bytes"),
    ],
)
def test_a_rule_for_some_sizes_alone_is_no_care(sizes: dict[str, Any], told: str) -> None:
    finding = judge_lifecycle(rule(Filter=sizes))

    assert (finding.status, finding.message) == (
        Status.FAIL,
        "No lifecycle rule moves or deletes the archived objects as required.",
    )
    assert told in finding.actual
    assert judge_lifecycle(rule(Filter={"ObjectSizeGreaterThan": 128 * 1024})).status is Status.PASS


def test_one_good_rule_is_enough() -> None:
    others = [rule(ID=f"r{number}", Status="Disabled") for number in range(5)]

    finding = judge_lifecycle(*others, rule(), prefix="orders/")

    holds(finding, TAKEN_CARE_OF, resource=ARN)
    assert finding.actual.endswith("r4 (Disabled, to STANDARD_IA after 30 days); and 1 more")


def test_without_a_prefix_any_will_do() -> None:
    holds(judge_lifecycle(rule(Filter={"Prefix": "anywhere/"})), TAKEN_CARE_OF, resource=ARN)


@pytest.mark.parametrize(
    "answer",
    [{"Rules": []}, not_configured("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration")],
    ids=["no rule", "none"],
)
@pytest.mark.parametrize("faithful", [True, False])
def test_no_lifecycle_fails_everywhere(answer: Any, faithful: bool) -> None:
    finding = judge(
        "archive.lifecycle", {"GetBucketLifecycleConfiguration": answer}, faithful=faithful, bucket="archive"
    )

    fails(
        finding,
        "No lifecycle rule moves or deletes the archived objects as required.",
        expected="an enabled rule that moves objects to a cheaper class or deletes them",
        actual="none",
        remedy="Transitions or an Expiration",
        resource=ARN,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"Expiration": {"Days": 364}},
        {"Expiration": {"Date": DATE}},
        {"Expiration": {"Days": 1}, "Filter": {"Prefix": "orders/2024/"}},
        {"Expiration": {"Days": 1}, "Filter": {"Prefix": "ord"}},
        {"Expiration": {"Days": 1}, "Filter": None, "Prefix": ""},
        {"Expiration": {"Days": 1}, "Filter": {"ObjectSizeGreaterThan": 5}},
    ],
    ids=["too soon", "on a date", "a part", "more than that", "everything", "large objects"],
)
def test_a_rule_that_deletes_too_early_fails(changes: dict[str, Any]) -> None:
    finding = judge_lifecycle(
        rule(), rule(ID="tidy", Transitions=None, **changes), prefix="orders/", minimum_retention_days=365
    )

    fails(
        finding,
        "The lifecycle rule tidy deletes archived objects too early.",
        expected="an enabled rule that moves every object under orders/ to a cheaper class or deletes them, "
        "and none that deletes before 365 days",
        actual=finding.actual,
        remedy="Let it expire objects after 365 days or more",
        resource=ARN,
    )
    assert "tidy (Enabled, " in finding.actual


@pytest.mark.parametrize(
    "changes",
    [
        {"Expiration": {"Days": 365}},
        {"Expiration": {"Days": 1}, "Status": "Disabled"},
        {"Expiration": {"Days": 1}, "Filter": {"Prefix": "results/"}},
        {"Expiration": {"Days": 1}, "Filter": {"Tag": {"Key": "a", "Value": "b"}}},
        {"Expiration": {"ExpiredObjectDeleteMarker": True}},
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
    ],
    ids=["late enough", "disabled", "elsewhere", "tagged", "delete markers", "old versions"],
)
def test_a_rule_that_deletes_nothing_of_the_archive_does_no_harm(changes: dict[str, Any]) -> None:
    finding = judge_lifecycle(
        rule(), rule(ID="tidy", Transitions=None, **changes), prefix="orders/", minimum_retention_days=365
    )

    holds(finding, TAKEN_CARE_OF, resource=ARN)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([rule(Status="Resting")], "The lifecycle rule cheaper has the status Resting"),
        (
            [rule(Transitions=[{"Days": 1, "StorageClass": "DNA"}])],
            "The lifecycle rule cheaper moves objects to the class DNA",
        ),
        (
            [rule(), rule(ID="tidy", Status="Resting", Expiration={"Days": 1})],
            "The lifecycle rule tidy has the status Resting",
        ),
    ],
)
def test_what_is_unknown_of_a_rule_is_no_verdict(rules: list[dict[str, Any]], message: str) -> None:
    finding = judge_lifecycle(*rules, prefix="orders/", minimum_retention_days=365)

    is_unknown(finding, f"{message}, which this version does not know.")


@pytest.mark.parametrize(
    "unknown",
    [
        rule(Status="Resting", Filter={"Prefix": "logs/"}),
        rule(Status="Disabled", Transitions=[{"Days": 1, "StorageClass": "DNA"}]),
    ],
    ids=["elsewhere", "disabled"],
)
def test_what_is_unknown_and_would_not_help_is_no_excuse(unknown: dict[str, Any]) -> None:
    assert judge_lifecycle(unknown, prefix="orders/").status is Status.FAIL


SETTINGS = [
    ("archive.private", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("archive.encrypted", "GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    ("archive.lifecycle", "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
]


@pytest.mark.parametrize(("kind", "operation", "action"), SETTINGS)
def test_a_missing_bucket_is_not_taken_for_a_missing_setting(kind: str, operation: str, action: str) -> None:
    finding = judge(kind, {operation: missing_bucket(operation)}, bucket="archive")

    assert (finding.status, finding.message) == (Status.FAIL, "There is no bucket archive in us-east-1.")
    assert "NoSuchBucket" in finding.actual


@pytest.mark.parametrize(("kind", "operation", "action"), SETTINGS)
def test_denied_is_no_verdict(kind: str, operation: str, action: str) -> None:
    is_denied(judge(kind, {operation: denied(operation, "s3")}, bucket="archive"), action)


def test_a_database_that_is_there_passes() -> None:
    answers = {"GetDatabase": {"Database": {"Name": "shop_archive"}}}

    holds(
        judge("archive.database", answers, database="shop_archive"),
        "The Glue database exists.",
        actual="shop_archive",
        resource="Glue database shop_archive",
    )


def test_a_database_that_is_not_there_fails() -> None:
    missing = NotFound("glue", "GetDatabase", {"Name": "shop_archive"}, "EntityNotFoundException", "not found")

    fails(
        judge("archive.database", {"GetDatabase": missing}, database="shop_archive"),
        "There is no Glue database shop_archive in us-east-1.",
        expected="a database named shop_archive in the AWS Glue Data Catalog",
        actual="no such database",
        remedy="CREATE DATABASE",
        resource="Glue database shop_archive",
    )
    is_denied(
        judge("archive.database", {"GetDatabase": denied("GetDatabase", "glue")}, database="shop_archive"),
        "glue:GetDatabase",
    )


def judge_workgroup(
    location: str | None, *, state: str = "ENABLED", region: str | None = None, **configuration: Any
) -> Finding:
    if location is not None:
        configuration["ResultConfiguration"] = {"OutputLocation": location}
    group: dict[str, Any] = {"Name": "shop", "State": state, "Configuration": configuration}
    answers = {"GetWorkGroup": {"WorkGroup": group}, "ListBuckets": buckets("archive", region=region)}
    return judge("archive.workgroup", answers, workgroup="shop")


@pytest.mark.parametrize("location", ["s3://archive/results/", "s3://archive/", "s3://archive"])
def test_a_workgroup_with_a_place_for_results_passes(location: str) -> None:
    holds(
        judge_workgroup(location),
        "The workgroup is enabled, with a location for results.",
        actual=f"ENABLED, {location}",
        resource=WORKGROUP,
    )


def test_results_that_athena_manages_need_no_place() -> None:
    holds(
        judge_workgroup(None, ManagedQueryResultsConfiguration={"Enabled": True}),
        "The workgroup is enabled, and Athena manages its results.",
        actual="ENABLED",
        resource=WORKGROUP,
    )


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"ResultConfiguration": {}},
        {"ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}}},
        {"ManagedQueryResultsConfiguration": {"Enabled": False}},
    ],
    ids=["nothing", "as primary has it", "encryption alone", "not managed"],
)
def test_a_workgroup_without_a_place_for_results_fails(configuration: dict[str, Any]) -> None:
    fails(
        judge_workgroup(None, **configuration),
        "The workgroup has no location for the results of queries.",
        expected="an OutputLocation in a bucket of this account and Region, such as s3://BUCKET/results/",
        actual="no OutputLocation",
        remedy="ResultConfigurationUpdates with an OutputLocation",
        resource=WORKGROUP,
    )


@pytest.mark.parametrize(
    ("location", "message"),
    [
        (
            "s3://archives/results/",
            "The workgroup writes the results of queries to a bucket that this account does not have.",
        ),
        *(
            (location, "The workgroup's location for the results of queries is not a location in S3.")
            for location in ("archive/results/", "s3:///results/", "https://archive/", "S3://archive/")
        ),
    ],
)
def test_results_that_go_nowhere_fail(location: str, message: str) -> None:
    fails(
        judge_workgroup(location),
        message,
        expected="an OutputLocation in a bucket of this account and Region, such as s3://BUCKET/results/",
        actual=location,
        remedy="an OutputLocation",
        resource=WORKGROUP,
    )


def test_results_in_another_region_fail() -> None:
    assert judge_workgroup("s3://archive/r/", region="us-east-1").status is Status.PASS
    fails(
        judge_workgroup("s3://archive/r/", region="eu-west-1"),
        "The workgroup writes the results of queries to a bucket in another Region, eu-west-1.",
        expected="an OutputLocation in a bucket of this account and Region, such as s3://BUCKET/results/",
        actual="s3://archive/r/",
        remedy="an OutputLocation",
        resource=WORKGROUP,
    )


def test_results_through_an_access_point_are_no_verdict() -> None:
    is_unknown(
        judge_workgroup("s3://mine-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias/results/"),
        "The workgroup writes results through an access point, whose bucket this check does not read.",
    )


def test_a_workgroup_that_is_disabled_fails() -> None:
    fails(
        judge_workgroup("s3://archive/", state="DISABLED"),
        "The workgroup is disabled: it runs no queries.",
        expected="State ENABLED",
        actual="State DISABLED",
        remedy="UpdateWorkGroup: State=ENABLED",
        resource=WORKGROUP,
    )
    is_unknown(
        judge_workgroup("s3://archive/", state="RESTING"),
        "The workgroup has the state RESTING, which this version does not know.",
    )


@pytest.mark.parametrize("engine", ["PySpark engine version 3", "Apache Spark version 3.5"])
def test_a_workgroup_for_spark_runs_no_sql(engine: str) -> None:
    fails(
        judge_workgroup("s3://archive/", EngineVersion={"EffectiveEngineVersion": engine}),
        "The workgroup runs Apache Spark, not SQL.",
        expected="an analytics engine for SQL, such as Athena engine version 3",
        actual=engine,
        remedy="create it again",
        resource=WORKGROUP,
    )
    sql = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
    assert judge_workgroup("s3://archive/", EngineVersion=sql).status is Status.PASS


def no_workgroup(operation: str) -> NotFound:
    text = "WorkGroup shop is not found."
    return NotFound("athena", operation, {"WorkGroup": "shop"}, "InvalidRequestException", text)


def test_a_missing_workgroup_fails() -> None:
    database = {"database": "shop_archive"}
    checks: list[tuple[str, str, dict[str, Any]]] = [
        ("archive.workgroup", "GetWorkGroup", {}),
        ("archive.query", "ListNamedQueries", database),
    ]
    for kind, operation, more in checks:
        finding = judge(kind, {operation: no_workgroup(operation)}, workgroup="shop", **more)

        assert (finding.status, finding.message) == (Status.FAIL, "There is no workgroup shop in us-east-1.")
        assert finding.actual == f"athena {operation} answered InvalidRequestException"


def test_what_may_not_be_read_of_a_workgroup_is_no_verdict() -> None:
    location = {"ResultConfiguration": {"OutputLocation": "s3://archive/"}}
    group = {"WorkGroup": {"Name": "shop", "State": "ENABLED", "Configuration": location}}
    alone = {"GetWorkGroup": denied("GetWorkGroup", "athena")}
    is_denied(judge("archive.workgroup", alone, workgroup="shop"), "athena:GetWorkGroup")
    without_buckets = {"GetWorkGroup": group, "ListBuckets": denied("ListBuckets", "s3")}
    is_denied(judge("archive.workgroup", without_buckets, workgroup="shop"), "s3:ListAllMyBuckets")


def named(text: str, name: str = "by-id", database: str = "shop_archive") -> dict[str, Any]:
    """A named query."""
    return {"Name": name, "Database": database, "QueryString": text, "NamedQueryId": name, "WorkGroup": "shop"}


class Queries(Facts):
    """An account with named queries, which are listed backwards and twice."""

    def __init__(self, *queries: dict[str, Any]) -> None:
        self.queries = {f"q{number:03}": one for number, one in enumerate(queries)}
        super().__init__({"ListNamedQueries": {"NamedQueryIds": [*reversed(self.queries), *self.queries]}})

    def read(self, service: str, operation: str, **parameters: Any) -> Answer:
        if operation == "GetNamedQuery":
            self.answers[operation] = {"NamedQuery": self.queries[parameters["NamedQueryId"]]}
        return super().read(service, operation, **parameters)


def judge_query(*queries: dict[str, Any], **parameters: Any) -> Finding:
    more = {"workgroup": "shop", "database": "shop_archive", **parameters}
    spec = CheckSpec("the-check", "the-task", REGISTRY["archive.query"], 10, (), more)
    [finding] = Runner([spec], Queries(*queries), FakeClock(), wait_seconds=0).run(None)
    return finding


ANY_TABLE = "a table of the Glue database shop_archive"


@pytest.mark.parametrize(
    ("query", "actual"),
    [
        (named("SELECT * FROM orders"), "awsdatacatalog.shop_archive.orders"),
        (named("SELECT * FROM ORDERS", database="Shop_Archive"), "awsdatacatalog.shop_archive.orders"),
        (named("SELECT * FROM shop_archive.orders", database="default"), "awsdatacatalog.shop_archive.orders"),
        (
            named('SELECT * FROM "AwsDataCatalog"."shop_archive"."orders"', database="x"),
            "awsdatacatalog.shop_archive.orders",
        ),
        (
            named("WITH o AS (SELECT * FROM orders) SELECT * FROM o JOIN live.customers USING (id)"),
            "awsdatacatalog.live.customers; awsdatacatalog.shop_archive.orders",
        ),
    ],
)
def test_a_query_that_asks_the_archive_passes(query: dict[str, Any], actual: str) -> None:
    finding = judge_query(query)

    holds(finding, f"The named query by-id asks {ANY_TABLE}.", resource=WORKGROUP)
    assert sorted(finding.actual.split("; ")) == actual.split("; ")


def test_one_query_among_others_is_enough() -> None:
    finding = judge_query(named("DROP TABLE orders", "a"), named("SELECT", "b"), named("SELECT 1 FROM orders", "c"))

    holds(finding, f"The named query c asks {ANY_TABLE}.", resource=WORKGROUP)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT * FROM live.orders", "it asks awsdatacatalog.live.orders"),
        ('SELECT * FROM "shop_archive.orders"', "it asks awsdatacatalog.shop_archive.shop_archive.orders"),
        ('SELECT * FROM "lambda:ddb".shop_archive.orders', "it asks lambda:ddb.shop_archive.orders"),
        ("SELECT 1", "it asks no table"),
        ("WITH orders AS (SELECT 1 AS id) SELECT * FROM Orders", "it asks no table"),
        ("DROP TABLE orders", "it begins with DROP, not with SELECT or WITH"),
        ("SELECT * FROM orders WHERE", "it is not SQL (see line 1, column 26)"),
    ],
)
def test_a_query_that_does_not_ask_the_archive_fails(text: str, why: str) -> None:
    fails(
        judge_query(named(text)),
        f"No named query of the workgroup asks {ANY_TABLE}.",
        expected=f"a named query that asks {ANY_TABLE}",
        actual=f"by-id: {why}",
        remedy="CreateNamedQuery: WorkGroup=shop, Database=shop_archive",
        resource=WORKGROUP,
    )


def test_the_table_can_be_named() -> None:
    holds(
        judge_query(named("SELECT * FROM Orders"), glue_table="orders"),
        "The named query by-id asks the table shop_archive.orders.",
        resource=WORKGROUP,
    )
    fails(
        judge_query(named("SELECT * FROM reviews"), glue_table="orders"),
        "No named query of the workgroup asks the table shop_archive.orders.",
        expected="a named query that asks the table shop_archive.orders",
        actual="by-id: it asks awsdatacatalog.shop_archive.reviews",
        remedy="a SELECT",
        resource=WORKGROUP,
    )


def test_the_query_can_be_named() -> None:
    queries = [named("SELECT * FROM orders", "other"), named("SELECT * FROM reviews", "by-id", "live")]

    fails(
        judge_query(*queries, name="by-id"),
        f"No named query of the workgroup asks {ANY_TABLE}.",
        expected=f"a named query by-id that asks {ANY_TABLE}",
        actual="by-id: it asks awsdatacatalog.live.reviews",
        remedy="CreateNamedQuery",
        resource=WORKGROUP,
    )
    assert judge_query(*queries, name="By-Id").actual == "named queries with other names: by-id; other"
    assert judge_query(*queries, name="other").status is Status.PASS


def test_no_query_at_all_fails() -> None:
    answers: dict[str, Any] = {"ListNamedQueries": {"NamedQueryIds": []}}

    fails(
        judge("archive.query", answers, workgroup="shop", database="shop_archive"),
        f"No named query of the workgroup asks {ANY_TABLE}.",
        expected=f"a named query that asks {ANY_TABLE}",
        actual="no named query",
        remedy="Without a WorkGroup, it goes to primary",
        resource=WORKGROUP,
    )


def test_a_long_name_of_a_table_is_shown_to_its_end() -> None:
    database = f"ecommerce_archive_{'x' * 80}"

    finding = judge_query(named(f"SELECT * FROM {database}_old.orders"), database=database)

    assert finding.actual == f"by-id: it asks awsdatacatalog.{database}_old.orders"


def test_names_of_any_length_are_cut_and_the_many_counted() -> None:
    finding = judge_query(*(named("DROP TABLE a", f"{number}{'x' * 100}") for number in range(7)))

    assert finding.actual.count("DROP") == 5
    assert finding.actual.endswith("; and 2 more")
    assert len(finding.actual) < 700


def test_what_cannot_be_said_is_no_verdict() -> None:
    own = "USING EXTERNAL FUNCTION f(x INT) RETURNS INT LAMBDA 'f' SELECT f(1) FROM orders"

    is_unknown(
        judge_query(named(own)),
        f"It cannot be decided whether a named query asks {ANY_TABLE}: by-id: it uses functions of its own.",
    )


def test_a_doubt_about_one_query_does_not_matter_when_another_is_right() -> None:
    finding = judge_query(named("USING EXTERNAL FUNCTION f() SELECT 1", "a"), named("SELECT 1 FROM orders"))

    holds(finding, f"The named query by-id asks {ANY_TABLE}.", resource=WORKGROUP)


def test_each_query_is_read_once_in_one_order() -> None:
    """However they are listed: a tape knows a read by what was asked."""
    facts = Queries(*(named("SELECT 1 FROM orders", f"n{number}") for number in range(12)))

    REGISTRY["archive.query"].function(Context(Reader(facts)), workgroup="shop", database="shop_archive")

    asked = [parameters["NamedQueryId"] for _, operation, parameters in facts.asked if operation == "GetNamedQuery"]
    assert asked == [f"q{number:03}" for number in range(12)]


def test_denied_is_no_verdict_on_a_query() -> None:
    more: dict[str, Any] = {"workgroup": "shop", "database": "shop_archive"}
    is_denied(
        judge("archive.query", {"ListNamedQueries": denied("ListNamedQueries", "athena")}, **more),
        "athena:ListNamedQueries",
    )
    answers = {
        "ListNamedQueries": {"NamedQueryIds": ["a"]},
        "GetNamedQuery": denied("GetNamedQuery", "athena"),
    }
    is_denied(judge("archive.query", answers, **more), "athena:GetNamedQuery")
