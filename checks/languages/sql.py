"""SQL as Amazon Athena reads it: whether a text is one query, and which tables it asks."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.languages.sql_slips import slips

if TYPE_CHECKING:
    from sqlglot import Token

DATA_CATALOG = "awsdatacatalog"
"""Athena's name for the AWS Glue Data Catalog, in lower case.
https://docs.aws.amazon.com/athena/latest/ug/understanding-tables-databases-and-the-data-catalog.html"""

LENGTH_LIMIT = 10_000
NESTING_LIMIT = 12
"""The most characters, and nested brackets. A longer or deeper text is not judged, because the parser tries one meaning
after the other, and each bracket doubles its time."""


class NoQuery(Exception):
    """The text is not one query. The message says why, as the end of a sentence that begins with `it`."""


class Doubtful(Exception):
    """This version cannot decide whether the text is a query. The message says why, in the same way."""


@dataclass(frozen=True, slots=True)
class AskedTable:
    """A table that a query asks, in lower case, because Athena ignores the case of names. `catalog` and `database` are
    empty if the query does not name them."""

    catalog: str
    database: str
    name: str


@functools.lru_cache(maxsize=64)
def asked_tables(text: str) -> tuple[AskedTable, ...]:
    """The tables that a query asks, without those that it defines itself (WITH).

    Raises:
        NoQuery: the text is not one reading statement of Athena's SQL, which begins with SELECT or WITH.
        Doubtful: that cannot be decided.
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
            raise NoQuery("it is not an SQL query")
        if (slip := next(slips(tokens, statement), None)) is not None:
            raise NoQuery(slip)
        scopes = traverse_scope(normalize_identifiers(statement, dialect=athena))
    except ParseError as error:
        place = error.errors[0]
        raise NoQuery(f"it is not SQL (see line {place['line']}, column {place['col']})") from error
    except (RecursionError, SqlglotError) as error:
        raise Doubtful("this version cannot parse it") from error
    found = [one for scope in scopes for one in scope.sources.values() if isinstance(one, exp.Table) and one.name]
    return tuple(AskedTable(one.catalog.lower(), one.db.lower(), one.name.lower()) for one in found)


def _refuse_what_is_no_query(tokens: Sequence[Token]) -> None:
    """Raises if the first word, the number of statements or the depth shows that the text need not be parsed."""
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
        raise NoQuery("it holds more than one statement, and Athena runs only one")
    if max(itertools.accumulate((kind in opening) - (kind in closing) for kind in kinds)) > NESTING_LIMIT:
        raise Doubtful(f"it holds more than {NESTING_LIMIT} nested brackets")
