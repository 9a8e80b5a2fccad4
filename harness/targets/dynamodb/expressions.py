"""A request's expressions, with their names and values put in: validated, and ready to be evaluated.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lark import Token, Tree

from harness.targets.dynamodb.grammar import Node, SyntaxProblem, parsed
from harness.targets.dynamodb.refusals import Refused, Undecided
from harness.targets.dynamodb.reserved_words import RESERVED_WORDS
from harness.targets.dynamodb.values import (
    ORDERED,
    SETS,
    TYPES,
    Value,
    checked,
    kind_of,
    refuse_long_names,
    shown,
    size_of,
    sort_key,
)

Path = tuple[str | int, ...]
"""The steps to a value in an item: the name of an attribute first, then names in maps and indexes in lists."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that the request gives."""

    value: Value


@dataclass(frozen=True, slots=True)
class Call:
    """A function that has a value: size, if_not_exists or list_append."""

    name: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """`left + right`, or `left - right` if `sign` is -1."""

    sign: int
    left: Operand
    right: Operand


Operand = Path | Literal | Call | Sum


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison or a function that is true or false. `name` is an operator (`=`, `BETWEEN`, `IN`) or a function."""

    name: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by AND (`all_of`), or by OR."""

    all_of: bool
    conditions: tuple[Condition, ...]


Condition = Test | Not | Joined


@dataclass(frozen=True, slots=True)
class Change:
    """What an update does at one path. `action` is SET, REMOVE, ADD or DELETE; REMOVE has no operand. `older` is whether
    AttributeUpdates states it."""

    action: str
    path: Path
    operand: Operand | None = None
    older: bool = False


KEY_CONDITION, FILTER, CONDITION = "KeyConditionExpression", "FilterExpression", "ConditionExpression"
PROJECTION, UPDATE = "ProjectionExpression", "UpdateExpression"
KINDS: Mapping[str, str] = {
    KEY_CONDITION: "condition",
    FILTER: "condition",
    CONDITION: "condition",
    PROJECTION: "projection",
    UPDATE: "update",
}
"""The parameters that hold an expression, and the kind of each expression."""

EXPRESSION_BYTES = 4096
OPERATORS = 300
CHOICES = 100
PATH_STEPS = 32
PLACEHOLDER_BYTES = 255
VALUES_BYTES = 2 * 1024 * 1024
LARGEST_INDEX = (1 << 31) - 1
"""How long an expression may be, how many operators and functions it may hold, how many values IN may have, how many
steps a path may have, how long a name such as `#n` or `:v` and all values together may be, and the largest index of a list
that a path may name."""

ORDER = frozenset({"<", "<=", ">", ">="})
OPERANDS: Mapping[str, int] = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
"""The functions of conditions, and how many operands each takes."""

UPDATE_OPERANDS: Mapping[str, int] = {"if_not_exists": 2, "list_append": 2}
NAME, VALUE = re.compile(r"#[A-Za-z0-9_]+"), re.compile(r":[A-Za-z0-9_]+")
TYPE_WORDS: Mapping[str, str] = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "NULL": "NULL",
    "BOOL": "BOOLEAN",
    "L": "LIST",
    "M": "MAP",
}


class Expressions:
    """The expressions of one request, or of one action of a transaction.

    Attributes:
        conditions: the condition, the filter and the key condition, by their parameters.
        projection: the paths of the projection; None if there is none.
        changes: what the update does; None if there is no update expression.
    """

    def __init__(self, parameters: Mapping[str, Any], known: Collection[str]) -> None:
        """Reads and validates all expressions of a request.

        Args:
            parameters: the request's parameters.
            known: the parameters with expressions that the operation has.

        Raises:
            Refused: DynamoDB does not accept them.
            Undecided: an update has more than one operator in a sum.
        """
        given = [one for one in KINDS if one in known and parameters.get(one) is not None]
        self.conditions: dict[str, Condition] = {}
        self.projection: tuple[Path, ...] | None = None
        self.changes: tuple[Change, ...] | None = None
        names, values = parameters.get("ExpressionAttributeNames"), parameters.get("ExpressionAttributeValues")
        with_values = [one for one in KINDS if one in known and one != PROJECTION]
        if names is not None and not given:
            raise Refused(
                "names-without-expression", "ExpressionAttributeNames can only be specified when using expressions"
            )
        if values is not None and not set(given) & set(with_values):
            told = " and ".join(with_values) + (" are null" if len(with_values) > 1 else " is null")
            raise Refused(
                "values-without-expression",
                f"ExpressionAttributeValues can only be specified when using expressions: {told}",
            )
        self._names: Mapping[str, str] = _placeholders("ExpressionAttributeNames", names, NAME)
        self._values = {
            name: _value_of(name, one)
            for name, one in _placeholders("ExpressionAttributeValues", values, VALUE).items()
        }
        self._refuse_wrong_names()
        self._used: set[str] = set()
        for parameter in given:
            self._parameter = parameter
            tree = self._tree(parameters[parameter])
            if KINDS[parameter] == "condition":
                self.conditions[parameter] = self._condition(tree)
            elif parameter == PROJECTION:
                self.projection = tuple(self._path(one) for one in _trees(tree))
                self._refuse_overlaps(self.projection)
            else:
                self.changes = tuple(self._changes(tree))
                self._refuse_overlaps([one.path for one in self.changes])
        for rule, what, defined in (("unused-names", "Names", self._names), ("unused-values", "Values", self._values)):
            if unused := [one for one in defined if one not in self._used]:
                raise Refused(
                    rule,
                    f"Value provided in ExpressionAttribute{what} unused in expressions: keys: {{{', '.join(unused)}}}",
                )

    def _refuse_wrong_names(self) -> None:
        for placeholder, name in self._names.items():
            if not name:
                message = f"ExpressionAttributeNames contains invalid value: Empty attribute name for key {placeholder}"
                raise Refused("names-value-empty", message)
        refuse_long_names(self._names.values())
        if sum(map(size_of, self._values.values())) > VALUES_BYTES:
            raise Refused(
                "values-total-size", f"ExpressionAttributeValues exceeds the maximum size of {VALUES_BYTES} bytes"
            )

    def _refused(self, rule: str, problem: str) -> Refused:
        return Refused(rule, f"Invalid {self._parameter}: {problem}")

    def _tree(self, text: str) -> Node:
        if not text.strip():
            raise self._refused("expression-empty", "The expression can not be empty;")
        if (size := len(text.encode("utf-8", "surrogatepass"))) > EXPRESSION_BYTES:
            problem = f"Expression size has exceeded the maximum allowed size; expression size: {size}"
            raise self._refused("expression-size", problem)
        try:
            tree = parsed(KINDS[self._parameter], text)
        except SyntaxProblem as error:
            raise self._refused("expression-syntax", str(error)) from error
        operators = 0
        for node in tree.iter_subtrees():
            if node.data in ("either", "both", "sum"):
                operators += sum(isinstance(one, Tree) for one in node.children) - 1
            elif node.data in ("inverted", "compare", "between", "among", "function"):
                operators += 1
            elif node.data == "group" and _is(node.children[0], "group"):
                raise self._refused("redundant-parentheses", "The expression has redundant parentheses;")
        if operators > OPERATORS:
            problem = f"The expression contains too many operators; operator count: {operators}"
            raise self._refused("expression-operators", problem)
        return tree

    def _path(self, node: Node) -> Path:
        steps: list[str | int] = []
        for token in node.children:
            if not isinstance(token, Token):
                raise TypeError("a path consists of tokens")
            if token.type == "INTEGER":
                steps.append(self._list_index(token))
            elif token.type == "NAME":
                steps.append(self._name(str(token)))
            elif token.upper() in RESERVED_WORDS:
                problem = f"Attribute name is a reserved keyword; reserved keyword: {token}"
                raise self._refused("reserved-word", problem)
            else:
                steps.append(str(token))
        if len(steps) > PATH_STEPS:
            problem = f"The document path has too many nesting elements; nesting levels: {len(steps)}"
            raise self._refused("path-depth", problem)
        return tuple(steps)

    def _list_index(self, token: str) -> int:
        if len(token) > len(str(LARGEST_INDEX)) or int(token) > LARGEST_INDEX:
            problem = f"List index is not within the allowable range; index: [{token}]"
            raise self._refused("path-index", problem)
        return int(token)

    def _name(self, token: str) -> str:
        if token not in self._names:
            problem = f"An expression attribute name used in the document path is not defined; attribute name: {token}"
            raise self._refused("undefined-name", problem)
        self._used.add(token)
        return self._names[token]

    def _literal(self, node: Node) -> Literal:
        token = str(node.children[0])
        if token not in self._values:
            problem = f"An expression attribute value used in expression is not defined; attribute value: {token}"
            raise self._refused("undefined-value", problem)
        self._used.add(token)
        return Literal(self._values[token])

    def _condition(self, node: Node) -> Condition:
        """A part of a condition that is true or false."""
        node = _bare(node)
        parts = list(_trees(node))
        if node.data in ("either", "both"):
            return Joined(node.data == "both", tuple(self._condition(one) for one in parts))
        if node.data == "inverted":
            return Not(self._condition(parts[0]))
        if node.data == "function":
            return self._function_test(node)
        if node.data not in ("compare", "between", "among"):
            raise self._refused("expression-syntax", f'Syntax error; token: "<EOF>", near: "{_shown(node)}"')
        operands = tuple(self._operand(one) for one in parts)
        name = str(node.children[1]) if node.data == "compare" else {"between": "BETWEEN", "among": "IN"}[node.data]
        self._refuse_wrong_operands(name, operands)
        return Test(name, operands)

    def _function_test(self, node: Node) -> Test:
        name = str(node.children[0])
        if name == "size" or name in UPDATE_OPERANDS:
            raise self._misused(name)
        operands = self._operands_of_a_function(node, OPERANDS)
        if name in ("attribute_exists", "attribute_not_exists") and not isinstance(operands[0], tuple):
            raise self._needs_a_path(name)
        if name == "begins_with":
            for operand in operands:
                self._refuse_types(name, operand, ("S", "B"))
        if name == "attribute_type":
            self._refuse_wrong_type_name(operands[1])
        self._refuse_equal_operands(name, operands)
        return Test(name, operands)

    def _misused(self, name: str) -> Refused:
        of_updates = KINDS[self._parameter] == "update"
        how = "to be used this way in an expression"
        if name not in (UPDATE_OPERANDS if of_updates else OPERANDS):
            how = "in an update expression" if of_updates else "in a condition expression"
        return self._refused("function-misused", f"The function is not allowed {how}; function: {name}")

    def _needs_a_path(self, name: str) -> Refused:
        problem = f"Operator or function requires a document path; operator or function: {name}"
        return self._refused("function-needs-path", problem)

    def _operands_of_a_function(self, node: Node, known: Mapping[str, int]) -> tuple[Operand, ...]:
        name, parts = str(node.children[0]), list(_trees(node))
        if name not in known:
            if name in OPERANDS or name in UPDATE_OPERANDS:
                raise self._misused(name)
            raise self._refused("function-unknown", f"Invalid function name; function: {name}")
        operand = self._operand if known is OPERANDS else self._update_operand
        operands = tuple(operand(one) for one in parts)
        if [one for one in operands if isinstance(one, Call) and one.name == "list_append"]:
            raise self._misused("list_append")
        if len(operands) != known[name]:
            problem = (
                f"Incorrect number of operands for operator or function; operator or function: {name}, number of "
                f"operands: {len(operands)}"
            )
            raise self._refused("function-operands", problem)
        return operands

    def _operand(self, node: Node) -> Operand:
        """A part of a condition that has a value."""
        node = _bare(node)
        if node.data == "path":
            return self._path(node)
        if node.data == "value":
            return self._literal(node)
        if node.data != "function":
            raise self._refused("expression-syntax", f'Syntax error; token: "<EOF>", near: "{_shown(node)}"')
        name = str(node.children[0])
        if name in OPERANDS and name != "size":
            raise self._misused(name)
        operands = self._operands_of_a_function(node, OPERANDS)
        self._refuse_types(name, operands[0], TYPES - {"N", "BOOL", "NULL"})
        if not isinstance(operands[0], tuple | Literal):
            raise self._misused(name)
        return Call(name, operands)

    def _refuse_types(self, name: str, operand: Operand, allowed: Collection[str]) -> None:
        kind = "N" if isinstance(operand, Call) and operand.name == "size" else None
        if isinstance(operand, Literal):
            kind = kind_of(operand.value)
        if kind is not None and kind not in allowed:
            problem = (
                f"Incorrect operand type for operator or function; operator or function: {name}, operand type: {kind}"
            )
            raise self._refused("operand-type", problem)

    def _refuse_wrong_operands(self, name: str, operands: tuple[Operand, ...]) -> None:
        if name in ORDER or name == "BETWEEN":
            for operand in operands:
                self._refuse_types(name, operand, ORDERED)
        if name == "IN" and len(operands) - 1 > CHOICES:
            problem = f"The IN operator is provided with too many operands; number of operands: {len(operands) - 1}"
            raise self._refused("in-operands", problem)
        if name == "BETWEEN":
            _, low, high = operands
            if isinstance(low, Literal) and isinstance(high, Literal):
                self._refuse_wrong_bounds(low.value, high.value)
        elif name != "IN":
            self._refuse_equal_operands(name, operands)

    def _refuse_wrong_bounds(self, low: Value, high: Value) -> None:
        told = f"lower bound operand: AttributeValue: {shown(low)}, upper bound operand: AttributeValue: {shown(high)}"
        if kind_of(low) != kind_of(high):
            problem = f"The BETWEEN operator requires same data type for lower and upper bounds; {told}"
            raise self._refused("between-types", problem)
        if sort_key(low) > sort_key(high):
            problem = f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {told}"
            raise self._refused("between-inverted", problem)

    def _refuse_equal_operands(self, name: str, operands: tuple[Operand, ...]) -> None:
        first, *others = operands
        if isinstance(first, tuple) and first in others:
            problem = (
                "The first operand must be distinct from the remaining operands for this operator or function; "
                f"operator: {name}, first operand: {_shown_path(first)}"
            )
            raise self._refused("operands-equal", problem)

    def _refuse_wrong_type_name(self, operand: Operand) -> None:
        if not isinstance(operand, Literal):
            problem = "Incorrect operand type for operator or function; operator or function: attribute_type"
            raise self._refused("operand-type", problem)
        self._refuse_types("attribute_type", operand, ("S",))
        name = operand.value["S"]
        if name not in TYPES:
            valid = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
            problem = f"Invalid attribute type name found; type: {name}, valid types: {valid}"
            raise self._refused("attribute-type-name", problem)

    def _changes(self, tree: Node) -> Iterator[Change]:
        clauses = Counter(str(one.data).upper() for one in _trees(tree))
        if repeated := [name for name, times in clauses.items() if times > 1]:
            problem = f'The "{repeated[0]}" section can only be used once in an update expression;'
            raise self._refused("section-twice", problem)
        for clause in _trees(tree):
            action = str(clause.data).upper()
            for one in _trees(clause):
                if one.data == "path":
                    yield Change(action, self._path(one))
                    continue
                path, operand = _trees(one)
                change = Change(action, self._path(path), self._update_operand(operand))
                self._refuse_wrong_change(change)
                yield change

    def _refuse_wrong_change(self, change: Change) -> None:
        """Raises unless ADD has a number or a set, and DELETE a set."""
        if change.action == "SET" or not isinstance(change.operand, Literal):
            return
        kind = kind_of(change.operand.value)
        if kind not in SETS and not (change.action == "ADD" and kind == "N"):
            problem = (
                f"Incorrect operand type for operator or function; operator: {change.action}, operand type: "
                f"{TYPE_WORDS[kind]}"
            )
            raise self._refused("update-operand-type", problem)

    def _update_operand(self, node: Node) -> Operand:
        """A part of an update that has a value."""
        node = _bare(node)
        if node.data == "path":
            return self._path(node)
        if node.data == "value":
            return self._literal(node)
        if node.data == "sum":
            operands = [self._update_operand(one) for one in _trees(node)]
            signs = [str(one) for one in node.children if isinstance(one, Token)]
            for operand in operands:
                self._refuse_arithmetic_operand(signs[0], operand)
            if len(signs) > 1 or [one for one in operands if isinstance(one, Sum)]:
                raise Undecided("Sources disagree on whether DynamoDB accepts more than one + or - in one SET value.")
            return Sum(-1 if signs[0] == "-" else 1, *operands)
        operands_of = self._operands_of_a_function(node, UPDATE_OPERANDS)
        name = str(node.children[0])
        if name == "if_not_exists" and not isinstance(operands_of[0], tuple):
            raise self._needs_a_path(name)
        if name == "list_append":
            for operand in operands_of:
                self._refuse_types(name, operand, ("L",))
        return Call(name, operands_of)

    def _refuse_arithmetic_operand(self, sign: str, operand: Operand) -> None:
        if isinstance(operand, Call) and operand.name == "list_append":
            problem = f"Incorrect operand type for operator or function; operator or function: {sign}, operand type: L"
            raise self._refused("operand-type", problem)
        self._refuse_types(sign, operand, ("N",))

    def _refuse_overlaps(self, paths: Collection[Path]) -> None:
        seen: list[Path] = []
        for path in paths:
            for other in seen:
                problem = _overlap(other, path)
                if problem is not None:
                    told = (
                        f"Two document paths {problem} with each other; must remove or rewrite one of these paths; "
                        f"path one: {_shown_path(other)}, path two: {_shown_path(path)}"
                    )
                    rule = {"overlap": "paths-overlap", "conflict": "paths-conflict"}[problem]
                    raise self._refused(rule, told)
            seen.append(path)


def paths_in(part: Condition | Operand) -> Iterator[Path]:
    """The paths in a condition or an operand."""
    if isinstance(part, tuple):
        yield part
        return
    inner: tuple[Condition | Operand, ...] = ()
    if isinstance(part, Test | Call):
        inner = part.operands
    elif isinstance(part, Joined):
        inner = part.conditions
    elif isinstance(part, Not):
        inner = (part.condition,)
    elif isinstance(part, Sum):
        inner = (part.left, part.right)
    for one in inner:
        yield from paths_in(one)


def _overlap(one: Path, other: Path) -> str | None:
    """`overlap` if one path leads through the other; `conflict` if they take one value for a map and for a list."""
    for a, b in zip(one, other, strict=False):
        if isinstance(a, str) != isinstance(b, str):
            return "conflict"
        if a != b:
            return None
    return "overlap"


def _placeholders(what: str, given: Any, pattern: re.Pattern[str]) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not given:
        raise Refused("names-empty" if pattern is NAME else "values-empty", f"{what} must not be empty")
    for one in given:
        if not pattern.fullmatch(one):
            rule = "names-syntax" if pattern is NAME else "values-syntax"
            raise Refused(rule, f'{what} contains invalid key: Syntax error; key: "{one}"')
        if len(one) > PLACEHOLDER_BYTES:
            message = f"The expression attribute map contains a key that is too long; size of key: {len(one)}"
            raise Refused("names-size" if pattern is NAME else "values-size", f"{what} contains invalid key: {message}")
    found: Mapping[str, Any] = given
    return found


def _value_of(name: str, value: Any) -> Value:
    try:
        return checked(value)
    except Refused as refused:
        message = f"ExpressionAttributeValues contains invalid value: {refused.message} for key {name}"
        raise Refused(refused.rule, message, refused.code) from refused


def _trees(node: Node) -> Iterator[Node]:
    return (one for one in node.children if isinstance(one, Tree))


def _is(child: Node | Token, kind: str) -> bool:
    return isinstance(child, Tree) and child.data == kind


def _bare(node: Node) -> Node:
    """A part of an expression without the parentheses around it."""
    while node.data == "group":
        [node] = _trees(node)
    return node


def _shown(node: Node) -> str:
    return " ".join(str(one) for one in node.scan_values(lambda one: isinstance(one, Token)))


def _shown_path(path: Path) -> str:
    return f"[{', '.join(f'[{step}]' if isinstance(step, int) else step for step in path)}]"
