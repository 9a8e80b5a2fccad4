"""Tables and their settings"""

from __future__ import annotations

import json
import re
from typing import Any

from tests.fidelity.statement import Target, attributes, index, item, keys, refused, statement

CREATE = "APIReference/API_CreateTable.html"
UPDATE = "APIReference/API_UpdateTable.html"
QUOTAS = "developerguide/ServiceQuotas.html"
LSI = "developerguide/LSI.html"
INDEX_CHANGES = "developerguide/GSI.OnlineOps.html"
STREAMS = "developerguide/Streams.html"
MULTIPLE_KEYS = "developerguide/GSI.DesignPattern.MultiAttributeKeys.html"
THROUGHPUT = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
STREAM = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}


def names(count: int) -> list[str]:
    """Names of attributes."""
    return [f"attribute{number:02}" for number in range(count)]


def add(aws: Target, table: str, definition: dict[str, Any], **request: Any) -> None:
    """UpdateTable that adds an index, whose keys are of type S unless the request defines them."""
    defined = attributes(**{key["AttributeName"]: "S" for key in definition["KeySchema"]})
    aws.dynamodb.update_table(
        **{
            "TableName": table,
            "AttributeDefinitions": defined,
            "GlobalSecondaryIndexUpdates": [{"Create": definition}],
            **request,
        }
    )


def defined(aws: Target, table: str) -> dict[str, str]:
    """The attributes that a table defines, with their types."""
    return {one["AttributeName"]: one["AttributeType"] for one in aws.describe(table)["AttributeDefinitions"]}


@statement(CREATE)
def a_table_defines_no_attribute_without_a_key(aws: Target) -> None:
    """CreateTable refuses an attribute definition that no key uses."""
    with refused("ValidationException", "Definitions"):
        aws.table(types={"surplus": "S"})


@statement(CREATE)
def a_table_defines_the_attributes_of_its_keys(aws: Target) -> None:
    """CreateTable refuses a key whose attribute is not defined."""
    with refused():
        aws.table("sk", AttributeDefinitions=attributes(pk="S"))


@statement(CREATE)
def a_table_defines_the_attributes_of_its_indexes(aws: Target) -> None:
    """CreateTable refuses an index whose key attribute is not defined."""
    with refused():
        aws.table(GlobalSecondaryIndexes=[index("by-maker", "maker")])


@statement(QUOTAS)
def a_table_has_at_most_5_local_indexes(aws: Target) -> None:
    """CreateTable refuses 6 local indexes."""
    local = [index(f"by-{name}", "pk", name) for name in names(6)]
    with refused("ValidationException", "per-table limit"):
        aws.table("sk", types=dict.fromkeys(names(6), "S"), LocalSecondaryIndexes=local)


@statement(QUOTAS)
def a_table_may_have_5_local_indexes(aws: Target) -> None:
    """CreateTable accepts 5 local indexes."""
    local = [index(f"by-{name}", "pk", name) for name in names(5)]
    table = aws.table("sk", types=dict.fromkeys(names(5), "S"), LocalSecondaryIndexes=local)
    assert len(aws.describe(table)["LocalSecondaryIndexes"]) == 5


@statement(QUOTAS)
def a_new_table_has_at_most_20_global_indexes(aws: Target) -> None:
    """CreateTable refuses 21 global indexes."""
    indexes = [index(f"by-{name}", name) for name in names(21)]
    with refused("ValidationException", "per-table limit"):
        aws.table(types=dict.fromkeys(names(21), "S"), GlobalSecondaryIndexes=indexes)


@statement(QUOTAS)
def the_21st_global_index_is_above_the_limit(aws: Target) -> None:
    """UpdateTable refuses to add a 21st global index, with LimitExceededException."""
    indexes = [index(f"by-{name}", name) for name in names(20)]
    table = aws.table(types=dict.fromkeys(names(20), "S"), GlobalSecondaryIndexes=indexes)
    with refused("LimitExceededException"):
        add(aws, table, index("by-surplus", "surplus"))


@statement(LSI)
def a_local_index_has_the_tables_partition_key(aws: Target) -> None:
    """CreateTable refuses a local index with another partition key than the table's."""
    with refused():
        aws.table("sk", types={"maker": "S"}, LocalSecondaryIndexes=[index("by-maker", "maker", "sk")])


@statement(LSI)
def a_local_index_needs_a_sort_key_of_the_table(aws: Target) -> None:
    """CreateTable refuses a local index on a table without a sort key."""
    with refused():
        aws.table(types={"due": "S"}, LocalSecondaryIndexes=[index("by-due", "pk", "due")])


@statement(LSI)
def a_local_index_has_a_sort_key(aws: Target) -> None:
    """CreateTable refuses a local index without a sort key."""
    with refused():
        aws.table("sk", LocalSecondaryIndexes=[index("by-nothing", "pk")])


@statement(CREATE)
def an_empty_list_of_local_indexes_is_refused(aws: Target) -> None:
    """CreateTable refuses an empty list of local indexes."""
    with refused():
        aws.table("sk", LocalSecondaryIndexes=[])


@statement(CREATE)
def an_empty_list_of_global_indexes_is_refused(aws: Target) -> None:
    """CreateTable refuses an empty list of global indexes."""
    with refused():
        aws.table(GlobalSecondaryIndexes=[])


@statement(CREATE)
def the_partition_key_comes_first(aws: Target) -> None:
    """CreateTable refuses a key schema that lists the sort key first."""
    with refused():
        aws.table("sk", KeySchema=keys("pk", "sk")[::-1])


@statement(CREATE)
def a_table_has_one_partition_key(aws: Target) -> None:
    """CreateTable refuses a table with two partition key attributes."""
    with refused():
        aws.table("sk", KeySchema=[{"AttributeName": name, "KeyType": "HASH"} for name in ("pk", "sk")])


@statement(CREATE)
def a_tables_key_has_at_most_two_attributes(aws: Target) -> None:
    """CreateTable refuses a table whose key has three attributes."""
    with refused():
        aws.table("sk", "third", KeySchema=keys("pk", "sk", "third"))


@statement(CREATE)
def the_two_keys_are_different_attributes(aws: Target) -> None:
    """CreateTable refuses one attribute as partition key and sort key."""
    with refused():
        aws.table(KeySchema=keys("pk", "pk"))


@statement(CREATE)
def a_key_is_a_string_number_or_binary(aws: Target) -> None:
    """CreateTable refuses a key of another type than S, N or B."""
    with refused():
        aws.table(types={"pk": "BOOL"})


@statement(CREATE)
def a_table_is_provisioned_by_default(aws: Target) -> None:
    """CreateTable without BillingMode needs a provisioned throughput."""
    with refused():
        aws.dynamodb.create_table(
            TableName=aws.fresh("table"), AttributeDefinitions=attributes(pk="S"), KeySchema=keys("pk")
        )


@statement(CREATE)
def an_on_demand_table_has_no_throughput(aws: Target) -> None:
    """CreateTable refuses a provisioned throughput of an on-demand table."""
    with refused():
        aws.table(BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=THROUGHPUT)


@statement(CREATE)
def an_index_of_an_on_demand_table_has_no_throughput(aws: Target) -> None:
    """CreateTable refuses a provisioned throughput of an index on an on-demand table."""
    with refused():
        aws.table(
            types={"maker": "S"},
            GlobalSecondaryIndexes=[index("by-maker", "maker", ProvisionedThroughput=THROUGHPUT)],
        )


@statement(CREATE)
def an_index_of_a_provisioned_table_needs_throughput(aws: Target) -> None:
    """CreateTable refuses a global index without throughput on a provisioned table."""
    with refused():
        aws.table(
            types={"maker": "S"},
            ProvisionedThroughput=THROUGHPUT,
            GlobalSecondaryIndexes=[index("by-maker", "maker")],
        )


@statement(CREATE)
def indexes_of_a_table_have_different_names(aws: Target) -> None:
    """CreateTable refuses two indexes of one name."""
    with refused():
        aws.table(types={"maker": "S"}, GlobalSecondaryIndexes=[index("by-maker", "maker"), index("by-maker", "maker")])


@statement("APIReference/API_Projection.html")
def an_include_projection_names_attributes(aws: Target) -> None:
    """CreateTable refuses an INCLUDE projection without NonKeyAttributes."""
    with refused("ValidationException", "NonKeyAttributes"):
        aws.table(types={"maker": "S"}, GlobalSecondaryIndexes=[index("by-maker", "maker", projection="INCLUDE")])


@statement("APIReference/API_Projection.html")
def only_an_include_projection_names_attributes(aws: Target) -> None:
    """CreateTable refuses NonKeyAttributes with the projection KEYS_ONLY."""
    with refused("ValidationException", "NonKeyAttributes"):
        aws.table(
            types={"maker": "S"},
            GlobalSecondaryIndexes=[index("by-maker", "maker", projection="KEYS_ONLY", include=["note"])],
        )


@statement(QUOTAS)
def the_indexes_of_a_table_include_at_most_100_attributes(aws: Target) -> None:
    """CreateTable refuses indexes that include more than 100 attributes, counted over all indexes."""
    included = [f"included{number}" for number in range(20)]
    indexes = [index(f"by-{name}", name, projection="INCLUDE", include=included) for name in names(6)]
    with refused():
        aws.table(types=dict.fromkeys(names(6), "S"), GlobalSecondaryIndexes=indexes)


@statement(MULTIPLE_KEYS)
def a_global_index_has_up_to_4_and_4_key_attributes(aws: Target) -> None:
    """A global index may have 4 partition key attributes and 4 sort key attributes."""
    schema = [
        {"AttributeName": name, "KeyType": "HASH" if number < 4 else "RANGE"} for number, name in enumerate(names(8))
    ]
    table = aws.table(
        types=dict.fromkeys(names(8), "S"), GlobalSecondaryIndexes=[{**index("by-all"), "KeySchema": schema}]
    )
    assert aws.describe(table)["GlobalSecondaryIndexes"][0]["KeySchema"] == schema


@statement(MULTIPLE_KEYS)
def a_global_index_has_at_most_4_partition_key_attributes(aws: Target) -> None:
    """CreateTable refuses a global index with 5 partition key attributes."""
    schema = [{"AttributeName": name, "KeyType": "HASH"} for name in names(5)]
    with refused():
        aws.table(types=dict.fromkeys(names(5), "S"), GlobalSecondaryIndexes=[{**index("by-all"), "KeySchema": schema}])


@statement(CREATE)
def a_tables_name_has_3_letters(aws: Target) -> None:
    """CreateTable refuses a table name of 2 letters."""
    with refused():
        aws.table(TableName="ab")


@statement("developerguide/HowItWorks.NamingRulesDataTypes.html")
def a_tables_name_has_no_space(aws: Target) -> None:
    """CreateTable refuses a table name with a space."""
    with refused():
        aws.table(TableName="my orders")


@statement("APIReference/API_GlobalSecondaryIndex.html")
def an_indexs_name_has_3_letters(aws: Target) -> None:
    """CreateTable refuses an index name of 2 letters."""
    with refused():
        aws.table(types={"maker": "S"}, GlobalSecondaryIndexes=[index("by", "maker")])


@statement(CREATE)
def a_table_is_made_once(aws: Target) -> None:
    """CreateTable with the name of a table that exists is refused with ResourceInUseException."""
    with refused("ResourceInUseException"):
        aws.table(TableName=aws.single)


@statement("APIReference/API_StreamSpecification.html")
def a_stream_that_is_off_has_no_view_type(aws: Target) -> None:
    """CreateTable refuses a StreamViewType for a stream that is not enabled."""
    with refused():
        aws.table(StreamSpecification={"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"})


@statement("APIReference/API_DescribeTable.html")
def a_missing_table_is_not_found(aws: Target) -> None:
    """DescribeTable of a table that does not exist is refused with ResourceNotFoundException."""
    with refused("ResourceNotFoundException"):
        aws.describe("missing")


@statement("APIReference/API_TableDescription.html")
def an_on_demand_table_shows_no_throughput(aws: Target) -> None:
    """The description of an on-demand table shows a provisioned throughput of 0 and its billing mode."""
    description = aws.describe(aws.single)
    assert description["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert description["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


@statement("APIReference/API_BillingModeSummary.html")
def a_table_always_provisioned_shows_no_billing_mode(aws: Target) -> None:
    """The description of a table that was always provisioned has no BillingModeSummary."""
    assert "BillingModeSummary" not in aws.describe(aws.table(ProvisionedThroughput=THROUGHPUT))


@statement("developerguide/encryption.usagenotes.html")
def the_default_encryption_is_not_described(aws: Target) -> None:
    """The description of a table with the default encryption has no SSEDescription."""
    assert "SSEDescription" not in aws.describe(aws.single)


@statement("APIReference/API_SSEDescription.html")
def another_encryption_names_its_key(aws: Target) -> None:
    """The description of a table that is encrypted with a key of KMS has the ARN of that key."""
    description = aws.describe(aws.table(SSESpecification={"Enabled": True}))["SSEDescription"]
    assert description["SSEType"] == "KMS"
    assert re.fullmatch(r"arn:aws:kms:us-east-1:[0-9]{12}:key/[0-9a-f-]{36}", description["KMSMasterKeyArn"])


@statement("APIReference/API_TableDescription.html")
def a_standard_table_shows_no_class(aws: Target) -> None:
    """The description of a table that was always of the standard class has no TableClassSummary."""
    assert "TableClassSummary" not in aws.describe(aws.single)


@statement("developerguide/warm-throughput.html")
def a_description_shows_the_warm_throughput(aws: Target) -> None:
    """The description of a table shows its warm throughput."""
    assert aws.describe(aws.single)["WarmThroughput"]["ReadUnitsPerSecond"] > 0


@statement("developerguide/on-demand-capacity-mode-max-throughput.html")
def a_maximum_throughput_is_kept(aws: Target) -> None:
    """The maximum throughput of an on-demand table is shown in its description."""
    most = {"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 50}
    assert aws.describe(aws.table(OnDemandThroughput=most))["OnDemandThroughput"] == most


@statement("developerguide/HowItWorks.TableClasses.html")
def a_table_class_is_kept(aws: Target) -> None:
    """The class of a table is shown in its description."""
    table = aws.table(TableClass="STANDARD_INFREQUENT_ACCESS")
    assert aws.describe(table)["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"


@statement("developerguide/access-control-resource-based.html")
def a_policy_given_at_creation_is_kept(aws: Target) -> None:
    """A resource policy that is given to CreateTable is the table's policy."""
    allowed = {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"AWS": "123456789012"},
        "Action": "dynamodb:GetItem",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    arn = aws.describe(aws.table(ResourcePolicy=policy))["TableArn"]
    assert '"one"' in aws.dynamodb.get_resource_policy(ResourceArn=arn)["Policy"]


@statement("APIReference/API_GetResourcePolicy.html")
def a_table_without_policy_has_none(aws: Target) -> None:
    """GetResourcePolicy of a table without a policy is refused with PolicyNotFoundException."""
    with refused("PolicyNotFoundException"):
        aws.dynamodb.get_resource_policy(ResourceArn=aws.describe(aws.single)["TableArn"])


@statement("APIReference/API_CreateTable.html")
def tags_given_at_creation_are_kept(aws: Target) -> None:
    """Tags that are given to CreateTable are the table's tags."""
    arn = aws.describe(aws.table(Tags=[{"Key": "lab", "Value": "7"}]))["TableArn"]
    assert aws.dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "lab", "Value": "7"}]


@statement("APIReference/API_ListTables.html")
def tables_are_listed_page_by_page(aws: Target) -> None:
    """ListTables gives at most Limit names, and LastEvaluatedTableName, from which the next page goes on."""
    first, second, third = (aws.table() for _ in range(3))
    page = aws.dynamodb.list_tables(Limit=1, ExclusiveStartTableName=first)
    assert page == {**page, "TableNames": [second], "LastEvaluatedTableName": second}
    rest = aws.dynamodb.list_tables(ExclusiveStartTableName=second)["TableNames"]
    assert third in rest
    assert second not in rest


@statement("APIReference/API_DeleteTable.html")
def a_protected_table_is_not_deleted(aws: Target) -> None:
    """DeleteTable is refused with ValidationException while deletion protection is on."""
    table = aws.table(DeletionProtectionEnabled=True)
    with refused():
        aws.dynamodb.delete_table(TableName=table)
    aws.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    aws.dynamodb.delete_table(TableName=table)


@statement(UPDATE)
def a_new_indexs_attributes_are_defined(aws: Target) -> None:
    """UpdateTable refuses a new index whose key attribute the request does not define."""
    with refused():
        add(aws, aws.table(), index("by-maker", "maker"), AttributeDefinitions=attributes(pk="S"))


@statement(UPDATE)
def a_new_index_on_a_key_of_the_table_defines_it_again(aws: Target) -> None:
    """UpdateTable refuses a new index on a key of the table if the request does not define that attribute."""
    with refused():
        add(aws, aws.table("sk"), index("by-sk", "sk"), AttributeDefinitions=attributes(pk="S"))


@statement(UPDATE)
def surplus_definitions_of_an_update_are_ignored(aws: Target) -> None:
    """UpdateTable ignores definitions that no key uses, and keeps those that the table had."""
    table = aws.table("sk")
    add(aws, table, index("by-maker", "maker"), AttributeDefinitions=attributes(maker="S", surplus="S"))
    assert defined(aws, table) == {"pk": "S", "sk": "S", "maker": "S"}


@statement(UPDATE)
def a_defined_attribute_keeps_its_type(aws: Target) -> None:
    """UpdateTable that defines a key attribute of the table with another type leaves its type as it was."""
    table = aws.table("sk")
    add(aws, table, index("by-maker", "maker"), AttributeDefinitions=attributes(maker="S", sk="N"))
    assert defined(aws, table)["sk"] == "S"


@statement(UPDATE)
def definitions_go_with_their_index(aws: Target) -> None:
    """When an index is deleted, the definitions that only it used are gone."""
    table = aws.table(types={"maker": "S"}, GlobalSecondaryIndexes=[index("by-maker", "maker")])
    aws.dynamodb.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-maker"}}])
    assert defined(aws, table) == {"pk": "S"}


@statement(INDEX_CHANGES)
def a_new_index_holds_the_items_of_the_table(aws: Target) -> None:
    """A new index holds the items that were in the table before."""
    table = aws.table()
    aws.put(table, {"pk": "one", "maker": "Ada"})
    add(aws, table, index("by-maker", "maker"))
    assert aws.query(table, "maker = :o", o="Ada", IndexName="by-maker")["Count"] == 1


@statement(INDEX_CHANGES)
def an_update_changes_one_index(aws: Target) -> None:
    """UpdateTable refuses to add two indexes in one request, with LimitExceededException."""
    updates = [{"Create": index("by-one", "one")}, {"Create": index("by-two", "two")}]
    with refused("LimitExceededException"):
        aws.dynamodb.update_table(
            TableName=aws.table(),
            AttributeDefinitions=attributes(one="S", two="S"),
            GlobalSecondaryIndexUpdates=updates,
        )


@statement(INDEX_CHANGES)
def an_index_is_added_once(aws: Target) -> None:
    """UpdateTable refuses a new index with the name of an index that exists."""
    table = aws.table(types={"maker": "S"}, GlobalSecondaryIndexes=[index("by-maker", "maker")])
    with refused():
        add(aws, table, index("by-maker", "maker"))


@statement(INDEX_CHANGES)
def a_missing_index_is_not_deleted(aws: Target) -> None:
    """UpdateTable that deletes an index that does not exist is refused with ResourceNotFoundException."""
    with refused("ResourceNotFoundException"):
        aws.dynamodb.update_table(
            TableName=aws.single, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "missing"}}]
        )


@statement(UPDATE)
def an_index_is_added_without_throughput_on_demand(aws: Target) -> None:
    """UpdateTable refuses a new index with a provisioned throughput on an on-demand table."""
    with refused():
        add(aws, aws.table(), index("by-maker", "maker", ProvisionedThroughput=THROUGHPUT))


@statement(UPDATE)
def an_index_and_a_stream_are_two_requests(aws: Target) -> None:
    """UpdateTable refuses to add an index and enable a stream in one request."""
    with refused("ValidationException|LimitExceededException"):
        add(aws, aws.table(), index("by-maker", "maker"), StreamSpecification=STREAM)


@statement(UPDATE)
def an_index_and_the_encryption_are_two_requests(aws: Target) -> None:
    """UpdateTable refuses to add an index and change the encryption in one request."""
    with refused("ValidationException|LimitExceededException"):
        add(aws, aws.table(), index("by-maker", "maker"), SSESpecification={"Enabled": True})


@statement(UPDATE)
def an_index_and_the_class_are_two_requests(aws: Target) -> None:
    """UpdateTable refuses to add an index and change the class of the table in one request."""
    with refused("ValidationException|LimitExceededException"):
        add(aws, aws.table(), index("by-maker", "maker"), TableClass="STANDARD_INFREQUENT_ACCESS")


@statement(UPDATE)
def an_index_and_the_throughput_are_two_requests(aws: Target) -> None:
    """UpdateTable refuses to add an index and change the throughput of the table in one request."""
    table = aws.table(ProvisionedThroughput=THROUGHPUT)
    more = {"ReadCapacityUnits": 6, "WriteCapacityUnits": 6}
    with refused("ValidationException|LimitExceededException"):
        add(aws, table, index("by-maker", "maker", ProvisionedThroughput=THROUGHPUT), ProvisionedThroughput=more)


@statement(UPDATE)
def a_stream_that_is_on_is_not_enabled_again(aws: Target) -> None:
    """UpdateTable refuses with ValidationException to enable a stream that is on."""
    with refused():
        aws.dynamodb.update_table(TableName=aws.streaming(), StreamSpecification=STREAM)


@statement(UPDATE)
def a_stream_that_is_off_is_not_disabled(aws: Target) -> None:
    """UpdateTable refuses with ValidationException to disable a stream that is off."""
    with refused():
        aws.dynamodb.update_table(TableName=aws.table(), StreamSpecification={"StreamEnabled": False})


@statement(STREAMS)
def the_last_streams_arn_stays(aws: Target) -> None:
    """After a stream is disabled, the description still has LatestStreamArn, but no enabled StreamSpecification."""
    table = aws.streaming()
    arn = aws.describe(table)["LatestStreamArn"]
    aws.dynamodb.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
    description = aws.describe(table)
    assert description["LatestStreamArn"] == arn
    assert not description.get("StreamSpecification", {}).get("StreamEnabled", False)


@statement(STREAMS)
def a_stream_that_is_enabled_again_has_another_arn(aws: Target) -> None:
    """A stream that is disabled and enabled again has another ARN."""
    table = aws.streaming()
    arn = aws.describe(table)["LatestStreamArn"]
    for specification in ({"StreamEnabled": False}, STREAM):
        aws.dynamodb.update_table(TableName=table, StreamSpecification=specification)
    assert aws.describe(table)["LatestStreamArn"] != arn


@statement(STREAMS)
def a_table_without_its_stream_takes_writes(aws: Target) -> None:
    """After a stream is disabled, the table still takes writes."""
    table = aws.streaming()
    aws.dynamodb.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
    aws.put(table, {"pk": "one"})
    assert aws.get({"pk": "one"}, table) == item({"pk": "one"})


@statement(UPDATE)
def the_same_throughput_again_is_refused(aws: Target) -> None:
    """UpdateTable refuses the throughput that a provisioned table has."""
    with refused():
        aws.dynamodb.update_table(
            TableName=aws.table(ProvisionedThroughput=THROUGHPUT), ProvisionedThroughput=THROUGHPUT
        )


@statement(UPDATE)
def on_demand_takes_no_throughput_in_an_update(aws: Target) -> None:
    """UpdateTable refuses a provisioned throughput together with PAY_PER_REQUEST."""
    with refused():
        aws.dynamodb.update_table(
            TableName=aws.table(), BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=THROUGHPUT
        )


@statement("APIReference/API_ProvisionedThroughput.html")
def a_throughput_is_at_least_1(aws: Target) -> None:
    """CreateTable refuses a provisioned throughput of 0."""
    with refused():
        aws.table(ProvisionedThroughput={"ReadCapacityUnits": 0, "WriteCapacityUnits": 1})


@statement("APIReference/API_DescribeBackup.html")
def a_deleted_backup_is_not_found(aws: Target) -> None:
    """DescribeBackup of a deleted backup is refused with BackupNotFoundException."""
    details = aws.dynamodb.create_backup(TableName=aws.table(), BackupName="nightly")["BackupDetails"]
    aws.dynamodb.describe_backup(BackupArn=details["BackupArn"])
    aws.dynamodb.delete_backup(BackupArn=details["BackupArn"])
    with refused("BackupNotFoundException"):
        aws.dynamodb.describe_backup(BackupArn=details["BackupArn"])
