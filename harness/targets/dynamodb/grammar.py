"""The grammar of DynamoDB's expressions: key conditions, filters, conditions, projections and updates.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

import functools

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
path: (WORD | NAME) ("." (WORD | NAME) | "[" INTEGER "]")*

projection: path ("," path)*

update: (set | remove | add | delete)+
set: _SET assignment ("," assignment)*
assignment: path "=" sum
?sum: operand | operand (SIGN operand)+ -> sum
?operand: path | value | call | "(" sum ")"  -> group
call: WORD "(" operand ("," operand)* ")"    -> function
remove: _REMOVE path ("," path)*
add: _ADD change ("," change)*
delete: _DELETE change ("," change)*
change: path value

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
    """A text does not follow the grammar. The message is DynamoDB's own."""


@functools.cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", start=["condition", "projection", "update"], maybe_placeholders=False)


@functools.lru_cache(maxsize=1024)
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
