"""Where the embedded account and ministack answer differently, and who is right.

DynamoDB itself decides, as AWS's documentation describes it, or where that is silent, as others measured it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fidelity.comparison import Outcome
from tests.fidelity.requests import Request
from tests.fidelity.tables import n, s

EMBEDDED, MINISTACK, UNSETTLED = "embedded", "ministack", "not settled"
REFERENCE = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
ACCEPTS = "accepts"


def deviation(ours: Outcome, theirs: Outcome) -> str:
    """What ministack does with a request that the embedded account refuses: it accepts it, perhaps because it found a
    condition false, or refuses it in another way. Empty if it refuses it in the same way."""
    if ours == theirs:
        return ""
    code = theirs.get("error")
    reasons = {*theirs.get("reasons", ())}
    if code in (None, "ConditionalCheckFailedException") or (reasons and reasons <= {"None", "ConditionalCheckFailed"}):
        return ACCEPTS
    return f"answers {code}" if code != ours.get("error") else "gives other reasons"


@dataclass(frozen=True)
class Disagreement:
    """A disagreement about requests that keep all rules: what it is about, what each account does, and who is right.

    Attributes:
        example: a request that shows it, on the tables as they are at first.
        applies: whether it explains what came of a request in the embedded account, and in ministack.
    """

    about: str
    embedded: str
    ministack: str
    right: str
    page: str
    example: Request
    applies: Callable[[Request, Outcome, Outcome], bool]


def _says(request: Request, pattern: str) -> bool:
    return re.search(pattern, repr(request.parameters)) is not None


def _refuses(outcome: Outcome) -> bool:
    """Whether a request was refused, not only because a condition was false."""
    return outcome.get("error") == "ValidationException" or "ValidationError" in outcome.get("reasons", ())


def _removes_only(request: Request) -> bool:
    """Whether an update of the request has neither SET nor ADD."""
    updates = [part for _, part, _ in request.parts() if {"UpdateExpression", "AttributeUpdates"} & part.keys()]
    return any(
        not re.search(r"\b(SET|ADD)\b", part.get("UpdateExpression", ""), re.IGNORECASE)
        and all(one.get("Action") == "DELETE" for one in part.get("AttributeUpdates", {}).values())
        for part in updates
    )


def _updates(key: str, text: str, **values: Any) -> Request:
    given = {f":{name}": value for name, value in values.items()}
    part = {"TableName": "plain", "Key": {"id": s(key)}, "UpdateExpression": text}
    return Request("UpdateItem", part | ({"ExpressionAttributeValues": given} if given else {}))


def _scans(name: str, **more: Any) -> Request:
    return Request("Scan", {"TableName": name, **more})


SETTLED = (
    Disagreement(
        "An update that does not fit the item, such as REMOVE of a path whose parent is missing",
        "refuses",
        ACCEPTS,
        EMBEDDED,
        f"{GUIDE}Expressions.UpdateExpressions.html",
        _updates("a", "REMOVE extra.leaf"),
        lambda request, ours, theirs: _says(request, "UpdateExpression") and _refuses(ours) and ours != theirs,
    ),
    Disagreement(
        "An UpdateItem that only removes attributes, of an item that does not exist",
        "makes no item",
        "makes an item",
        EMBEDDED,
        f"{REFERENCE}API_UpdateItem.html",
        _updates("nobody", "REMOVE extra"),
        lambda request, ours, theirs: _removes_only(request) and not _refuses(ours) and not _refuses(theirs),
    ),
    Disagreement(
        "`begins_with` on an attribute of another type",
        "is false",
        "refuses",
        EMBEDDED,
        f"{GUIDE}Expressions.OperatorsAndFunctions.html",
        _scans("plain", FilterExpression="begins_with(amount, :v)", ExpressionAttributeValues={":v": s("x")}),
        lambda request, ours, theirs: _says(request, "begins_with|BEGINS_WITH") and _refuses(theirs),
    ),
    Disagreement(
        "`size` of an attribute that is a number",
        "makes the comparison false",
        "is 0",
        EMBEDDED,
        f"{GUIDE}Expressions.OperatorsAndFunctions.html",
        _scans("counters", FilterExpression="size(amount) < :v", ExpressionAttributeValues={":v": n(1)}),
        lambda request, ours, theirs: _says(request, r"size\(") and not _refuses(ours) and not _refuses(theirs),
    ),
    Disagreement(
        "NOT_CONTAINS on an attribute that is missing",
        "is false",
        "is true",
        EMBEDDED,
        f"{GUIDE}LegacyConditionalParameters.Conditions.html",
        _scans("counters", ScanFilter={"extra": {"ComparisonOperator": "NOT_CONTAINS", "AttributeValueList": [n(1)]}}),
        lambda request, ours, theirs: _says(request, "NOT_CONTAINS") and not _refuses(ours) and not _refuses(theirs),
    ),
    Disagreement(
        "A Scan with the ConditionalOperator OR",
        "needs one condition to be true",
        "needs all to be true",
        EMBEDDED,
        f"{GUIDE}LegacyConditionalParameters.ConditionalOperator.html",
        _scans(
            "counters",
            ScanFilter={"amount": {"ComparisonOperator": "NULL"}, "text": {"ComparisonOperator": "NULL"}},
            ConditionalOperator="OR",
        ),
        lambda request, ours, theirs: request.parameters.get("ConditionalOperator") == "OR",
    ),
    Disagreement(
        "NULL or NOT_NULL in Expected, without AttributeValueList",
        ACCEPTS,
        "refuses",
        EMBEDDED,
        f"{GUIDE}LegacyConditionalParameters.Conditions.html",
        Request(
            "DeleteItem",
            {"TableName": "plain", "Key": {"id": s("a")}, "Expected": {"text": {"ComparisonOperator": "NOT_NULL"}}},
        ),
        lambda request, ours, theirs: _says(request, "Expected.*NULL") and _refuses(theirs),
    ),
    Disagreement(
        "ADD of a list in AttributeUpdates",
        ACCEPTS,
        "refuses",
        EMBEDDED,
        f"{GUIDE}LegacyConditionalParameters.AttributeUpdates.html",
        Request(
            "UpdateItem",
            {
                "TableName": "plain",
                "Key": {"id": s("a")},
                "AttributeUpdates": {"extra": {"Action": "ADD", "Value": {"L": []}}},
            },
        ),
        lambda request, ours, theirs: _says(request, "AttributeUpdates.*'L'") and _refuses(theirs),
    ),
    Disagreement(
        "TransactGetItems of an item that has no projected attribute",
        "answers an empty Item",
        "answers no Item",
        EMBEDDED,
        f"{REFERENCE}API_ItemResponse.html",
        Request(
            "TransactGetItems",
            {
                "TransactItems": [
                    {"Get": {"TableName": "plain", "Key": {"id": s("a")}, "ProjectionExpression": "extra"}}
                ]
            },
        ),
        lambda request, ours, theirs: (
            request.operation == "TransactGetItems"
            and [{} if one == {"Item": {}} else one for one in ours.get("Responses", ())] == theirs.get("Responses")
        ),
    ),
    Disagreement(
        "Attributes that a local index does not project, in a Query",
        "come from the table",
        "are missing",
        EMBEDDED,
        f"{GUIDE}LSI.html",
        Request(
            "Query",
            {
                "TableName": "orders",
                "IndexName": "own_state",
                "KeyConditionExpression": "pk = :p",
                "ExpressionAttributeValues": {":p": s("c1")},
                "ProjectionExpression": "customer",
            },
        ),
        lambda request, ours, theirs: _says(request, "own_") and not _refuses(ours) and not _refuses(theirs),
    ),
    Disagreement(
        "Numbers with an exponent or zeros in front, in the update of a transaction",
        "are stored in one form",
        "are stored as they are written",
        EMBEDDED,
        f"{GUIDE}HowItWorks.NamingRulesDataTypes.html",
        Request(
            "TransactWriteItems",
            {"TransactItems": [{"Update": _updates("a", "SET extra = :v", v=n("1E+3")).parameters}]},
        ),
        lambda request, ours, theirs: request.operation == "TransactWriteItems" and "not normal" in repr(theirs),
    ),
    Disagreement(
        "Sums of 38 digits",
        "are exact",
        "are rounded to 28 digits",
        EMBEDDED,
        f"{GUIDE}HowItWorks.NamingRulesDataTypes.html",
        _updates("a", "ADD extra :v", v=n("9" * 38)),
        lambda request, ours, theirs: _says(request, "Update") and "9" * 28 in repr(ours) and "0" * 28 in repr(theirs),
    ),
    Disagreement(
        "Value beside Exists in Expected",
        "is compared",
        "is ignored",
        EMBEDDED,
        f"{GUIDE}LegacyConditionalParameters.Conditions.html",
        Request(
            "DeleteItem",
            {"TableName": "plain", "Key": {"id": s("a")}, "Expected": {"text": {"Exists": True, "Value": s("x")}}},
        ),
        lambda request, ours, theirs: _says(request, "Exists': True"),
    ),
)
"""By what requests that keep all rules show."""

RULES: Mapping[str, str] = {
    "key-schema: key attribute missing": "accepts",
    "key-schema: key attribute superfluous": "accepts",
    "key-schema: key attribute type": "accepts",
    "key-empty: key empty": "accepts",
    "partition-key-size: partition key too long": "accepts",
    "sort-key-size: sort key too long": "accepts",
    "item-key-missing: item key missing": "accepts",
    "unused-names: unused attribute name": "accepts",
    "undefined-name: undefined attribute name": "accepts",
    "names-syntax: attribute name key syntax": "accepts, answers TransactionCanceledException",
    "values-syntax: attribute value key syntax": "accepts, answers TransactionCanceledException",
    "names-empty: attribute names empty": "accepts, answers TransactionCanceledException",
    "values-empty: attribute values empty": "accepts",
    "expression-empty: expression empty": "accepts",
    "update-of-key: update of key": "accepts",
    "filter-on-key: filter on key": "accepts",
    "filter-on-key: query filter on key": "accepts",
    "legacy-and-expressions: legacy and expression": "accepts",
    "conditional-operator: conditional operator alone": "accepts",
    "attributes-to-get-twice: attributes to get duplicates": "accepts",
    "update-of-key: attribute update of key": "accepts",
    "start-key: start key attribute superfluous": "accepts",
    "start-key: start key type": "accepts",
    "select-all-of-global-index: select all attributes of a global index": "accepts",
    "select-and-projection: select beside a projection": "accepts",
    "attribute-not-projected: attribute not projected": "accepts",
    "table-name: length": "answers ResourceNotFoundException",
    "outside-the-model: index name syntax": "accepts",
    "undecided: filter of a Scan": "accepts",
    "filter-not-projected: of a global index": "accepts",
    "path-into-key: in a read": "accepts",
    "start-key-segment: of another segment": "accepts",
    "names-size: in any expression": "accepts",
    "expression-syntax: condition syntax": "accepts",
    "function-unknown: in a condition": "accepts, answers TransactionCanceledException",
    "function-operands: in a condition": "accepts",
    "function-misused: in a condition": "accepts",
    "function-needs-path: in a condition": "accepts",
    "operand-type: of a comparison": "accepts, answers TransactionCanceledException",
    "operand-type: of begins_with": "accepts, answers TransactionCanceledException",
    "operand-type: of attribute_type": "accepts, answers TransactionCanceledException",
    "operand-type: of size": "accepts",
    "attribute-type-name: in a condition": "accepts, answers TransactionCanceledException",
    "operands-equal: in a condition": "accepts, answers TransactionCanceledException",
    "between-inverted: in a condition": "accepts",
    "between-types: in a condition": "accepts, answers TransactionCanceledException",
    "reserved-word: in a condition": "accepts",
    "names-value-empty: in any expression": "accepts, answers TransactionCanceledException",
    "path-index: in a condition": "accepts",
    "values-total-size: in a condition": "accepts",
    "path-depth: in a condition": "accepts, answers TransactionCanceledException",
    "expression-operators: in a condition": "accepts, answers TransactionCanceledException",
    "in-operands: in a condition": "accepts, answers TransactionCanceledException",
    "expression-syntax: in a projection": "accepts, answers InternalError",
    "paths-overlap: in a projection": "accepts, answers InternalError",
    "paths-conflict: in a projection": "accepts",
    "expression-syntax: in an update": "accepts, answers TransactionCanceledException",
    "section-twice: in an update": "accepts",
    "paths-overlap: in an update": "accepts, answers TransactionCanceledException",
    "paths-conflict: in an update": "accepts, answers TransactionCanceledException",
    "update-operand-type: of ADD": "answers TransactionCanceledException",
    "update-operand-type: of DELETE": "answers TransactionCanceledException",
    "operand-type: of a sum": "accepts, answers TransactionCanceledException",
    "operand-type: of list_append": "accepts, answers TransactionCanceledException",
    "function-unknown: in an update": "accepts, answers TransactionCanceledException",
    "function-misused: in an update": "answers TransactionCanceledException",
    "function-operands: in an update": "answers TransactionCanceledException",
    "function-needs-path: in an update": "accepts",
    "update-path: parent missing": "accepts",
    "update-path: parent of another type": "accepts",
    "update-operand-value: of a sum": "accepts",
    "update-operand-value: of list_append": "accepts",
    "sum-digits: in an update": "accepts",
    "undecided: arithmetic chain": "accepts",
    "key-operator: in a key condition": "accepts",
    "key-nested-operation: in a key condition": "accepts",
    "key-nested-path: in a key condition": "accepts",
    "key-operand: in a key condition": "accepts",
    "condition-arguments: of an operator": "accepts, answers InternalError",
    "condition-types: of an operator": "accepts",
    "condition-value-type: of an operator": "accepts",
    "between-inverted: of an operator": "accepts",
    "outside-the-model: operator unknown": "accepts",
    "condition-parameters: Exists and an operator": "accepts",
    "condition-parameters: a list without an operator": "accepts",
    "condition-parameters: no Value": "accepts",
    "key-operator: in KeyConditions": "accepts",
    "key-unknown: in KeyConditions": "accepts",
    "key-conditions-count: in KeyConditions": "accepts",
    "update-without-value: in AttributeUpdates": "accepts",
    "update-action-type: in AttributeUpdates": "accepts",
    "outside-the-model: action unknown": "accepts",
    "outside-the-model: Select": "accepts",
    "outside-the-model: ReturnValuesOnConditionCheckFailure": "accepts",
    "outside-the-model: ClientRequestToken empty": "accepts, answers TransactionCanceledException",
    "number-not-numeric: in any value": "accepts",
    "number-digits: in any value": "accepts",
    "number-overflow: in any value": "accepts",
    "number-underflow: in any value": "accepts",
    "set-empty: in any value": "accepts, answers TransactionCanceledException",
    "set-duplicates: in any value": "accepts",
    "null-false: in any value": "accepts",
    "value-empty: in any value": "accepts",
    "value-two-types: in any value": "accepts",
    "binary-not-base64: in any value": "accepts, answers TransactionCanceledException",
    "wrong-type: in any value": (
        "accepts, answers InternalError, answers TransactionCanceledException, answers ValidationException"
    ),
    "partition-key-size: of an item": "answers ValidationException",
    "sort-key-size: of an item": "answers ValidationException",
    "empty-attribute-name: of an item": "accepts",
    "attribute-name-size: of an item": "accepts",
    "index-key-size: of a partition key": "accepts",
    "index-key-size: of a sort key": "accepts",
    "batch-write-one-of: nothing": "accepts",
    "batch-write-one-of: both": "accepts",
    "batch-get-keys: 101 keys of two tables": "accepts",
    "batch-get-twice: the same number": "accepts",
    "outside-the-model: a Get of nothing": "answers ResourceNotFoundException",
    "transaction-one-of: two": "accepts",
    "outside-the-model: a check without a condition": "accepts",
    "outside-the-model: an Update without an expression": "accepts",
    "key-schema: of an action": "accepts, answers ValidationException",
}
"""What ministack does with requests that break a rule, by the breakage, if it does not refuse all of them as the embedded
account does."""

NOT_SETTLED: Mapping[str, str] = {
    "partition-key-size: of an item": "only in a transaction, where the embedded account cancels the transaction",
    "sort-key-size: of an item": "only in a transaction, where the embedded account cancels the transaction",
    "table-name: length": "AWS's pages name 1 and 3 as the least length",
    "undecided: arithmetic chain": "the embedded account does not answer, because sources disagree",
    "undecided: filter of a Scan": "the embedded account does not answer, because sources disagree",
}
"""The breakages of RULES of which it is not known who is right, with the reason."""

_PAGES = {
    "outside-the-model": f"{REFERENCE}CommonErrors.html",
    "table-name|(empty-)?attribute-name|number|set-|null|value-|binary|wrong-type|sum": (
        f"{GUIDE}HowItWorks.NamingRulesDataTypes.html"
    ),
    "index-key|partition-key|sort-key|expression-(size|operators)|in-operands|path-depth|path-index|.*-size": (
        f"{GUIDE}Constraints.html"
    ),
    "key-schema|key-empty|item-key": f"{GUIDE}HowItWorks.CoreComponents.html",
    "key|start-key": f"{GUIDE}Query.KeyConditionExpressions.html",
    "filter": f"{GUIDE}Query.FilterExpression.html",
    "select|attribute-not-projected|attributes-to-get": f"{REFERENCE}API_Query.html",
    "condition-|conditional|legacy": f"{GUIDE}LegacyConditionalParameters.html",
    "batch-write": f"{REFERENCE}API_BatchWriteItem.html",
    "batch-get": f"{REFERENCE}API_BatchGetItem.html",
    "transaction": f"{REFERENCE}API_TransactWriteItems.html",
    "token": f"{REFERENCE}API_TransactWriteItems.html",
    "names|values|un(used|defined)|reserved": f"{GUIDE}Expressions.ExpressionAttributeNames.html",
    "update|section|paths|undecided|operand-missing": f"{GUIDE}Expressions.UpdateExpressions.html",
    "path-into-key": f"{GUIDE}Expressions.Attributes.html",
    "": f"{GUIDE}Expressions.OperatorsAndFunctions.html",
}
"""AWS's pages, by the beginnings of the rules' names."""


def page_of(breakage: str) -> str:
    """AWS's page about the rule that a breakage of RULES breaks."""
    return next(page for pattern, page in _PAGES.items() if re.match(pattern, breakage))


def right_about(breakage: str) -> str:
    """Who is right about a breakage of RULES."""
    return UNSETTLED if breakage in NOT_SETTLED else EMBEDDED
