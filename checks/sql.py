"""SQL as Amazon Athena reads it: whether a text is one query, and which tables it asks."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import Token, TokenType, exp

DATA_CATALOG = "awsdatacatalog"
"""Athena's name for the AWS Glue Data Catalog, in lower case.
https://docs.aws.amazon.com/athena/latest/ug/understanding-tables-databases-and-the-data-catalog.html"""

LENGTH_LIMIT = 10_000
NESTING_LIMIT = 12
"""Characters, and brackets inside each other. Of a longer or deeper text nothing is said: the parser tries one meaning
after the other, which takes twice as long with each bracket."""


OTHER_SIGNS = {
    "==": "equality is =",
    "::": "a type is changed with CAST(x AS type)",
    "<=>": "equality with NULL is IS NOT DISTINCT FROM",
    "->>": "a part of JSON is taken with json_extract_scalar",
}
"""Signs of other dialects, with how Athena writes them."""


class NoQuery(Exception):
    """The text is not one query. Says why, as the end of a sentence that begins with `it`."""


class Doubtful(Exception):
    """This version cannot say whether the text is a query. Says why, likewise."""


@dataclass(frozen=True, slots=True)
class AskedTable:
    """A table that a query asks, in lower case, as Athena compares names. `catalog` and `database` are empty where the
    query leaves them to its context."""

    catalog: str
    database: str
    name: str


@functools.lru_cache(maxsize=64)
def asked_tables(text: str) -> tuple[AskedTable, ...]:
    """The tables that a query asks; those that it defines itself (WITH) are none.

    Raises:
        NoQuery: the text is not one statement of Athena's SQL that reads: one that begins with SELECT or WITH.
        Doubtful: that cannot be said.
    """
    from sqlglot import Dialect, exp
    from sqlglot.errors import ParseError, SqlglotError, TokenError
    from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
    from sqlglot.optimizer.scope import traverse_scope

    if len(text) > LENGTH_LIMIT:
        raise Doubtful(f"it is longer than {LENGTH_LIMIT} characters")
    athena = Dialect.get_or_raise("athena")
    try:
        tokens = athena.tokenize(text)
    except TokenError as error:
        raise NoQuery("it is not SQL: a quote or a comment is not closed") from error
    _refuse_what_is_no_query(tokens)
    try:
        statement = athena.parser().parse(tokens, text)[0]
        if not isinstance(statement, exp.Query):
            raise NoQuery("it is not SQL that reads")
        _refuse_slips(tokens, statement)
        scopes = traverse_scope(normalize_identifiers(statement, dialect=athena))
    except ParseError as error:
        place = error.errors[0]
        raise NoQuery(f"it is not SQL (see line {place['line']}, column {place['col']})") from error
    except (RecursionError, SqlglotError) as error:
        raise Doubtful("this version cannot follow it") from error
    found = [one for scope in scopes for one in scope.sources.values() if isinstance(one, exp.Table) and one.name]
    return tuple(AskedTable(one.catalog.lower(), one.db.lower(), one.name.lower()) for one in found)


def _refuse_what_is_no_query(tokens: Sequence[Token]) -> None:
    """Raises where the first word, the number of statements or the depth shows that there is nothing to parse."""
    from sqlglot import TokenType

    opening = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE)
    closing = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE)
    kinds = [token.token_type for token in tokens]
    while kinds and kinds[-1] is TokenType.SEMICOLON:
        kinds.pop()
    if not kinds:
        raise NoQuery("it is empty")
    first = next(token.text for token in tokens if token.text).upper()
    if first == "USING":  # USING EXTERNAL FUNCTION … SELECT …, which the parser does not know
        raise Doubtful("it uses functions of its own")
    if kinds[0] not in (TokenType.SELECT, TokenType.WITH, TokenType.TABLE, TokenType.L_PAREN):
        raise NoQuery(f"it begins with {first[:20]}, not with SELECT or WITH")
    if TokenType.SEMICOLON in kinds:
        raise NoQuery("it holds more than one statement, and Athena runs one")
    if max(itertools.accumulate((kind in opening) - (kind in closing) for kind in kinds)) > NESTING_LIMIT:
        raise Doubtful(f"it holds more than {NESTING_LIMIT} brackets inside each other")


def _refuse_slips(tokens: Sequence[Token], statement: exp.Query) -> None:
    """Raises for what the parser forgives and Athena does not."""
    from sqlglot import TokenType, exp

    ends = (
        *(TokenType.COMMA, TokenType.R_PAREN, TokenType.R_BRACKET),
        *(TokenType.FROM, TokenType.WHERE, TokenType.SEMICOLON),
    )
    kinds = [token.token_type for token in tokens]
    if [one for one in statement.find_all(exp.Select) if not one.expressions]:
        raise NoQuery("it is not SQL: it selects nothing")
    for token, following in zip(tokens, [*kinds[1:], TokenType.FROM], strict=True):
        if token.token_type is TokenType.COMMA and following in ends:
            raise NoQuery(f"it is not SQL: nothing follows the comma in line {token.line}, column {token.col}")
    if TokenType.L_BRACE in kinds and TokenType.MATCH_RECOGNIZE not in kinds:
        raise NoQuery("it is not SQL: it holds a brace, as of a place that was to be filled in")
    for token in tokens:
        if token.text in OTHER_SIGNS and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
            raise NoQuery(f"it is not SQL of Athena: {OTHER_SIGNS[token.text]}, not {token.text}")
    if [
        one
        for one in statement.find_all(exp.In)
        if not [arg for name, arg in one.args.items() if name != "this" and arg]
    ]:
        raise NoQuery("it is not SQL: the list after IN is empty")
    if [one for one in statement.find_all(exp.Group) if not [arg for arg in one.args.values() if arg]]:
        raise NoQuery("it is not SQL: nothing follows GROUP BY")
    if (word := next(_words_of_other_dialects(kinds, statement), None)) is not None:
        raise NoQuery(f"it is not SQL of Athena, which has no {word}")


def _words_of_other_dialects(kinds: Sequence[TokenType], statement: exp.Query) -> Iterator[str]:
    """What the parser knows from other dialects, and Athena does not.
    https://docs.aws.amazon.com/athena/latest/ug/select.html"""
    from sqlglot import TokenType, exp

    words: dict[type, str] = {
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
    for kind, following in itertools.pairwise(kinds):
        if (kind, following) == (TokenType.RLIKE, TokenType.STRING):
            yield "RLIKE"
    limit = (TokenType.LIMIT, TokenType.NUMBER, TokenType.COMMA)
    if limit in zip(kinds, kinds[1:], kinds[2:], strict=False):
        yield "LIMIT with two numbers"
