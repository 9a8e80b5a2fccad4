"""DynamoDB's expressions: one grammar for key conditions, filters, conditions, projections and updates.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

GRAMMAR = r"""
?condition: both | both (_OR both)+ -> either
?both: inverted | inverted (_AND inverted)+ -> both
?inverted: comparison | _NOT inverted -> inverted
?comparison: atom
    | atom (EQUAL | ORDER) atom -> compare
    | atom _BETWEEN atom _AND atom -> between
    | atom _IN "(" atom ("," atom)* ")" -> among
?atom: path | value | function | "(" condition ")" -> group
function: WORD "(" atom ("," atom)* ")"
value: VALUE
path: (WORD | NAME) step*
step: "." (WORD | NAME) | "[" INTEGER "]"

projection: path ("," path)*

update: (set | remove | add | delete)+
set: _SET assignment ("," assignment)*
assignment: path EQUAL sum
?sum: operand | operand (SIGN operand)+ -> sum
?operand: path | value | call | "(" sum ")"  -> group
call: WORD "(" operand ("," operand)* ")"    -> function
remove: _REMOVE path ("," path)*
add: _ADD path value ("," path value)*
delete: _DELETE path value ("," path value)*

EQUAL: "="
ORDER: "<>" | "<=" | ">=" | "<" | ">"
SIGN: "+" | "-"
_OR.2: /OR\b/i
_AND.2: /AND\b/i
_NOT.2: /NOT\b/i
_BETWEEN.2: /BETWEEN\b/i
_IN.2: /IN\b/i
_SET.2: /SET\b/i
_REMOVE.2: /REMOVE\b/i
_ADD.2: /ADD\b/i
_DELETE.2: /DELETE\b/i
WORD: /[A-Za-z_][A-Za-z0-9_]*/
NAME: /#[A-Za-z0-9_]+/
VALUE: /:[A-Za-z0-9_]+/
INTEGER: /[0-9]+/
%ignore /[ \t\r\n]+/
"""

Node = Tree[Token]


class SyntaxProblem(ValueError):
    """An expression does not follow DynamoDB's grammar. The message is DynamoDB's own."""


@functools.cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", start=["condition", "projection", "update"], maybe_placeholders=False)


def parsed(kind: str, text: str) -> Node:
    """An expression as a tree.

    Args:
        kind: `condition` (also for key conditions and filters), `projection` or `update`.

    Raises:
        SyntaxProblem: the text is not such an expression.
    """
    try:
        return _parser().parse(text, start=kind)
    except UnexpectedInput as error:
        place: int = getattr(error, "pos_in_stream", -1)
        place = len(text) if place < 0 else place
        token = getattr(error, "token", None)
        shown = str(token) if token else text[place : place + 1]
        near = text[max(place - 10, 0) : place + len(shown) + 10]
        raise SyntaxProblem(f'Syntax error; token: "{shown or "<EOF>"}", near: "{near}"') from error


def tokens(node: Node, kind: str) -> Iterator[str]:
    """The tokens of one kind (NAME, VALUE, WORD) in an expression, in their order."""
    for token in node.scan_values(lambda one: isinstance(one, Token)):
        if token.type == kind:
            yield str(token)


def bare(node: Node) -> Node:
    """A part of an expression without the parentheses around it."""
    while node.data == "group" and isinstance(node.children[0], Tree):
        node = node.children[0]
    return node


def rendered(node: Node) -> str:
    """An expression in one form, whatever its blanks, line ends, letter case and parentheses were. moto's own parsers
    accept fewer forms than DynamoDB does."""
    kind = str(node.data)
    if kind in ("path", "step"):
        return _rendered_path(node)
    if kind == "group":
        inner = bare(node)
        return f"({rendered(inner)})" if inner.data in ("either", "both") else rendered(inner)
    if kind == "inverted":
        inner = bare(_only(node))
        return rendered(bare(_only(inner))) if inner.data == "inverted" else f"NOT ({rendered(inner)})"
    parts = [rendered(one) if isinstance(one, Tree) else str(one) for one in node.children]
    if kind in ("add", "delete"):
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return f"{kind.upper()} {', '.join(f'{path} {value}' for path, value in pairs)}"
    if kind in ("function", "among"):
        first, *others = parts
        return f"{first}{' IN ' if kind == 'among' else ''}({', '.join(others)})"
    if kind == "between":
        return "{} BETWEEN {} AND {}".format(*parts)
    beginning = f"{kind.upper()} " if kind in ("set", "remove") else ""
    return beginning + JOINED_BY.get(kind, " ").join(parts)


JOINED_BY = {"either": " OR ", "both": " AND ", "set": ", ", "remove": ", ", "projection": ", "}


def _only(node: Node) -> Node:
    [inner] = node.children
    if not isinstance(inner, Tree):
        raise TypeError("this part of an expression does not hold exactly one other")
    return inner


def _rendered_path(node: Node) -> str:
    text = ""
    for child in node.children:
        if isinstance(child, Tree):
            text += _rendered_path(child)
        elif child.type == "INTEGER":
            text += f"[{child}]"
        else:
            text += f".{child}" if node.data == "step" else str(child)
    return text


def updated_attributes(expression: str, names: Mapping[str, str]) -> set[str] | None:
    """The attributes that an update sets; None if it sets a part of one."""
    found = set()
    for clause in parsed("update", expression).children:
        paths = clause.children if isinstance(clause, Tree) else []
        for one in paths:
            path = one.children[0] if isinstance(one, Tree) and one.data == "assignment" else one
            if not isinstance(path, Tree) or path.data != "path":
                continue
            if len(path.children) > 1:
                return None
            word = str(path.children[0])
            found.add(names.get(word, word))
    return found


def attribute_words(node: Node) -> Iterator[str]:
    """The names of attributes that an expression writes out, at any depth of a path."""
    for path in node.iter_subtrees():
        if path.data in ("path", "step"):
            for child in path.children:
                if isinstance(child, Token) and child.type == "WORD":
                    yield str(child)
