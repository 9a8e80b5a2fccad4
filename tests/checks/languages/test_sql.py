"""Which texts are queries that Athena can run, and which tables they ask."""

from __future__ import annotations

import contextlib
import logging

import pytest

from checks.languages import sql
from checks.languages.sql import Doubtful, NoQuery, asked_tables
from tests.each import each

ROW_PATTERN = """
SELECT * FROM o MATCH_RECOGNIZE (
    PARTITION BY a ORDER BY b MEASURES A.p AS p ONE ROW PER MATCH
    PATTERN (A B{2,}) DEFINE B AS B.p < PREV(B.p)
) m
"""


def asked(text: str) -> list[str]:
    """The tables that a text asks, as `database.table`, each once."""
    tables = [".".join(part for part in (one.catalog, one.database, one.name) if part) for one in asked_tables(text)]
    return sorted(set(tables))


@each(
    ("text", "tables"),
    [
        ("SELECT * FROM orders", ["orders"]),
        ("select item.pk.s as id from Archive.Orders limit 10;", ["archive.orders"]),
        ('SELECT Item.PK.S FROM "archive-1"."orders"', ["archive-1.orders"]),
        ('SELECT * FROM "AwsDataCatalog"."archive"."orders" WHERE id = ?', ["awsdatacatalog.archive.orders"]),
        ('SELECT * FROM "lambda:live".shop.orders', ["lambda:live.shop.orders"]),
        ("-- a comment\n/* another */ SELECT 1 FROM a -- and one more\n;;", ["a"]),
        ("WITH recent AS (SELECT * FROM orders) SELECT count(*) FROM recent", ["orders"]),
        ("WITH orders AS (SELECT * FROM orders) SELECT count(*) FROM orders", ["orders"]),
        ("WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM b", ["b"]),
        ("WITH Orders AS (SELECT 1 AS x) SELECT x FROM orders", []),
        ("WITH a AS (SELECT 1 AS x) SELECT * FROM archive.a", ["archive.a"]),
        ("WITH RECURSIVE t(n) AS (SELECT 1 FROM base UNION ALL SELECT n + 1 FROM t) SELECT n FROM t", ["base"]),
        ("SELECT * FROM orders o JOIN reviews r USING (id) LEFT JOIN x ON true", ["orders", "reviews", "x"]),
        ("SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b) AND c IN (SELECT d FROM e.f)", ["a", "b", "e.f"]),
        ("SELECT l.m.sku.s FROM orders CROSS JOIN UNNEST(item.items.l) AS t(l)", ["orders"]),
        ("SELECT x FROM orders, UNNEST(item.items.l) WITH ORDINALITY AS t(x, n)", ["orders"]),
        ("(SELECT a FROM orders) UNION ALL (SELECT a FROM archive.reviews)", ["archive.reviews", "orders"]),
        ("TABLE orders", ["orders"]),
        ("SELECT * FROM TABLE(sequence(1, 5)), orders", ["orders"]),
        ("SELECT '::', \"->>\", div, regexp_like(a, 'x') FROM o WHERE a IS NOT DISTINCT FROM b", ["o"]),
        ("SELECT a FROM o GROUP BY () HAVING count(*) > 1", ["o"]),
        ("SELECT a FROM o JOIN (p JOIN q ON p.a = q.a) ON o.a = p.a", ["o", "p", "q"]),
        ("SELECT o.limit.s AS offset FROM o NATURAL LEFT JOIN p OFFSET 5 LIMIT 10", ["o", "p"]),
        ("SELECT a FROM (SELECT b FROM o LIMIT 1) JOIN p USING (a) WHERE a IS DISTINCT FROM 1 ORDER BY a", ["o", "p"]),
        ("SELECT a FROM o LIMIT 1 UNION SELECT b FROM p WHERE c > interval '1' day * 2", ["o", "p"]),
        (
            "SELECT array_agg(a ORDER BY b) FILTER (WHERE c) FROM o JOIN p ON o.a = p.a JOIN q ON q.a = p.a",
            ["o", "p", "q"],
        ),
        ("SELECT json_value(a, 'lax $.b' NULL ON EMPTY) FROM o, p WHERE try_cast(a AS decimal(10, 2)) > 1", ["o", "p"]),
        ("SELECT 1", []),
        ("SELECT item.newimage.pk.s FROM o WHERE CAST(item.total.n AS DECIMAL(10, 2)) > 100.00", ["o"]),
        ("SELECT filter(items, x -> x.quantity > 1), reduce(a, 0, (s, x) -> s + x, s -> s) FROM o", ["o"]),
        ("SELECT date_parse(d, '%Y-%m-%d'), date_add('day', -30, current_date), interval '2' year FROM o", ["o"]),
        ("SELECT CAST(ROW(1, 'a') AS ROW(x INTEGER, y VARCHAR)), MAP(ARRAY['a'], ARRAY[1])['a'] FROM o", ["o"]),
        ("SELECT json_extract_scalar(x, '$.a.b'), try_cast(y AS double), TRY(a / b) FROM o", ["o"]),
        ("SELECT rank() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST), lag(c) IGNORE NULLS OVER w FROM o", ["o"]),
        ("SELECT a, sum(b) FILTER (WHERE c) FROM o GROUP BY GROUPING SETS ((a), ())", ["o"]),
        ("SELECT * FROM o FOR TIMESTAMP AS OF (current_timestamp - interval '1' day)", ["o"]),
        ("SELECT * FROM o TABLESAMPLE BERNOULLI (50) OFFSET 5 ROWS FETCH FIRST 10 ROWS ONLY", ["o"]),
        ('SELECT "$path", "order" FROM "orders$partitions"', ["orders$partitions"]),
        ('SELECT item.date.s, item.status.s, item.items.l, item."order".s, item.comment.s FROM o', ["o"]),
        ("SELECT 'it''s; -- no comment', '{\"a\": 1, }', U&'\\0041' FROM o WHERE x <> 2 AND y != 3", ["o"]),
        (ROW_PATTERN, ["o"]),
    ],
)
def test_what_a_query_asks(text: str, tables: list[str]) -> None:
    assert asked(text) == tables


@each(
    ("text", "why"),
    [
        ("", "it is empty"),
        (" \n;", "it is empty"),
        ("-- SELECT * FROM orders", "it is empty"),
        ("TODO", "it begins with TODO, not with SELECT or WITH"),
        ("SELEC * FORM orders", "it begins with SELEC, not with SELECT or WITH"),
        ("DROP TABLE orders", "it begins with DROP, not with SELECT or WITH"),
        ("DELETE FROM orders WHERE a = 1", "it begins with DELETE, not with SELECT or WITH"),
        ("INSERT INTO a SELECT * FROM b", "it begins with INSERT, not with SELECT or WITH"),
        ("CREATE TABLE a AS SELECT * FROM b", "it begins with CREATE, not with SELECT or WITH"),
        ("CREATE EXTERNAL TABLE `a` (b string) LOCATION 's3://b/c/'", "it begins with CREATE, not with SELECT or WITH"),
        ("MSCK REPAIR TABLE orders", "it begins with MSCK REPAIR, not with SELECT or WITH"),
        ("UNLOAD (SELECT * FROM a) TO 's3://b/'", "it begins with UNLOAD, not with SELECT or WITH"),
        ("EXPLAIN SELECT * FROM orders", "it begins with EXPLAIN, not with SELECT or WITH"),
        ("WITH a AS (SELECT * FROM b) INSERT INTO c SELECT * FROM a", "it is not an SQL query"),
        ("(1 + 2)", "it is not an SQL query"),
        ("SELECT * FROM orders; DROP TABLE orders", "it holds more than one statement, and Athena runs only one"),
        ("SELECT 'a FROM orders", "it is not SQL: a quote or a comment is not closed"),
        ("SELECT 1 /* FROM orders", "it is not SQL: a quote or a comment is not closed"),
        ("SELECT * FROM", "it is not SQL (see line 1, column 13)"),
        ("SELECT *\nFROM orders WHERE", "it is not SQL (see line 2, column 17)"),
        ("SELECT a FROM orders GROUP a", "it is not SQL (see line 1, column 28)"),
        ("SELECT TOP 10 * FROM orders", "it is not SQL (see line 1, column 13)"),
        ("SELECT COUNT(* FROM orders", "it is not SQL (see line 1, column 19)"),
        ("SELECT `a` FROM orders", "it is not SQL (see line 1, column 10)"),
        ("WITH x AS SELECT 1 SELECT 2", "it is not SQL (see line 1, column 16)"),
        ("SELECT FROM orders", "it is not SQL: it selects nothing"),
        ("SELECT a, FROM orders", "it is not SQL: nothing follows the comma in line 1, column 9"),
        ("SELECT a,\n, b FROM orders", "it is not SQL: nothing follows the comma in line 1, column 9"),
        ("SELECT f(a,) FROM orders", "it is not SQL: nothing follows the comma in line 1, column 11"),
        ("SELECT a FROM orders,;", "it is not SQL: nothing follows the comma in line 1, column 21"),
        ("SELECT a FROM orders,", "it is not SQL: nothing follows the comma in line 1, column 21"),
        ("SELECT * FROM ${table}", "it is not SQL: it holds a brace, like a place that was never filled in"),
        ("SELECT * FROM a WHERE b == 1", "it is not SQL of Athena: equality is =, not =="),
        ("SELECT b::varchar FROM a", "it is not SQL of Athena: to change a type, write CAST(x AS type), not ::"),
        ("SELECT b <=> c FROM a", "it is not SQL of Athena: equality with NULL is IS NOT DISTINCT FROM, not <=>"),
        ("SELECT b->>'c' FROM a", "it is not SQL of Athena: for a part of JSON, use json_extract_scalar, not ->>"),
        ("SELECT b FROM a WHERE b IN ()", "it is not SQL: the list after IN is empty"),
        *(
            (f"SELECT b FROM a {text}", f"it is not SQL of Athena: {word} comes too late in line 1")
            for text, word in (
                ("LIMIT 10 OFFSET 5", "OFFSET"),
                ("LIMIT 10 ORDER BY b", "ORDER BY"),
                ("ORDER BY b WHERE c = 1", "WHERE"),
                ("GROUP BY b WHERE c > 1", "WHERE"),
                ("HAVING count(*) > 1 GROUP BY b", "GROUP BY"),
            )
        ),
        *(
            (
                f"SELECT b FROM a {text}",
                "it is not SQL of Athena: each JOIN has ON or USING, and CROSS JOIN and NATURAL JOIN have neither",
            )
            for text in (
                "JOIN x",
                "LEFT JOIN x WHERE a.b = x.b",
                "CROSS JOIN x ON a.b = x.b",
                "NATURAL JOIN x ON a.b = x.b",
                "JOIN x ON a.b = x.b JOIN y",
            )
        ),
        ("SELECT b FROM a JOIN x y ON", "it is not SQL: nothing follows ON in line 1"),
        ("SELECT b FROM a LEFT SEMI JOIN x ON a.b = x.b", "it is not SQL of Athena, which does not have SEMI JOIN"),
        (
            "SELECT b FROM a WHERE d > now() - interval 30 day",
            "it is not SQL of Athena: an interval's number needs quotes, as in INTERVAL '30' DAY",
        ),
        *(
            (
                f"SELECT b FROM a WHERE d > now() - interval {text}",
                "it is not SQL of Athena: an interval is a number in quotes and a unit, as in INTERVAL '30' DAY",
            )
            for text in ("'30 days'", "'30' days")
        ),
        *(
            (f"SELECT CAST(b AS {name}) FROM a", f"it is not SQL of Athena, which does not have the type {name}")
            for name in ("STRING", "TEXT", "DATETIME", "NUMBER")
        ),
        *(
            (text, f'it is not SQL of Athena: {name} is a reserved word; as a name, write "{name}"')
            for text, name in (
                ("SELECT order FROM a", "order"),
                ("SELECT b AS order FROM a", "order"),
                ("SELECT item.group.s FROM a", "group"),
                ("SELECT b FROM order", "order"),
            )
        ),
        (
            "SELECT b FROM 'orders'",
            "it is not SQL of Athena: names need double quotes, not single ones ('orders')",
        ),
        ("SELECT b AS 'x' FROM a", "it is not SQL of Athena: names need double quotes, not single ones ('x')"),
        *(
            (
                f"SELECT b FROM a WHERE b = {text}",
                "it is not SQL of Athena: a parameter is ?, without a name or a number",
            )
            for text in (":id", "@id", "$1")
        ),
        ("SELECT b & 1 FROM a", "it is not SQL of Athena, which does not have &"),
        ("SELECT b -> 'c' FROM a", "it is not SQL of Athena, which does not have -> for parts of JSON"),
        ("SELECT b FROM a WHERE b ISNULL", "it is not SQL of Athena, which does not have ISNULL"),
        ("SELECT b FROM a GROUP BY", "it is not SQL: nothing follows GROUP BY"),
        *(
            (f"SELECT {text}", f"it is not SQL of Athena, which does not have {word}")
            for text, word in (
                ("b FROM a CLUSTER BY b", "CLUSTER BY"),
                ("b FROM a DISTRIBUTE BY b", "DISTRIBUTE BY"),
                ("b FROM a SORT BY b", "SORT BY"),
                ("b FROM a START WITH b CONNECT BY b", "CONNECT BY"),
                ("b FROM a WHERE b GLOB 'x'", "GLOB"),
                ("b FROM a WHERE b ILIKE 'x'", "ILIKE"),
                ("b FROM a WHERE b RLIKE 'x'", "RLIKE"),
                ("b FROM a WHERE b SIMILAR TO 'x'", "SIMILAR TO"),
                ("b DIV c FROM a", "DIV"),
                ("b INTO c FROM a", "SELECT INTO"),
                ("b FROM a FOR UPDATE", "FOR UPDATE"),
                ("b FROM a PIVOT (sum(x) FOR y IN (1))", "PIVOT"),
                ("b FROM a LATERAL VIEW explode(x) y", "LATERAL VIEW"),
                ("DISTINCT ON (b) b FROM a", "DISTINCT ON"),
                ("* EXCLUDE (b) FROM a", "* EXCEPT or REPLACE"),
                ("b FROM a LIMIT 5, 10", "LIMIT with two numbers"),
            )
        ),
    ],
)
def test_what_is_no_query(text: str, why: str) -> None:
    with pytest.raises(NoQuery) as caught:
        asked_tables(text)

    assert str(caught.value) == why


@each(
    ("text", "why"),
    [
        (
            "USING EXTERNAL FUNCTION f(x VARCHAR) RETURNS VARCHAR LAMBDA 'f' SELECT f(a) FROM orders",
            "it uses functions of its own",
        ),
        ("SELECT " + "(" * 13 + "1" + ")" * 13, "it holds more than 12 nested brackets"),
        ("SELECT " + "NOT " * 500 + "a", "this version cannot parse it"),
        ("SELECT " + "a, " * sql.LENGTH_LIMIT, "it is longer than 10000 characters"),
    ],
)
def test_what_may_be_a_query(text: str, why: str) -> None:
    with pytest.raises(Doubtful) as caught:
        asked_tables(text)

    assert str(caught.value) == why


@each("opening", ["ARRAY[", "MAP(ARRAY[", "DATE(", "date[", "ROW(", "varchar(", "LATERAL (a, ", "("])
def test_no_text_is_followed_for_long(opening: str) -> None:
    """The parser takes more than twice as long with each of these brackets: 24 of them would take hours. That this test
    ends is what it proves."""
    for number in range(1, 25):
        with contextlib.suppress(NoQuery, Doubtful):
            asked_tables("SELECT " + opening * number + "1" + "])" * number + " FROM orders")


def test_a_text_as_deep_as_is_followed_is_a_query() -> None:
    assert asked("SELECT " + "(" * sql.NESTING_LIMIT + "1" + ")" * sql.NESTING_LIMIT + " FROM orders") == ["orders"]


def test_the_parser_says_nothing_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for text in ("UNLOAD (SELECT 1) TO 's3://a/'", "SHOW TABLES", "SELECT 1 FROM a; EXPLAIN SELECT 2", "EXPLAIN x"):
            with pytest.raises(NoQuery):
                asked_tables(text)

    assert caplog.records == []
