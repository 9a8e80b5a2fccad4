"""The grammar of DynamoDB's expressions: key conditions, filters, conditions, projections and updates.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

import functools
import re

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
WORD: /[A-Za-z][A-Za-z0-9_]*/
NAME: /#[A-Za-z0-9_]+/
VALUE: /:[A-Za-z0-9_]+/
INTEGER: /[0-9]+/
%ignore /[ \t\r\n]+/
"""

_TOKEN = re.compile(r"[#:]?[A-Za-z0-9][A-Za-z0-9_]*|[#:]_\w*|<>|<=|>=|\S", re.ASCII)
"""The tokens that a message about a syntax error shows. A word does not start with an underscore."""

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
        at_end = getattr(getattr(error, "token", None), "type", "") == "$END"
        place: int | None = None if at_end else getattr(error, "pos_in_stream", None)
        raise _syntax_problem(text, len(text) if place is None else place) from error


def _syntax_problem(text: str, place: int) -> SyntaxProblem:
    """A text has a wrong token at a place. The message shows that token, and the text from the token before it to the
    one after it."""
    tokens = [*_TOKEN.finditer(text)]
    wrong = next((number for number, one in enumerate(tokens) if one.end() > place), len(tokens))
    shown = tokens[wrong].group() if wrong < len(tokens) else "<EOF>"
    around = tokens[max(wrong - 1, 0) : wrong + 2]
    near = text[around[0].start() : around[-1].end()] if around else ""
    return SyntaxProblem(f'Syntax error; token: "{shown}", near: "{near}"')
