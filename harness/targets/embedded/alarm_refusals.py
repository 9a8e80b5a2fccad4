"""What CloudWatch refuses in an alarm but moto accepts. The embedded account refuses it too, and checks notice it in an
account that accepted it.

Only what AWS is known to refuse is here. Where AWS's own words are known, the messages use them, so that a student can
look them up.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.targets.embedded.request_models import Refusal

VALIDATION = "ValidationError"
SHORT_PERIODS_SECONDS = (10, 20, 30)
MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS, WEEK_SECONDS = 60, 3600, 86_400, 604_800
MOST_METRICS = 10
MOST_EXPRESSIONS = 10

RANGES = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
"""The comparisons with an anomaly detection band."""

OF_ONE_METRIC = ("Namespace", "MetricName", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
"""Parameters for the metric of an alarm without metric math."""

OF_NO_CRITERIA = (
    *OF_ONE_METRIC,
    *("Metrics", "Threshold", "ComparisonOperator", "ThresholdMetricId", "EvaluationPeriods", "DatapointsToAlarm"),
)
"""Parameters that an alarm with EvaluationCriteria cannot have."""

ID = re.compile(r"[a-z][A-Za-z0-9_]*")
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html"""

QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
QUERY = re.compile(r"\s*SELECT\b", re.IGNORECASE)
SEARCH = re.compile(r"\bSEARCH\s*\(")
NAMED = re.compile(r"(?<![\w.])([a-z]\w*)(?!\s*\()(?!\w)")
"""An id in an expression. Functions and constants are in capital letters, and a name before a parenthesis is a
function."""

OPERATORS = frozenset({"and", "or", "not"})


def refusal(operation: str, parameters: Mapping[str, Any]) -> Refusal | None:
    """Why AWS would refuse a CloudWatch request that moto accepts, or None.

    Args:
        parameters: as boto3's methods take them, with the types of botocore's model.
    """
    from harness.targets.embedded.request_models import Refusal  # it needs botocore, which checks must not load

    if operation != "PutMetricAlarm":
        return None
    given = {name: value for name, value in parameters.items() if value not in (None, [], {})}
    given["Metrics"] = [{"ReturnData": True, **query} for query in given.get("Metrics", ())]
    for message in (*_gaps(given), *contradictions(given)):
        return Refusal(VALIDATION, message)
    return None


def contradictions(alarm: Mapping[str, Any]) -> Iterator[str]:
    """What AWS refuses in those settings of an alarm that are given. Missing settings are not reported.

    Args:
        alarm: its settings, with the names of PutMetricAlarm and DescribeAlarms.
    """
    queries = alarm.get("Metrics") or []
    fetched = [query["MetricStat"] for query in queries if query.get("MetricStat")]
    periods = {one["Period"] for one in (alarm, *fetched) if one.get("Period")}
    for period in sorted(periods):
        if period not in SHORT_PERIODS_SECONDS and period % MINUTE_SECONDS:
            yield f"Period must be 10, 20, 30 or a multiple of 60, not {period}"
    evaluated, breaching = alarm.get("EvaluationPeriods"), alarm.get("DatapointsToAlarm")
    if evaluated and breaching and breaching > evaluated:
        yield (
            f"DatapointsToAlarm must be less than or equal to EvaluationPeriods, and {breaching} is more than {evaluated}"
        )
    if evaluated and len(periods) == 1:
        yield from _problems_of_a_window(periods.pop(), evaluated)
    if alarm.get("EvaluateLowSampleCountPercentile") and alarm.get("Statistic"):
        yield f"Option evaluateLowSampleCountPercentile can not be applied with statistic {alarm['Statistic']}."
    yield from _problems_of_math(queries, alarm.get("ThresholdMetricId"))


def _gaps(given: Mapping[str, Any]) -> Iterator[str]:
    """What a request lacks, or what it gives beside something that excludes it."""
    if "EvaluationCriteria" in given:
        yield from _excluded(given, OF_NO_CRITERIA, "EvaluationCriteria")
        return
    if given["Metrics"]:
        yield from _excluded(given, OF_ONE_METRIC, "list of Metrics")
    else:
        yield from (f"{name} must not be null" for name in ("MetricName", "Namespace", "Period") if name not in given)
        if ("Statistic" in given) == ("ExtendedStatistic" in given):
            yield "Exactly one of Statistic and ExtendedStatistic must be set"
    for name in ("EvaluationPeriods", "ComparisonOperator"):
        if name not in given:
            member = name[:1].lower() + name[1:]
            yield (
                f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not "
                "be null"
            )
    if "ThresholdMetricId" not in given:
        if given.get("ComparisonOperator") in RANGES:
            yield "ComparisonOperators for ranges require ThresholdMetricId to be set"
        elif "Threshold" not in given:
            yield "PutMetricAlarm request should have valid Threshold parameter"


def _excluded(given: Mapping[str, Any], names: Sequence[str], by: str) -> Iterator[str]:
    yield from (f"{name} should not be set if {by} is set." for name in names if given.get(name) not in (None, []))


def _problems_of_a_window(period: int, evaluated: int) -> Iterator[str]:
    if period < HOUR_SECONDS and period * evaluated > DAY_SECONDS:
        yield f"Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= {DAY_SECONDS})"
    if period >= HOUR_SECONDS and period * evaluated > WEEK_SECONDS:
        yield (
            f"Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= {WEEK_SECONDS}) "
            f"for alarms using period >= {HOUR_SECONDS}"
        )


def _problems_of_math(queries: Sequence[Mapping[str, Any]], band: str | None) -> Iterator[str]:
    """What AWS refuses in a list of metrics and expressions.

    Args:
        band: the ThresholdMetricId, if any.
    """
    if not queries:
        return
    ids = [query["Id"] for query in queries]
    expressions = [query["Expression"] for query in queries if query.get("Expression")]
    if [text for text in expressions if SEARCH.search(QUOTED.sub("''", text))]:
        yield "SEARCH is not supported on Metric Alarms"
    if len([query for query in queries if query.get("MetricStat")]) > MOST_METRICS:
        yield f"Too many metrics in alarm, maximum is {MOST_METRICS}"
    if len(expressions) > MOST_EXPRESSIONS:
        yield f"Too many expressions in alarm, maximum is {MOST_EXPRESSIONS}"
    known = set(ids)
    for query in queries:
        yield from _problems_of_a_query(query, known)
    for name, times in Counter(ids).items():
        if times > 1:
            yield f"Invalid metrics list: the Id {name} occurs {times} times"
    if band is not None and band not in ids:
        yield "Metrics list must contain exactly one metric matching the ThresholdMetricId parameter"
    yield from _problems_of_what_returns(queries, band)


def _problems_of_a_query(query: Mapping[str, Any], ids: Set[str]) -> Iterator[str]:
    """What AWS refuses in a metric or an expression; `ids` are those of the whole list."""
    name, expression = query["Id"], query.get("Expression", "")
    if expression and query.get("MetricStat"):
        yield (
            "The parameters MetricDataQuery Expression and MetricStat are mutually exclusive and you have specified both."
        )
    if not ID.fullmatch(name):
        yield f"Invalid metrics list: the Id {name} is not a lower case letter with letters, digits and _ after it"
    for unknown in sorted(_named(expression) - ids):
        yield f"Invalid metrics list: the expression {name} names {unknown}, which is not an Id of the list"


def _named(expression: str) -> set[str]:
    """The ids that an expression uses; none for a query of Metrics Insights."""
    if QUERY.match(expression):
        return set()
    return set(NAMED.findall(QUOTED.sub("''", expression))) - OPERATORS


def _problems_of_what_returns(queries: Sequence[Mapping[str, Any]], band: str | None) -> Iterator[str]:
    """One element returns what is compared with the threshold. An anomaly detection band may be returned with it."""
    said = [query["ReturnData"] for query in queries if query.get("ReturnData") is not None]
    returning = said.count(True)
    if band is None and (returning > 1 or (returning == 0 and len(said) == len(queries))):
        yield "Exactly one element of the metrics list should return data."
    if band is not None and (returning > 2 or (returning == 0 and len(said) == len(queries))):
        yield "Exactly two elements of the metrics list should return data."
