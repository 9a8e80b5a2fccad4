"""CloudWatch alarms as DescribeAlarms describes them: what they watch, when they fire, and whom they notify."""

from __future__ import annotations

import ast
import functools
import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from checks.facts.metrics import COUNTED, METRICS
from checks.facts.tables import listed
from checks.languages import metric_math
from harness.targets.embedded.alarm_refusals import contradictions
from harness.usage import counted

Compare = Callable[[float, float], bool]
ABOVE: Mapping[str, Compare] = {"GreaterThanThreshold": operator.gt, "GreaterThanOrEqualToThreshold": operator.ge}
BELOW: Mapping[str, Compare] = {"LessThanThreshold": operator.lt, "LessThanOrEqualToThreshold": operator.le}
ABOVE_A_BAND = ("GreaterThanUpperThreshold", "LessThanLowerOrGreaterThanUpperThreshold")
BELOW_A_BAND = ("LessThanLowerThreshold",)
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html"""

ANY = "*"
"""The value of a dimension over which a query adds up."""

VERY_MANY = 1e9
TRAFFIC = (0.0, 1.0, 1000.0)
"""Possible values of metrics of traffic, such as consumed capacity, while the watched one is high. Metrics that count
trouble are 0 then: an alarm that also waits for other trouble does not report this one."""

DEEPEST_MATH = 100
"""How deep expressions may use other expressions; an alarm has far fewer."""

QUERY = re.compile(
    r"\s*SELECT\s+(\w+)\s*\(\s*\"?(\w+)\"?\s*\)\s+FROM\s+"
    r"(?:SCHEMA\s*\(\s*\"?([\w/]+)\"?\s*((?:,\s*\"?\w+\"?\s*)*)\)|\"?([\w/]+)\"?)"
    r"(?:\s+WHERE\s+(.*?))?(\s+GROUP\s+BY\s+.*?)?(?:\s+ORDER\s+BY\s+.*?)?(\s+LIMIT\s+\d+)?\s*",
    re.IGNORECASE | re.DOTALL,
)
AND = re.compile(r"\s+AND\s+", re.IGNORECASE)
CONDITION = re.compile(r"\s*\"?([\w.]+)\"?\s*(!?=)\s*'([^']*)'\s*")
ACCOUNT = "AWS.AccountId"
LONGEST_QUERY = 2048
"""Metrics Insights.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html"""
BAND = re.compile(r"\s*ANOMALY_DETECTION_BAND\(\s*(\w+)\s*(,[^()]*)?\)\s*")
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#using-anomaly-detection-on-metric-math"""
STATISTICS = {"SUM": "Sum", "COUNT": "SampleCount", "AVG": "Average", "MAX": "Maximum", "MIN": "Minimum"}

RULE_TOKEN = re.compile(
    r"\s*+(?:(ALARM|OK|INSUFFICIENT_DATA)\s*+\(\s*+(?:\"((?:[^\"\\]|\\.)*+)\"\s*+|([^()\"]*+))\)"
    r"|(AND|OR|NOT|TRUE|FALSE)\b|([()]))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Series:
    """A series of values that an alarm watches.

    `period` is in seconds (None: unknown); `unit` and `account` are empty if the alarm names none. `exact` is False for
    a query that adds up all series with these dimensions, whatever others they have; `excluded` are the values of
    dimensions that it leaves out.
    """

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int | None
    unit: str = ""
    account: str = ""
    exact: bool = True
    excluded: Collection[tuple[str, str]] = ()

    @property
    def counts_trouble(self) -> bool:
        """Whether it is a metric of events that do not happen in good times."""
        known = METRICS.get(self.metric)
        return known is not None and known.statistics == COUNTED

    @property
    def source(self) -> tuple[str, str, frozenset[tuple[str, str]]]:
        """What these values are about, whatever is calculated from them."""
        return self.namespace, self.metric, frozenset(self.dimensions.items())

    def __str__(self) -> str:
        dimensions = ", ".join(f"{name}={value}" for name, value in sorted(self.dimensions.items()))
        return f"{self.statistic} of {self.metric} [{dimensions}]"


@dataclass(frozen=True)
class Alarm:
    """An alarm. `series` are what it watches, and `expressions` is the metric math that combines them, both by id;
    `watched` are the ids that are compared with the `threshold` (None: with the anomaly band with the id `band`).
    `actions` happen when it fires: its own, and those of composite alarms above it; `unread` are composite alarms whose
    rule this version cannot read. It fires when `datapoints` of `periods` breach. `untold` says what is unknown about
    its metrics (empty: nothing), `promql` is its PromQL query, and `refused` is what AWS refuses in it."""

    name: str
    arn: str
    series: Mapping[str, Series]
    expressions: Mapping[str, str]
    watched: tuple[str, ...]
    comparison: str
    threshold: float | None
    band: str | None
    datapoints: int | None
    periods: int | None
    actions_enabled: bool
    actions: tuple[str, ...]
    untold: str = ""
    promql: str = ""
    refused: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def values(
        self, high: Collection[str], number: float | None, traffic: float = 0.0, trouble: float | None = 0.0
    ) -> list[float]:
        """What is compared with the threshold while some series have a value. Of the others, those of traffic and those
        that count trouble have another value (None: no data). Nothing if the result is not defined.

        Raises:
            ValueError: the metric math is not supported here.
        """
        known: dict[str, metric_math.Value] = {}
        for name, series in self.series.items():
            value = number if name in high else trouble if series.counts_trouble else traffic
            if value is not None:
                known[name] = value
        for name, formula in self._formulas.items():
            with suppress(ArithmeticError):
                known[name] = formula.value(known)
        found = [known[one] for one in self.watched if one in known]
        return [number for one in found for number in (one if isinstance(one, list) else [one])]

    @functools.cached_property
    def _formulas(self) -> dict[str, metric_math.Formula]:
        """The metric math behind what is watched, each part after those that it uses. May raise ValueError."""
        periods = {name: one.period for name, one in self.series.items()}
        formulas: dict[str, metric_math.Formula] = {}

        def resolve(name: str, above: tuple[str, ...] = ()) -> None:
            if name in self.series or name in formulas:
                return
            if name not in self.expressions or name in above or len(above) > DEEPEST_MATH:
                raise ValueError(f"{name} is not defined")
            formula = metric_math.formula(self.expressions[name], periods)
            for one in sorted(formula.names):
                resolve(one, (*above, name))
            formulas[name] = formula

        for name in self.watched:
            resolve(name)
        return formulas

    @property
    def decisive(self) -> frozenset[str]:
        """The ids of everything behind what is watched. Raises ValueError if the metric math is not supported."""
        return frozenset(self.watched).union(*(one.names for one in self._formulas.values()))

    def fires(self, high: Collection[str]) -> bool:
        """Whether some series make it fire: it fires when they are very high, and would not fire otherwise. Those that
        count trouble have no data then, because DynamoDB sends them only if there is something to count.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html

        Raises:
            ValueError: the metric math is not supported here.
        """
        quiet = None if not [name for name in high if not self.series[name].counts_trouble] else 0.0
        if self.comparison in ABOVE_A_BAND:
            return self.values(high, VERY_MANY) > self.values(high, 0.0)
        breaching = [one for one in self._traffic(high) if self._is_breached(self.values(high, VERY_MANY, one))]
        return bool([one for one in breaching if not self._is_breached(self.values(high, quiet, one, None))])

    def fires_at(self, high: Collection[str], number: float) -> bool:
        """Whether it may fire when some series have this value: it does with some traffic, or with some traffic the
        result is not defined.

        Raises:
            ValueError: the metric math is not supported here.
        """
        found = [self.values(high, number, traffic) for traffic in self._traffic(high)]
        return self.threshold is None or [] in found or True in [self._is_breached(values) for values in found]

    def _traffic(self, high: Collection[str]) -> Sequence[float]:
        """Possible values of its metrics of traffic; one value is enough if it has none."""
        others = [one for name, one in self.series.items() if name not in high and not one.counts_trouble]
        return TRAFFIC if others else TRAFFIC[:1]

    def _is_breached(self, values: Sequence[float]) -> bool:
        """Whether one of these values is beyond the threshold. Alarms on metrics of DynamoDB ignore missing data.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
        compare = {**ABOVE, **BELOW}.get(self.comparison)
        limit = self.threshold
        return compare is not None and limit is not None and True in [compare(one, limit) for one in values]

    @functools.cached_property
    def sources(self) -> frozenset[Any]:
        """What its values are about."""
        return frozenset(one.source for one in self.series.values())

    def band_of(self) -> str | None:
        """The id behind its anomaly band; None if it has no such band."""
        match = BAND.fullmatch(self.expressions.get(self.band or "", ""))
        return match and match[1]

    @property
    def looks_at(self) -> str:
        """`reads: Sum of ReadThrottleEvents [TableName=music]`."""
        series = ", ".join(map(str, self.series.values())) or "nothing that this version can read"
        if math := [self.expressions[one] for one in self.watched if one in self.expressions]:
            named = ", ".join(f"{name} = {one}" for name, one in self.series.items())
            series = f"{' and '.join(math)}" + (f" where {named}" if named else "")
        return f"{self.name}: {self.promql or series}"

    def __str__(self) -> str:
        limit = "a band" if self.threshold is None else f"{self.threshold:g}"
        compared = f", {self.comparison} {limit}" if self.comparison else ""
        return f"{self.looks_at}{compared}{self._duration}, actions: {listed(self.actions)}"

    @property
    def _duration(self) -> str:
        """` in 3 of 5 periods of 60 s`."""
        if self.periods is None:
            return ""
        lengths = {one.period for one in self.series.values()}
        length = f" of {next(iter(lengths))} s" if len(lengths) == 1 and None not in lengths else ""
        some = "" if self.datapoints == self.periods else f"{self.datapoints} of "
        return f" in {some}{counted(self.periods, 'period')}{length}"


def alarms_of(answer: Mapping[str, Any]) -> Iterator[Alarm]:
    """The metric alarms in a DescribeAlarms answer, without those that only scale: they notify nobody.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html"""
    alarms = [_alarm(data) for data in answer.get("MetricAlarms", [])]
    composites = _Composites(answer.get("CompositeAlarms", []), alarms)
    for alarm in alarms:
        if {action.split(":")[2] for action in alarm.actions if action.count(":") >= 5} != {"autoscaling"}:
            yield composites.above(alarm)


def _alarm(data: Mapping[str, Any]) -> Alarm:
    band = data.get("ThresholdMetricId")
    promql = data.get("EvaluationCriteria", {}).get("PromQLCriteria", {}).get("Query", "")
    queries: dict[str, Series | str] = {}
    untold = ""
    if data.get("MetricName"):
        statistic = data.get("Statistic") or data.get("ExtendedStatistic", "no statistic")
        queries["metric"] = _series(data, statistic, data.get("Period"), data.get("Unit", ""))
        watched = ["metric"]
    else:
        metrics = data.get("Metrics", [])
        told = [one for one in metrics if "MetricStat" in one or "Expression" in one]
        queries = {one["Id"]: _query(one) for one in told}
        watched = [one["Id"] for one in metrics if one.get("ReturnData", True) and one["Id"] != band]
        if len(told) < len(metrics):
            untold = f"the metrics {listed(one['Id'] for one in metrics if one not in told)} are unknown"
        elif not metrics and not promql:
            untold = "the watched metric is unknown"
    return Alarm(
        name=data["AlarmName"],
        arn=data["AlarmArn"],
        series={name: one for name, one in queries.items() if isinstance(one, Series)},
        expressions={name: one for name, one in queries.items() if isinstance(one, str)},
        watched=tuple(watched),
        comparison=data.get("ComparisonOperator", ""),
        threshold=data.get("Threshold"),
        band=band,
        datapoints=data.get("DatapointsToAlarm") or data.get("EvaluationPeriods"),
        periods=data.get("EvaluationPeriods"),
        actions_enabled=data["ActionsEnabled"],
        actions=tuple(data.get("AlarmActions", ())),
        untold=untold,
        promql=promql,
        refused=tuple(contradictions(data)),
    )


def _series(data: Mapping[str, Any], statistic: str, period: int | None, unit: str, account: str = "") -> Series:
    dimensions = {one["Name"]: one["Value"] for one in data.get("Dimensions", [])}
    return Series(data["Namespace"], data["MetricName"], dimensions, statistic, period, unit, account)


def _query(data: Mapping[str, Any]) -> Series | str:
    """A series, or the expression that combines others."""
    stat = data.get("MetricStat")
    if stat is None:
        expression: str = data["Expression"]
        return _insight(expression, data.get("Period")) or expression
    return _series(stat["Metric"], stat["Stat"], stat["Period"], stat.get("Unit", ""), data.get("AccountId", ""))


def _insight(expression: str, period: int | None) -> Series | None:
    """The series of a Metrics Insights query; None if it is not such a query, or cannot be read here."""
    match = QUERY.fullmatch(expression) if len(expression) <= LONGEST_QUERY else None
    if match is None:
        return None
    function, metric, of_schema, labels, namespace, where, grouped, limited = match.groups()
    parts = [CONDITION.fullmatch(part) for part in AND.split(where)] if where else []
    if function.upper() not in STATISTICS or None in parts or (grouped and limited):
        return None
    found = [part.groups() for part in parts if part is not None]
    required = {label: value for label, sign, value in found if sign == "="}
    excluded = {(label, value) for label, sign, value in found if sign == "!="}
    contradictory = [label for label, sign, value in found if sign == "=" and required[label] != value]
    tags = [label for label, _, _ in found if "." in label and label != ACCOUNT]
    if contradictory or tags or [label for label, _ in excluded if label == ACCOUNT]:
        return None
    account = required.pop(ACCOUNT, "")
    dimensions = dict.fromkeys([*re.findall(r"\w+", labels or ""), *(label for label, _ in excluded)], ANY) | required
    statistic, exact = STATISTICS[function.upper()], of_schema is not None
    return Series(of_schema or namespace, metric, dimensions, statistic, period, "", account, exact, excluded)


class _Composites:
    """Composite alarms, and what they do when other alarms fire."""

    def __init__(self, described: Sequence[Mapping[str, Any]], alarms: Sequence[Alarm]) -> None:
        self._firing: dict[frozenset[Any], set[str]] = {}
        for one in alarms:
            self._firing.setdefault(one.sources, set()).update((one.name, one.arn))
        self._all = described
        self._by_name = {name: one for one in described for name in (one["AlarmName"], one["AlarmArn"])}

    def above(self, alarm: Alarm) -> Alarm:
        """The alarm, with the actions of the composite alarms that begin to fire when it does together with all alarms
        that watch the same, and no other does."""
        mentioned = re.compile(rf"(?<![\w-]){re.escape(alarm.name)}(?![\w-])")
        before, after = _States(self._by_name, ()), _States(self._by_name, self._firing[alarm.sources])
        telling: list[str] = []
        unread: list[str] = []
        for one in self._all:
            try:
                begins = after.is_in_alarm(one["AlarmName"]) and not before.is_in_alarm(one["AlarmName"])
                suppressor = one.get("ActionsSuppressor")
                silent = not one["ActionsEnabled"] or (suppressor is not None and after.is_in_alarm(suppressor))
            except (ValueError, RecursionError):
                if mentioned.search(one["AlarmRule"]):
                    unread.append(one["AlarmName"])
                continue
            if begins and not silent:
                telling += one.get("AlarmActions", ())
        own = alarm.actions if alarm.actions_enabled else ()
        if not telling:
            return replace(alarm, unread=tuple(unread)) if unread else alarm
        return replace(alarm, actions=tuple(dict.fromkeys((*own, *telling))), actions_enabled=True)


class _States:
    """The states of composite alarms while some metric alarms fire and all others are OK."""

    def __init__(self, composites: Mapping[str, Mapping[str, Any]], firing: Collection[str]) -> None:
        """`composites` and `firing` are by name and by ARN."""
        self._composites = composites
        self._firing = firing
        self._known: dict[str, bool | None] = {}

    def is_in_alarm(self, name: str) -> bool:
        """Whether an alarm fires then.

        Raises:
            ValueError: its rule, or that of a composite alarm in it, cannot be read here.
        """
        composite = self._composites.get(name)
        if composite is None:
            return name in self._firing
        if name not in self._known:
            self._known[name] = None
            self._known[name] = _fires(composite["AlarmRule"], self.is_in_alarm)
        known = self._known[name]
        if known is None:
            raise ValueError("its rule watches itself, or cannot be read")
        return known


def _fires(rule: str, is_in_alarm: Callable[[str], bool]) -> bool:
    """Whether a composite alarm with this rule fires. The rule is parsed as Python, which has the same operators.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html

    Args:
        is_in_alarm: whether the alarm with a name or an ARN is in the state ALARM; all others are in the state OK.

    Raises:
        ValueError: the rule cannot be read here.
    """
    try:
        return _holds(ast.parse(" ".join(_tokens(rule, is_in_alarm)), mode="eval").body)
    except (SyntaxError, MemoryError) as error:  # MemoryError: its parts are nested too deep
        raise ValueError("the rule cannot be read") from error


def _holds(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=bool() as truth):
            return truth
        case ast.BoolOp(op=sign, values=parts):
            truths = [_holds(part) for part in parts]
            return all(truths) if isinstance(sign, ast.And) else any(truths)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return not _holds(part)
    raise ValueError("the rule cannot be read")


def _tokens(text: str, is_in_alarm: Callable[[str], bool]) -> Iterable[str]:
    """The words of a rule as Python has them, with each state of an alarm as True or False."""
    place = 0
    text = text.strip()
    while place < len(text):
        match = RULE_TOKEN.match(text, place)
        if match is None:
            raise ValueError("the rule cannot be read")
        place = match.end()
        state, quoted, plain, word, parenthesis = match.groups()
        if state is None:
            yield parenthesis or (word.capitalize() if word.upper() in ("TRUE", "FALSE") else word.lower())
            continue
        name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain.strip()
        yield str(state.upper() == ("ALARM" if is_in_alarm(name) else "OK"))
