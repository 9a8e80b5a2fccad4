"""The set-up of an archive on Amazon S3: its bucket, and what is needed to query it (AWS Glue, Amazon Athena)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal, get_args

from checks.facts.tables import AWS, listed, refuse_unknown
from checks.languages.sql import DATA_CATALOG, Doubtful, NoQuery, asked_tables
from harness.account.reading import Answer, Reader, partition
from harness.checking.check import Fact, Failed, Passed, Undetermined, check
from harness.checking.parameters import Schema
from harness.usage import counted, shortened

FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
Algorithm = Literal["AES256", "aws:kms", "aws:kms:dsse"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
STORAGE_CLASSES = ("STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
"""The classes that a lifecycle rule can move objects to. All of them cost less to keep than STANDARD.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html"""

TO_RESTORE = ("GLACIER", "DEEP_ARCHIVE")
"""The classes whose objects must be restored before they can be read.
https://docs.aws.amazon.com/athena/latest/ug/querying-glacier.html"""
SMALL_OBJECT_BYTES = 1024 * 1024

OUTPUT_LOCATION = re.compile(r"s3://([^/]+)(/.*)?", re.DOTALL)
ACCESS_POINT_SUFFIX = "-s3alias"
STATUSES = ("Enabled", "Disabled")
SHOWN = 5
LONGEST_TABLE = 3 * 255
"""How much of a table's name is shown: as much as a catalog, a database and a table may have together."""

Rule = Mapping[str, Any]
"""A rule of a bucket's lifecycle.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html"""


GLUE_NAME = Schema(pattern="^[a-z0-9_-]{1,255}$")
"""The form of the name of a Glue database or table: lower case, as Glue keeps it.
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-databases.html"""

GlueName = Annotated[str, GLUE_NAME]
QueryName = Annotated[str, Schema(minLength=1, maxLength=128)]
KeyPrefix = Annotated[str, Schema(maxLength=1024)]
RetentionDays = Annotated[int, Schema(minimum=1, maximum=36500)]
DaysUntilMoved = Annotated[int, Schema(minimum=0, maximum=36500)]


class Bucket(Fact):
    """A bucket of the account."""

    schema = Schema(pattern="^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    example = "${archive_bucket}"
    requires = ("archive.bucket",)

    @property
    def resource(self) -> str:
        return f"arn:{partition(self.account.region)}:s3:::{self.name}"

    def configuration(self, operation: str) -> Answer | None:
        """One of its configurations; None if it is not set."""
        return self.account.configuration("s3", operation, Bucket=self.name)


class Workgroup(Fact):
    """A workgroup of Amazon Athena."""

    schema = Schema(pattern="^[a-zA-Z0-9._-]{1,128}$")
    """https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroup.html"""
    example = "archive-${student_id}"
    noun = "workgroup"


class Database(Fact):
    """A database of the AWS Glue Data Catalog."""

    schema = GLUE_NAME
    example = "archive_${student_id}"
    noun = "Glue database"


@check("archive.bucket", actions=("s3:ListAllMyBuckets",), source=f"{AWS}AmazonS3/latest/API/API_ListBuckets.html")
def bucket(bucket: Bucket) -> Passed:
    """The account owns the bucket.

    All accounts share the names of buckets. HeadBucket answers 403 both for another account's bucket and for a missing
    permission. So this lists the account's own buckets that begin with the name.
    """
    found = _own_bucket(bucket.account, bucket.name)
    if found is None:
        raise Failed(
            f"This account has no bucket {bucket.name}.",
            expected=f"a bucket named {bucket.name} that this account owns",
            actual="no such bucket among this account's",
            remedy="Create the bucket with exactly this name. If CreateBucket answers BucketAlreadyExists, another account "
            "owns a bucket with that name.",
        )
    region = found.get("BucketRegion")
    return Passed("The account owns the bucket.", actual=f"owned{f', in {region}' if region else ''}")


def _own_bucket(account: Reader, name: str) -> Mapping[str, Any] | None:
    answer = account.read("s3", "ListBuckets", Prefix=name)
    return next((one for one in answer["Buckets"] if one["Name"] == name), None)


@check(
    "archive.private",
    actions=("s3:GetBucketPublicAccessBlock",),
    source=f"{AWS}AmazonS3/latest/userguide/access-control-block-public-access.html",
)
def private(bucket: Bucket) -> Passed:
    """The bucket blocks all public access.

    All four settings of its own public access block count. With them, no policy and no ACL makes it public. AWS gives
    such a block to every new bucket. A block of the whole account is not read.
    """
    answer = bucket.configuration("GetPublicAccessBlock")
    bucket.must_tell("public access", answer)
    block = dict.fromkeys(FLAGS, False) if answer is None else answer["PublicAccessBlockConfiguration"]
    expected = f"true: {listed(FLAGS)}"
    if off := [flag for flag in FLAGS if not block[flag]]:
        message = "The bucket does not block all public access."
        actual = "no public access block" if answer is None else f"false: {listed(off)}"
        raise Failed(message, expected=expected, actual=actual, remedy="Set all four with PutPublicAccessBlock.")
    return Passed("The bucket blocks all public access.", actual=expected)


@check(
    "archive.encrypted",
    example={"algorithms": ["aws:kms", "aws:kms:dsse"]},
    actions=("s3:GetEncryptionConfiguration",),
    source=f"{AWS}AmazonS3/latest/userguide/bucket-encryption.html",
)
def encrypted(bucket: Bucket, algorithms: Sequence[Algorithm] = ALGORITHMS) -> Passed:
    """The bucket encrypts new objects by default, with one of the required algorithms.

    AWS encrypts every bucket, with AES256 (SSE-S3) unless something else is set. A lab that needs KMS keys names their
    algorithms.
    """
    answer = bucket.configuration("GetBucketEncryption")
    bucket.must_tell("encryption", answer)
    rules = [] if answer is None else answer["ServerSideEncryptionConfiguration"]["Rules"]
    found = [rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules]
    message = f"The bucket's default encryption is {listed(found)}."
    if not set(found) & set(algorithms):
        for one in found:
            refuse_unknown("The bucket's default encryption is", one, ALGORITHMS)
        expected = " or ".join(algorithms)
        remedy = f"Set it with PutBucketEncryption: SSEAlgorithm={expected}."
        raise Failed(message, expected=expected, actual=listed(found), remedy=remedy)
    return Passed(message, actual=listed(found))


@check(
    "archive.lifecycle",
    example={"prefix": "orders/", "minimum_retention_days": 365, "queryable": True},
    actions=("s3:GetLifecycleConfiguration",),
    source=f"{AWS}AmazonS3/latest/userguide/intro-lifecycle-rules.html",
)
def lifecycle(
    bucket: Bucket,
    prefix: KeyPrefix | None = None,
    minimum_retention_days: RetentionDays | None = None,
    moved_within_days: DaysUntilMoved | None = None,
    queryable: bool = False,
) -> Passed:
    """Lifecycle rules move or delete archived objects in time, and delete none too early.

    An enabled rule must move current objects to a cheaper storage class, or delete them.

    With a `prefix`, a rule must cover every object below it; it may leave out small ones, which cost more to move than
    to keep. A rule for tagged objects does not count, because exports have no tags. With `minimum_retention_days`, no
    rule may delete an object younger than that, and a rule that deletes on a date does. With `moved_within_days`, a
    rule must move objects at that age or earlier. With `queryable`, no rule may move objects to a class from which they
    must be restored before Athena can read them.
    """
    answer = bucket.configuration("GetBucketLifecycleConfiguration")
    rules = [] if answer is None else answer["Rules"]
    where = f"every object under {prefix}" if prefix else "objects"
    otherwise = "or deletes them" if moved_within_days is None else f"within {counted(moved_within_days, 'day')}"
    expected = f"an enabled rule that moves {where} to a cheaper class {otherwise}"
    if minimum_retention_days is not None:
        expected += f", and none that deletes before {counted(minimum_retention_days, 'day')}"
    if queryable:
        expected += f", and none that moves them to {' or '.join(TO_RESTORE)}"
    actual = _some([_rule_text(rule) for rule in rules])
    failed = partial(Failed, expected=expected, actual=actual)
    untagged = [rule for rule in rules if not _filters(rule, "Tag", "Tags")]
    below = [rule for rule in untagged if prefix is None or prefix.startswith(_prefix(rule))]
    covering = [rule for rule in below if _is_of_any_size(rule)]
    if not [rule for rule in covering if rule["Status"] == "Enabled" and _takes_care(rule, moved_within_days)]:
        _refuse_unknown_rules(covering)
        how = "Transitions or an Expiration" if moved_within_days is None else "Transitions after some Days"
        raise failed(
            "No lifecycle rule moves or deletes the archived objects as required.",
            remedy="Add a rule with PutBucketLifecycleConfiguration, which replaces all rules: Status=Enabled, a Filter "
            f"that covers the archive, and {how}.",
        )
    for rule in untagged:
        early = _deletes_early(rule, prefix, minimum_retention_days)
        away = queryable and _overlaps(rule, prefix) and _moves(rule, TO_RESTORE)
        if not early and not away:
            continue
        refuse_unknown(f"The lifecycle rule {_name(rule)} has the status", rule["Status"], STATUSES)
        if rule["Status"] == "Enabled" and away:
            raise failed(
                f"The lifecycle rule {_name(rule)} moves archived objects to where Athena cannot read them.",
                remedy="Choose a class from which objects can be read at once, such as GLACIER_IR. From the others, objects "
                "must be restored first.",
            )
        if rule["Status"] == "Enabled" and early:
            raise failed(
                f"The lifecycle rule {_name(rule)} deletes archived objects too early.",
                remedy=f"Let it expire objects after {counted(minimum_retention_days or 0, 'day')} or more, with Days and "
                "not with a Date, or not at all.",
            )
    return Passed("A lifecycle rule moves or deletes the archived objects as required.", actual=actual)


def _refuse_unknown_rules(rules: Sequence[Rule]) -> None:
    """Raises Undetermined if a rule may do what is required in a way that this version does not know."""
    for rule in rules:
        if rule["Status"] == "Disabled":
            continue
        refuse_unknown(f"The lifecycle rule {_name(rule)} has the status", rule["Status"], STATUSES)
        for one in rule.get("Transitions", ()):
            what = f"The lifecycle rule {_name(rule)} moves objects to the class"
            refuse_unknown(what, one["StorageClass"], STORAGE_CLASSES)


def _filters(rule: Rule, *names: str) -> list[Any]:
    """What a rule's filter says under these names, alone or combined with others (And)."""
    parts = (rule.get("Filter", {}), rule.get("Filter", {}).get("And", {}))
    return [part[name] for part in parts for name in names if name in part]


def _prefix(rule: Rule) -> str:
    """The prefix of the keys that a rule is about. Rules in an older form have it outside the filter."""
    found: str = next(iter([*_filters(rule, "Prefix"), rule.get("Prefix", "")]))
    return found


def _is_of_any_size(rule: Rule) -> bool:
    """Whether a rule covers objects of any size, except perhaps small ones."""
    too_large = [one for one in _filters(rule, "ObjectSizeGreaterThan") if one > SMALL_OBJECT_BYTES]
    return not too_large and not _filters(rule, "ObjectSizeLessThan")


def _moves(rule: Rule, classes: Sequence[str] = STORAGE_CLASSES) -> bool:
    return bool([one for one in rule.get("Transitions", ()) if one["StorageClass"] in classes])


def _takes_care(rule: Rule, within_days: int | None) -> bool:
    """Whether a rule moves objects at that age or earlier; without an age, whether it moves or deletes them at all."""
    if within_days is None:
        return _moves(rule) or _deletes(rule)
    soon = [one for one in rule.get("Transitions", ()) if one.get("Days", within_days + 1) <= within_days]
    return _moves({**rule, "Transitions": soon})


def _deletes(rule: Rule) -> bool:
    """Whether a rule deletes current objects, and not only delete markers."""
    return bool({"Days", "Date"} & set(rule.get("Expiration", ())))


def _deletes_early(rule: Rule, prefix: str | None, minimum_days: int | None) -> bool:
    """Whether a rule deletes some archived object younger than that. If it deletes on a date, it also deletes what was
    archived the day before, at the age of one day."""
    if minimum_days is None or not _deletes(rule):
        return False
    expiration = rule["Expiration"]
    return _overlaps(rule, prefix) and ("Date" in expiration or expiration["Days"] < minimum_days)


def _overlaps(rule: Rule, prefix: str | None) -> bool:
    """Whether a rule covers some object below a prefix."""
    other = _prefix(rule)
    return prefix is None or prefix.startswith(other) or other.startswith(prefix)


def _name(rule: Rule) -> str:
    return shortened(rule.get("ID") or "without an ID")


def _rule_text(rule: Rule) -> str:
    """`archived (Enabled, under old/, to STANDARD_IA after 30 days, deleted after 365 days)`."""
    does = [f"to {one['StorageClass']} {_when(one)}" for one in rule.get("Transitions", ())]
    does += [f"deleted {_when(rule['Expiration'])}"] if _deletes(rule) else []
    limits = ["tagged objects only"] if _filters(rule, "Tag", "Tags") else []
    limits += [f"under {shortened(_prefix(rule))}"] if _prefix(rule) else []
    limits += [f"above {one} bytes" for one in _filters(rule, "ObjectSizeGreaterThan")]
    limits += [f"below {one} bytes" for one in _filters(rule, "ObjectSizeLessThan")]
    return f"{_name(rule)} ({', '.join([rule['Status'], *limits, *(does or ['neither moves nor deletes objects'])])})"


def _when(action: Mapping[str, Any]) -> str:
    if "Date" in action:
        return f"on {str(action['Date'])[:10]}"
    return f"after {counted(action['Days'], 'day')}" if "Days" in action else "at some time"


def _some(texts: Sequence[str]) -> str:
    """The first few of some texts."""
    more = [f"and {len(texts) - SHOWN} more"] if len(texts) > SHOWN else []
    return "; ".join([*texts[:SHOWN], *more]) or "none"


@check("archive.database", actions=("glue:GetDatabase",), source=f"{AWS}glue/latest/dg/define-database.html")
def database(database: Database) -> Passed:
    """The AWS Glue Data Catalog has the database."""
    answer = database.account.find("glue", "GetDatabase", Name=database.name)
    if answer is None:
        message = f"There is no Glue database {database.name} in {database.account.region}."
        expected = f"a database named {database.name} in the AWS Glue Data Catalog"
        remedy = "Create it with AWS Glue's CreateDatabase, or in Athena with CREATE DATABASE."
        raise Failed(message, expected=expected, actual="no such database", remedy=remedy)
    return Passed("The Glue database exists.", actual=answer["Database"]["Name"])


@check(
    "archive.workgroup",
    actions=("athena:GetWorkGroup", "s3:ListAllMyBuckets"),
    source=f"{AWS}athena/latest/ug/querying.html",
)
def workgroup(workgroup: Workgroup) -> Passed:
    """The Athena workgroup can run SQL queries: it is enabled, and has a location for their results.

    That is a location in a bucket of this account, or results that Athena manages. Athena's own workgroup, primary, has
    none at first.
    """
    found = workgroup.account.read("athena", "GetWorkGroup", WorkGroup=workgroup.name)["WorkGroup"]
    refuse_unknown("The workgroup has the state", found["State"], ("ENABLED", "DISABLED"))
    if found["State"] == "DISABLED":
        message = "The workgroup is disabled: it runs no queries."
        remedy = "Enable it with UpdateWorkGroup: State=ENABLED."
        raise Failed(message, expected="State ENABLED", actual="State DISABLED", remedy=remedy)
    configuration = found.get("Configuration", {})
    engine = configuration.get("EngineVersion", {}).get("EffectiveEngineVersion", "")
    if "Spark" in engine:
        expected = "an analytics engine for SQL, such as Athena engine version 3"
        remedy = "A workgroup's engine cannot become another kind: delete it with DeleteWorkGroup and create it again."
        raise Failed("The workgroup runs Apache Spark, not SQL.", expected=expected, actual=engine, remedy=remedy)
    if configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled", False):
        return Passed("The workgroup is enabled, and Athena manages its results.", actual="ENABLED")
    location = configuration.get("ResultConfiguration", {}).get("OutputLocation", "")
    match = OUTPUT_LOCATION.fullmatch(location)
    if match is not None and match[1].endswith(ACCESS_POINT_SUFFIX):
        message = "The workgroup writes results through an access point, whose bucket this check does not read."
        raise Undetermined(message, actual=location)
    problem: str | None = "The workgroup has no location for the results of queries."
    if location:
        problem = _problem_of_results(workgroup.account, match)
    if problem is not None:
        expected = "an OutputLocation in a bucket of this account and Region, such as s3://BUCKET/results/"
        remedy = "Set one with UpdateWorkGroup: ResultConfigurationUpdates with an OutputLocation."
        raise Failed(problem, expected=expected, actual=location or "no OutputLocation", remedy=remedy)
    return Passed("The workgroup is enabled, with a location for results.", actual=f"ENABLED, {location}")


def _problem_of_results(account: Reader, location: re.Match[str] | None) -> str | None:
    """Why Athena cannot write results to a location.
    https://docs.aws.amazon.com/athena/latest/ug/query-results-specify-location.html"""
    if location is None:
        return "The workgroup's location for the results of queries is not a location in S3."
    bucket = _own_bucket(account, location[1])
    if bucket is None:
        return "The workgroup writes the results of queries to a bucket that this account does not have."
    if bucket.get("BucketRegion", account.region) != account.region:
        return f"The workgroup writes the results of queries to a bucket in another Region, {bucket['BucketRegion']}."
    return None


@check(
    "archive.query",
    example={"database": "archive_${student_id}"},
    actions=("athena:GetNamedQuery", "athena:ListNamedQueries"),
    source=f"{AWS}athena/latest/ug/saved-queries.html",
)
def query(
    workgroup: Workgroup, database: GlueName, glue_table: GlueName | None = None, name: QueryName | None = None
) -> Passed:
    """A named query of the workgroup asks the archive.

    It must be one SQL statement that begins with SELECT or WITH and asks the table, or any table, of the Glue database
    that the statement names, or otherwise of the query's own. Other named queries do no harm. Nothing is run.
    """
    target = f"the table {database}.{glue_table}" if glue_table else f"a table of the Glue database {database}"
    queries = _named_queries(workgroup)
    wanted = [one for one in queries if name in (None, one["Name"])]
    problems: list[str] = []
    doubts: list[str] = []
    for one in sorted(wanted, key=lambda one: (one["Name"], one["QueryString"])):
        title = shortened(one["Name"])
        try:
            tables = asked_tables(one["QueryString"])
        except NoQuery as problem:
            problems.append(f"{title}: {problem}")
        except Doubtful as doubt:
            doubts.append(f"{title}: {doubt}")
        else:
            own = one["Database"].lower()
            asked = [(table.catalog or DATA_CATALOG, table.database or own, table.name) for table in tables]
            text = _some([".".join(table)[:LONGEST_TABLE] for table in asked] or ["no table"])
            wanted_tables = [one for one in asked if one == (DATA_CATALOG, database, glue_table or one[-1])]
            if [
                one for one in wanted_tables if "." not in one[-1]
            ]:  # "database.table" is one name, and no table has it
                return Passed(f"The named query {title} asks {target}.", actual=text)
            problems.append(f"{title}: it asks {text}")
    expected = f"a named query{f' {name}' if name else ''} that asks {target}"
    if doubts:
        message = f"It cannot be decided whether a named query asks {target}: {doubts[0]}."
        raise Undetermined(message, expected=expected, actual=_some(doubts))
    others = f"named queries with other names: {_some(sorted(shortened(one['Name']) for one in queries))}"
    raise Failed(
        f"No named query of the workgroup asks {target}.",
        expected=expected,
        actual=_some(problems) if wanted else others if queries else "no named query",
        remedy=f"Save one with CreateNamedQuery: WorkGroup={workgroup.name}, Database={database}, and a SELECT as "
        "QueryString. Without a WorkGroup, it goes to primary.",
    )


def _named_queries(workgroup: Workgroup) -> list[Mapping[str, Any]]:
    """The named queries of a workgroup. Each is read separately, because not every endpoint has BatchGetNamedQuery."""
    read = workgroup.account.read
    ids = sorted(set(read("athena", "ListNamedQueries", WorkGroup=workgroup.name)["NamedQueryIds"]))
    return [read("athena", "GetNamedQuery", NamedQueryId=one)["NamedQuery"] for one in ids]
