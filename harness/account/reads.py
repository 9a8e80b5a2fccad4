"""Which operations only read."""

from __future__ import annotations

import re

READ_PATTERN = re.compile(r"(Describe|List|Get|Head|BatchGet)[A-Z]\w*|Query|Scan|TransactGetItems")
NOT_READS = frozenset(
    {
        ("sts", "GetSessionToken"),
        ("sts", "GetFederationToken"),
        ("sts", "GetDelegatedAccessToken"),
        ("sts", "GetWebIdentityToken"),
        ("kms", "GetParametersForImport"),
    }
)
"""Operations whose names look like reads, but which make credentials or keys."""


SERVICES = frozenset(
    {
        "athena",
        "cloudwatch",
        "dynamodb",
        "dynamodbstreams",
        "events",
        "glue",
        "iam",
        "kms",
        "lambda",
        "logs",
        "pipes",
        "s3",
        "scheduler",
        "sns",
        "sqs",
        "stepfunctions",
        "sts",
    }
)
"""The services that labs are about. In other services, what looks like a read may return credentials or secrets."""


ITEM_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
ITEM_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
"""The operations of DynamoDB that read and write items."""

STATEMENTS = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
"""The operations of PartiQL, which may read or write.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html"""


def is_read(service: str, operation: str) -> bool:
    """Whether an operation only reads. Only names with a reading verb count; unknown names are not reads."""
    named_so = service in SERVICES and READ_PATTERN.fullmatch(operation) is not None
    return named_so and (service, operation) not in NOT_READS
