"""Mistakes in a query that a parser for many dialects accepts, and Amazon Athena does not.

https://docs.aws.amazon.com/athena/latest/ug/select.html
https://github.com/trinodb/trino/blob/master/core/trino-grammar/src/main/antlr4/io/trino/grammar/sql/SqlBase.g4
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import Token, TokenType, exp

OTHER_SIGNS = {
    "==": "equality is =",
    "::": "to change a type, write CAST(x AS type)",
    "<=>": "equality with NULL is IS NOT DISTINCT FROM",
    "->>": "for a part of JSON, use json_extract_scalar",
}
"""Signs of other dialects, and what Athena uses instead."""

RESERVED = frozenset(
    {
        *("ALTER", "AND", "AS", "BETWEEN", "BY", "CASE", "CONSTRAINT", "CREATE", "CROSS", "DELETE", "DESCRIBE"),
        *("DISTINCT", "DROP", "ELSE", "END", "ESCAPE", "EXCEPT", "EXECUTE", "EXISTS", "FOR", "FROM", "FULL", "GROUP"),
        *("HAVING", "IN", "INNER", "INSERT", "INTERSECT", "INTO", "IS", "JOIN", "LEFT", "LIKE", "NATURAL", "NOT", "ON"),
        *("OR", "ORDER", "OUTER", "PREPARE", "RECURSIVE", "RIGHT", "SELECT", "SKIP", "TABLE", "THEN", "UESCAPE"),
        *("UNION", "USING", "VALUES", "WHEN", "WHERE", "WITH"),
    }
)
"""Words that are names only in double quotes.
https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html"""

TYPES = frozenset(
    {
        *("boolean", "tinyint", "smallint", "int", "integer", "bigint", "real", "double", "decimal", "varchar", "char"),
        *("varbinary", "json", "date", "time", "timestamp", "interval", "array", "map", "row", "ipaddress", "uuid"),
    }
)
"""https://docs.aws.amazon.com/athena/latest/ug/data-types.html"""

CLAUSES = {"FROM": 1, "WHERE": 2, "GROUP_BY": 3, "HAVING": 4, "ORDER_BY": 5, "OFFSET": 6, "LIMIT": 7, "FETCH": 7}
"""The clauses of a SELECT, in their order."""

INTERVAL = re.compile(r"[+-]?\d+([ :.-]\d+)*")
UNITS = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})


def slips(tokens: Sequence[Token], statement: exp.Query) -> Iterator[str]:
    """What is wrong, each as the end of a sentence that begins with the query's name."""
    from sqlglot import TokenType, exp

    ends = ("COMMA", "R_PAREN", "R_BRACKET", "FROM", "WHERE", "SEMICOLON")
    kinds = [token.token_type for token in tokens]
    if [one for one in statement.find_all(exp.Select) if not one.expressions]:
        yield "it is not SQL: it selects nothing"
    for token, following in zip(tokens, [*kinds[1:], TokenType.FROM], strict=True):
        if token.token_type is TokenType.COMMA and following.name in ends:
            yield f"it is not SQL: nothing follows the comma in line {token.line}, column {token.col}"
    if TokenType.L_BRACE in kinds and TokenType.MATCH_RECOGNIZE not in kinds:
        yield "it is not SQL: it holds a brace, like a place that was never filled in"
    for token in tokens:
        if token.text in OTHER_SIGNS and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
            yield f"it is not SQL of Athena: {OTHER_SIGNS[token.text]}, not {token.text}"
    if [one for one in statement.find_all(exp.In) if not any(one.args[name] for name in one.args if name != "this")]:
        yield "it is not SQL: the list after IN is empty"
    if [one for one in statement.find_all(exp.Group) if not [arg for arg in one.args.values() if arg]]:
        yield "it is not SQL: nothing follows GROUP BY"
    for word in _words_of_other_dialects(tokens, statement):
        yield f"it is not SQL of Athena, which does not have {word}"
    yield from _slips_of_names(tokens, statement)
    yield from _slips_of_values(tokens)
    yield from _slips_of_clauses(tokens)


def _slips_of_names(tokens: Sequence[Token], statement: exp.Query) -> Iterator[str]:
    from sqlglot import TokenType, exp

    for name in statement.find_all(exp.Identifier):
        if not name.args.get("quoted") and name.name.upper() in RESERVED:
            yield f'it is not SQL of Athena: {name.name} is a reserved word; as a name, write "{name.name}"'
    for token, following in itertools.pairwise(tokens):
        named = (TokenType.FROM, TokenType.JOIN, TokenType.ALIAS)
        if token.token_type in named and following.token_type is TokenType.STRING:
            yield f"it is not SQL of Athena: names need double quotes, not single ones ('{following.text[:40]}')"


def _slips_of_values(tokens: Sequence[Token]) -> Iterator[str]:
    """Mistakes in intervals, types and parameters."""
    from sqlglot import TokenType

    operand = (TokenType.STRING, TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.NUMBER)
    casts = [False]
    for before, token, following in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        kind, after = token.token_type, following.text if following is not None else ""
        if kind is TokenType.INTERVAL and following is not None and following.token_type is TokenType.NUMBER:
            yield f"it is not SQL of Athena: an interval's number needs quotes, as in INTERVAL '{after}' DAY"
        quoted = before is not None and before.token_type is TokenType.INTERVAL and kind is TokenType.STRING
        if quoted and not (INTERVAL.fullmatch(token.text) and after.upper() in UNITS):
            yield "it is not SQL of Athena: an interval is a number in quotes and a unit, as in INTERVAL '30' DAY"
        colon = kind is TokenType.COLON and (before is None or before.token_type not in operand)
        dollar = kind is TokenType.VAR and re.fullmatch(r"\$\d+", token.text) is not None
        if colon or dollar or kind is TokenType.PARAMETER:
            yield "it is not SQL of Athena: a parameter is ?, without a name or a number"
        if kind is TokenType.L_PAREN:
            casts.append(before is not None and before.text.upper() in ("CAST", "TRY_CAST"))
        elif kind is TokenType.R_PAREN:
            casts.pop()
        elif kind is TokenType.ALIAS and casts[-1] and after.lower() not in TYPES:
            yield f"it is not SQL of Athena, which does not have the type {after[:40]}"


@dataclass(slots=True)
class _Select:
    """A SELECT while its tokens are read: how far its clauses are, and its joins that still need a condition."""

    rank: int = 0
    joins: int = 0
    conditions: int = 0

    def clause(self, rank: int, token: Token) -> Iterator[str]:
        """A clause begins."""
        if rank < self.rank:
            yield f"it is not SQL of Athena: {token.text.upper()} comes too late in line {token.line}"
        self.rank = rank

    def end(self) -> Iterator[str]:
        """There are no more tokens."""
        if self.joins != self.conditions:
            yield "it is not SQL of Athena: each JOIN has ON or USING, and CROSS JOIN and NATURAL JOIN have neither"


def _slips_of_clauses(tokens: Sequence[Token]) -> Iterator[str]:
    """Clauses in the wrong order for Athena, and joins without a condition."""
    from sqlglot import TokenType

    queries = (TokenType.SELECT, TokenType.UNION, TokenType.INTERSECT, TokenType.EXCEPT, TokenType.SEMICOLON)
    stack = [_Select()]
    kinds = [None, None, *(token.token_type for token in tokens), None]
    for index, token in enumerate(tokens, 2):
        earlier, before, kind, after = kinds[index - 2 : index + 2]
        if kind is TokenType.L_PAREN:
            stack.append(_Select())
        elif kind is TokenType.R_PAREN and len(stack) > 1:
            yield from stack.pop().end()
        elif kind in queries:
            yield from stack[-1].end()
            stack[-1] = _Select()
        elif kind is TokenType.JOIN:
            stack[-1].joins += not {earlier, before} & {TokenType.CROSS, TokenType.NATURAL}
        elif kind in (TokenType.ON, TokenType.USING) and (stack[-1].rank == 1 or stack[-1].joins):
            stack[-1].conditions += 1
            if after is None or after.name in CLAUSES:
                yield f"it is not SQL: nothing follows {token.text.upper()} in line {token.line}"
        elif kind is not None and kind.name in CLAUSES and not _is_no_clause(before, kind, after):
            yield from stack[-1].clause(CLAUSES[kind.name], token)
    for one in stack:
        yield from one.end()


def _is_no_clause(before: TokenType | None, kind: TokenType, after: TokenType | None) -> bool:
    """Whether the word of a clause is in fact a name, or a part of IS DISTINCT FROM."""
    earlier, later = before and before.name, after and after.name
    return earlier in ("DOT", "ALIAS") or later == "DOT" or (kind.name, earlier) == ("FROM", "DISTINCT")


def _words_of_other_dialects(tokens: Sequence[Token], statement: exp.Query) -> Iterator[str]:
    """What the parser knows from other dialects, but Athena does not.
    https://docs.aws.amazon.com/athena/latest/ug/select.html"""
    from sqlglot import exp

    words: dict[type, str] = {
        exp.BitwiseAnd: "&",
        exp.BitwiseOr: "|",
        exp.BitwiseXor: "^",
        exp.BitwiseNot: "~",
        exp.BitwiseLeftShift: "<<",
        exp.BitwiseRightShift: ">>",
        exp.Cluster: "CLUSTER BY",
        exp.Connect: "CONNECT BY",
        exp.Distribute: "DISTRIBUTE BY",
        exp.Glob: "GLOB",
        exp.ILike: "ILIKE",
        exp.IntDiv: "DIV",
        exp.Into: "SELECT INTO",
        exp.Lock: "FOR UPDATE",
        exp.Pivot: "PIVOT",
        exp.SimilarTo: "SIMILAR TO",
        exp.Sort: "SORT BY",
    }
    for node in statement.walk():
        if type(node) in words:
            yield words[type(node)]
        if isinstance(node, exp.Lateral) and node.args.get("view"):
            yield "LATERAL VIEW"
        if isinstance(node, exp.Distinct) and node.args.get("on"):
            yield "DISTINCT ON"
        if isinstance(node, exp.Star) and [one for one in node.args.values() if one]:
            yield "* EXCEPT or REPLACE"
        if isinstance(node, exp.Join) and node.args.get("kind") in ("SEMI", "ANTI"):
            yield f"{node.args['kind']} JOIN"
    yield from _signs_of_other_dialects([token.token_type for token in tokens])


def _signs_of_other_dialects(kinds: Sequence[TokenType]) -> Iterator[str]:
    from sqlglot import TokenType

    for kind, following in itertools.pairwise([*kinds, None]):
        if (kind, following) == (TokenType.RLIKE, TokenType.STRING):
            yield "RLIKE"
        if kind in (TokenType.ISNULL, TokenType.NOTNULL):
            yield kind.name
        if (kind, following) == (TokenType.ARROW, TokenType.STRING):
            yield "-> for parts of JSON"
    limit = (TokenType.LIMIT, TokenType.NUMBER, TokenType.COMMA)
    if limit in zip(kinds, kinds[1:], kinds[2:], strict=False):
        yield "LIMIT with two numbers"
