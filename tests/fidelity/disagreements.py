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
    "item-key-missing: item key missing": "accepts",
    "partition-key-size: of an item": "answers ValidationException",
    "sort-key-size: of an item": "answers ValidationException",
    "number-not-numeric: number unreadable": "accepts",
    "number-digits: number too precise": "accepts",
    "number-overflow: number too large": "accepts",
    "number-underflow: number too small": "accepts",
    "set-empty: set empty": "accepts",
    "set-duplicates: set with duplicates": "accepts",
    "null-false: null not true": "accepts",
    "value-empty: value without type": "accepts",
    "value-two-types: value of two types": "accepts",
    "index-key-size: index partition key too long": "accepts",
    "index-key-size: index sort key too long": "accepts",
    "unused-names: unused attribute name": "accepts",
    "undefined-name: undefined attribute name": "accepts",
    "names-syntax: attribute name key syntax": "accepts",
    "values-syntax: attribute value key syntax": "accepts",
    "names-empty: attribute names empty": "accepts",
    "values-empty: attribute values empty": "accepts",
    "expression-empty: expression empty": "accepts",
    "expression-operators: too many operators": "accepts, answers TransactionCanceledException",
    "in-operands: too many in operands": "accepts, answers TransactionCanceledException",
    "reserved-word: reserved word": "accepts",
    "expression-syntax: condition syntax": "accepts",
    "expression-syntax: projection syntax": "accepts, answers InternalError",
    "expression-syntax: update syntax": "accepts",
    "function-unknown: unknown function": "accepts",
    "function-operands: function arguments": "accepts",
    "function-misused: function out of place": "accepts",
    "operand-type: operand type": "accepts",
    "attribute-type-name: attribute type unknown": "accepts",
    "operand-type: attribute type operand": "accepts, answers TransactionCanceledException",
    "operand-type: size operand": "accepts",
    "operands-equal: same operands": "accepts",
    "between-inverted: between inverted": "accepts",
    "between-types: between types": "accepts",
    "function-needs-path: operand not a path": "accepts",
    "path-depth: path too deep": "accepts, answers TransactionCanceledException",
    "paths-overlap: projection paths overlap": "answers InternalError",
    "paths-conflict: projection paths conflict": "accepts",
    "section-twice: update clause repeated": "accepts",
    "paths-overlap: update paths overlap": "accepts, answers TransactionCanceledException",
    "paths-conflict: update paths conflict": "accepts, answers TransactionCanceledException",
    "update-of-key: update of key": "accepts",
    "update-operand-type: add operand type": "answers TransactionCanceledException",
    "update-operand-type: delete operand type": "answers TransactionCanceledException",
    "operand-type: arithmetic operand type": "accepts",
    "operand-type: list append operand type": "accepts, answers TransactionCanceledException",
    "function-unknown: update unknown function": "accepts, answers TransactionCanceledException",
    "function-misused: update function out of place": "answers TransactionCanceledException",
    "function-operands: update function arguments": "answers TransactionCanceledException",
    "function-needs-path: if not exists operand": "accepts",
    "update-path: update path invalid": "accepts",
    "update-operand-value: update operand incorrect": "accepts",
    "undecided: arithmetic chain": "accepts",
    "key-operator: key condition operator": "accepts",
    "key-nested-operation: key condition nested operation": "accepts",
    "key-nested-path: key condition nested path": "accepts",
    "key-operand: key condition operands": "accepts",
    "filter-on-key: filter on key": "accepts",
    "filter-on-key: query filter on key": "accepts",
    "legacy-and-expressions: legacy and expression": "accepts",
    "condition-arguments: legacy arguments": "accepts, answers InternalError",
    "condition-types: legacy argument types differ": "accepts",
    "condition-value-type: legacy argument type": "accepts",
    "between-inverted: legacy between inverted": "accepts",
    "outside-the-model: legacy operator unknown": "accepts",
    "condition-parameters: expected exists and operator": "accepts",
    "condition-parameters: expected list without operator": "accepts",
    "condition-parameters: expected without value": "accepts",
    "conditional-operator: conditional operator alone": "accepts",
    "attributes-to-get-twice: attributes to get duplicates": "accepts",
    "update-without-value: attribute update without value": "accepts",
    "update-of-key: attribute update of key": "accepts",
    "outside-the-model: attribute update action unknown": "accepts",
    "key-operator: key conditions operator": "accepts",
    "key-unknown: key conditions other attribute": "accepts",
    "key-conditions-count: key conditions number": "accepts",
    "start-key: start key attribute superfluous": "accepts",
    "start-key: start key type": "accepts",
    "select-all-of-global-index: select all attributes of a global index": "accepts",
    "outside-the-model: select unknown": "accepts",
    "attribute-not-projected: attribute not projected": "accepts",
    "table-name: length": "answers ResourceNotFoundException",
    "outside-the-model: index name syntax": "accepts",
    "batch-write-one-of: batch write of nothing": "accepts",
    "batch-write-one-of: batch write of both": "accepts",
    "batch-get-keys: 101 keys of two tables": "accepts",
    "batch-get-twice: batch duplicate keys": "accepts",
    "outside-the-model: a Get of nothing": "answers ResourceNotFoundException",
    "transaction-one-of: transaction two actions in one": "accepts",
    "outside-the-model: condition check without condition": "accepts",
    "outside-the-model: transaction update without expression": "accepts",
    "key-schema: of an action": "accepts",
    "outside-the-model: token too long": "accepts, answers TransactionCanceledException",
    "outside-the-model: return values on failure unknown": "accepts",
    "binary-not-base64: in any value": "accepts",
    "wrong-type: in any value": "accepts, answers ValidationException",
    "empty-attribute-name: of an item": "accepts",
    "undecided: filter of a Scan": "accepts",
    "filter-not-projected: of a global index": "accepts",
    "path-into-key: in a read": "accepts",
    "start-key-segment: of another segment": "accepts",
    "attribute-name-size: of an item": "accepts",
    "names-size: in any expression": "accepts",
    "sum-digits: in an update": "accepts",
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
    "index-key|partition-key|sort-key|expression-(size|operators)|in-operands|path-depth|.*-size": (
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
