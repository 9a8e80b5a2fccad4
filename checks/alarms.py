"""CloudWatch alarms: whether one would fire, and notify somebody, when the table is in trouble."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, NoReturn

from checks.facts.alarms import ABOVE, ABOVE_A_BAND, ANY, BELOW, BELOW_A_BAND, Alarm, Series, alarms_of
from checks.facts.metrics import BY_INDEX, BY_OPERATION, BY_TABLE, METRICS, NAMESPACE, in_words
from checks.facts.tables import GUIDE, NAME, Table, account_of, listed
from harness.checking.check import Failed, Passed, Undetermined, check
from harness.checking.parameters import Schema, schema_of
from harness.targets.embedded.alarm_refusals import MOST_METRICS

SHORTEST_PERIOD_SECONDS = 60
ALARMS_SHOWN = 5
STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
PERCENTILE = re.compile(r"(p|tm|tc|ts|wm)\d.*|(TM|TC|TS|WM|PR)\(.*\)|IQM")
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"""

EVERY_OPERATION = (
    *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
    *("BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"),
)
Operation = Annotated[str, Schema(enum=[*EVERY_OPERATION])]

Dimensions = Mapping[str, str]

SEARCHING = re.compile(r"\b(SELECT|SEARCH)\b", re.IGNORECASE)
"""Expressions that name metrics, instead of using them by their ids."""

MATCHER = re.compile(r"[=!]~|!=")
"""What in a PromQL query can match metrics that the query does not name.
https://prometheus.io/docs/prometheus/latest/querying/basics/"""

ALL = "all"
Indexes = Annotated[
    str | Sequence[str],
    Schema(
        **schema_of(Sequence[Annotated[str, NAME]])
        | {"title": f"`{ALL}`, or a list of names of indexes", "type": ["string", "array"], "pattern": f"^{ALL}$"}
    ),
]
Threshold = Annotated[float, Schema(minimum=0)]
Seconds = Annotated[int, Schema(minimum=SHORTEST_PERIOD_SECONDS)]
Action = Literal["any", "sns"]


def _metrics(dimensions: frozenset[str]) -> Schema:
    return Schema(enum=sorted(name for name, metric in METRICS.items() if dimensions in metric.dimensions))


MetricOfTable = Annotated[str, _metrics(BY_TABLE)]
MetricOfIndex = Annotated[str, _metrics(BY_INDEX)]
MetricOfOperation = Annotated[str, _metrics(BY_OPERATION)]
ACTIONS = ("cloudwatch:DescribeAlarms", "sns:ListSubscriptionsByTopic")


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why an alarm is not the wanted one. `unknown`: this version cannot read that part of it."""

    text: str
    unknown: bool = False


@check(
    "alarms.table",
    example={"metric": "ReadThrottleEvents", "indexes": ALL, "action": "sns"},
    actions=ACTIONS,
    source=f"{GUIDE}creating-alarms.html",
)
def table_alarm(
    table: Table,
    metric: MetricOfTable,
    indexes: Indexes = (),
    maximum_threshold: Threshold | None = None,
    window_seconds: Seconds | None = None,
    within_seconds: Seconds | None = None,
    action: Action = "any",
    subscribed: bool = False,
) -> Passed:
    """An alarm on a metric of the table can really fire, and notifies somebody.

    With `indexes`, these global secondary indexes need one too (`all`: every one that the table has), if the metric
    exists for indexes: the table's own metric does not include them. With `window_seconds`, the alarm must fire if more
    than `maximum_threshold` comes within that time, at once or spread over it. `within_seconds` is how long trouble may
    last before the alarm fires. `action` is what must happen then: `sns` is a topic that exists, with a subscription if
    `subscribed`. The alarm's state and its treatment of missing data do not matter, because DynamoDB sends the metrics
    only if there is something to count.
    """
    wanted = [{"TableName": table.name}]
    if indexes and BY_INDEX in METRICS[metric].dimensions:
        names = _index_names(table, indexes)
        wanted += [{"TableName": table.name, "GlobalSecondaryIndexName": name} for name in names]
    limits = Limits(maximum_threshold, window_seconds, within_seconds)
    return _Judge(table, table.arn, metric, limits, action, subscribed).evidence(wanted)


@check(
    "alarms.index",
    example={"index": "by-status", "metric": "ReadThrottleEvents", "action": "sns"},
    actions=ACTIONS,
    source=f"{GUIDE}creating-alarms.html",
)
def index_alarm(
    table: Table,
    index: Annotated[str, NAME],
    metric: MetricOfIndex,
    maximum_threshold: Threshold | None = None,
    window_seconds: Seconds | None = None,
    within_seconds: Seconds | None = None,
    action: Action = "any",
    subscribed: bool = False,
) -> Passed:
    """An alarm on a metric of one global secondary index can really fire, and notifies somebody.

    The other parameters have the same meaning as in `alarms.table`.
    """
    [name] = _index_names(table, [index])
    limits = Limits(maximum_threshold, window_seconds, within_seconds)
    judge = _Judge(table, table.arn, metric, limits, action, subscribed)
    return judge.evidence([{"TableName": table.name, "GlobalSecondaryIndexName": name}])


@check(
    "alarms.operations",
    example={"metric": "SystemErrors", "operations": ["GetItem"], "action": "sns"},
    actions=ACTIONS,
    source=f"{GUIDE}creating-alarms.html",
)
def operations_alarm(
    table: Table,
    metric: MetricOfOperation,
    operations: Sequence[Operation] = EVERY_OPERATION,
    maximum_threshold: Threshold | None = None,
    window_seconds: Seconds | None = None,
    within_seconds: Seconds | None = None,
    action: Action = "any",
    subscribed: bool = False,
) -> Passed:
    """Alarms on a metric that exists only per operation can really fire, and notify somebody.

    Each of the operations (by default all of a table's) must be watched, by an alarm of its own or by one alarm with
    metric math. An alarm on the table alone never gets data.
    """
    wanted = [{"TableName": table.name, "Operation": operation} for operation in operations]
    limits = Limits(maximum_threshold, window_seconds, within_seconds)
    return _Judge(table, table.arn, metric, limits, action, subscribed).evidence(wanted)


def _index_names(table: Table, wanted: str | Sequence[str]) -> list[str]:
    """The names of the indexes that need an alarm, without those that are being deleted. Raises if the table lacks one
    of them."""
    every = table.settled("indexes").get("GlobalSecondaryIndexes", [])
    names = [one["IndexName"] for one in every if one.get("IndexStatus") != "DELETING"]
    if wanted == ALL:
        return names
    if missing := [name for name in wanted if name not in names]:
        message = f"The table has no global index {' and no '.join(missing)} to watch."
        remedy = "Create it with UpdateTable, with exactly this name; then make its alarm."
        raise Failed(message, expected=f"the global indexes {listed(wanted)}", actual=listed(names), remedy=remedy)
    return list(wanted)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may come before an alarm fires, and how long that may take. `maximum_threshold` is a number of events,
    counted within `window_seconds` if that is given, and otherwise in each period."""

    maximum_threshold: float | None
    window_seconds: int | None
    within_seconds: int | None

    def least(self, periods: Iterable[int]) -> float | None:
        """The least that comes in the fullest period of these lengths, in seconds, if more comes than is allowed; None
        if the lab requires no threshold."""
        if self.maximum_threshold is None or self.window_seconds is None:
            return None if self.maximum_threshold is None else self.maximum_threshold + 1
        return math.ceil((math.floor(self.maximum_threshold) + 1) / math.ceil(self.window_seconds / min(periods)))

    def problem(self, period: int, datapoints: int) -> str | None:
        """Why an alarm with periods of that many seconds, of which that many must be bad, fires too late or never."""
        if self.window_seconds is not None and period > self.window_seconds:
            return f"its period is {period} s, longer than the {self.window_seconds} s that count"
        if self.window_seconds is not None and datapoints > 1:
            return f"it waits for {datapoints} bad periods, and all the trouble of {self.window_seconds} s may be in one of them"
        if self.within_seconds is not None and period * datapoints > self.within_seconds:
            duration = f"{datapoints} x {period} s"
            return f"it fires after {duration} of trouble, later than the {self.within_seconds} s that are allowed"
        return None

    def __str__(self) -> str:
        """`threshold at most 5 within 300 s, fires within 900 s`; empty if everything is allowed."""
        window = "" if self.window_seconds is None else f" within {self.window_seconds} s"
        parts = [] if self.maximum_threshold is None else [f"threshold at most {self.maximum_threshold:g}{window}"]
        if self.maximum_threshold is None and window:
            parts.append(f"one period of at most {self.window_seconds} s")
        if self.within_seconds is not None:
            parts.append(f"fires within {self.within_seconds} s")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class _Judge:
    """What an alarm must be like, whatever dimensions it must watch."""

    table: Table
    table_arn: str
    metric: str
    limits: Limits
    action: str
    subscribed: bool
    topics: dict[str, str | None] = field(default_factory=dict)
    """What is wrong with each topic that was checked."""

    def evidence(self, wanted: Sequence[Dimensions]) -> Passed:
        """The alarms that watch the metric with all these sets of dimensions. Raises if one is missing."""
        kinds = ["MetricAlarm", "CompositeAlarm"]
        alarms = list(alarms_of(self.table.account.read("cloudwatch", "DescribeAlarms", AlarmTypes=kinds)))
        watching = [(one, self._alarm_for(one, alarms)) for one in wanted]
        found = {alarm.arn: alarm for _, alarm in watching if alarm is not None}
        if unwatched := [dimensions for dimensions, alarm in watching if alarm is None]:
            self._refuse(unwatched, found, alarms)
        names = listed(alarm.name for alarm in found.values())
        actual = " | ".join(map(str, found.values()))
        return Passed(f"{self.metric} is watched by {names}.", actual=actual, resource=next(iter(found)))

    def _alarm_for(self, dimensions: Dimensions, alarms: Sequence[Alarm]) -> Alarm | None:
        """The alarm that watches the metric with these dimensions."""
        near = (one for one in alarms if self._fitting(one, dimensions))
        return next((one for one in near if not [*self._problems(one, dimensions)]), None)

    def _refuse(
        self, unwatched: Sequence[Dimensions], needed: Mapping[str, Alarm], alarms: Sequence[Alarm]
    ) -> NoReturn:
        """Raises with what is wrong with the closest alarm, or Undetermined if that cannot be decided.

        Args:
            unwatched: the sets of dimensions that no alarm watches. The message is about the first, and lists the
            others. needed: the alarms that watch other required dimensions, by ARN.
        """
        dimensions = unwatched[0]
        free = [one for one in alarms if one.arn not in needed or _is_math(one)]
        judged = [(alarm, list(self._problems(alarm, dimensions))) for alarm in free]
        expected = self._expected(dimensions)
        if len(unwatched) > 1:
            expected += f"; and the same for {_lasts(unwatched[1:])}"
        for alarm, problems in judged:
            if not [problem for problem in problems if not problem.unknown]:
                message = f"The alarm {alarm.name}: {'; '.join(problem.text for problem in problems)}."
                raise Undetermined(message, expected=expected, actual=str(alarm), resource=alarm.arn)
        related = [pair for pair in judged if _related(pair[0], self.metric, dimensions)]
        related.sort(key=lambda pair: (_distance(pair[0], self.metric, dimensions), len(pair[1])))
        closest = related[0] if related else None
        if closest is None or not self._fitting(closest[0], dimensions):
            self._refuse_incomplete(unwatched, list(needed.values()), expected)
        if closest is None:
            self._refuse_missing(dimensions, list(needed.values()), alarms, expected)
        alarm, problems = closest
        texts = "; ".join(problem.text for problem in problems if not problem.unknown)
        raise Failed(
            f"No alarm watches {self.metric} of {_of(dimensions)} as it should. The closest is {alarm.name}: {texts}.",
            expected=expected,
            actual=str(alarm),
            resource=alarm.arn,
            remedy="Change it with PutMetricAlarm, which replaces all of its settings: give it everything that is expected, "
            "with exactly these dimensions.",
        )

    def _refuse_incomplete(self, unwatched: Sequence[Dimensions], needed: Sequence[Alarm], expected: str) -> None:
        """Raises if an alarm with metric math watches the metric with other dimensions, and leaves these out."""
        alarm = next((one for one in needed if _is_math(one)), None)
        if alarm is None:
            return
        of = [one.dimensions for one in alarm.series.values() if one.metric == self.metric and one.dimensions]
        it, each = ("it", "it") if len(unwatched) == 1 else ("them", "each")
        raise Failed(
            f"{self.metric} of {_lasts(unwatched)} is not watched: the metric math of the alarm {alarm.name} leaves {it} out.",
            expected=expected,
            actual=f"{alarm.name} watches {_lasts(of)}",
            resource=alarm.arn,
            remedy=f"Add {each} to the metric math of {alarm.name} with PutMetricAlarm, which replaces all of its settings: "
            "a MetricStat with exactly these dimensions, whose Id the expression uses. "
            f"AWS allows {MOST_METRICS} metrics in an alarm; for more you need another alarm.",
        )

    def _refuse_missing(
        self, dimensions: Dimensions, needed: Sequence[Alarm], alarms: Sequence[Alarm], expected: str
    ) -> NoReturn:
        """Raises, because no alarm could have been meant."""
        near = [one for one in alarms if _is_near(one, self.metric, dimensions)]
        told = ""
        if busy := next((one for one in near if one in needed), None):
            told = f" {busy.name} is needed for other dimensions, and {self._mismatch(busy, dimensions).text}."
        raise Failed(
            f"No alarm watches {self.metric} of {_of(dimensions)}.{told}",
            expected=expected,
            actual=" | ".join(one.looks_at for one in near[:ALARMS_SHOWN]) or "no alarm on this metric or table",
            remedy="Make one with PutMetricAlarm, with a name of its own and exactly these dimensions: CloudWatch does not "
            "add up metrics.",
        )

    def _expected(self, dimensions: Dimensions) -> str:
        statistics = "/".join(sorted(METRICS[self.metric].statistics, reverse=True))
        parts = [str(Series(NAMESPACE, self.metric, dimensions, statistics, None)), f"{' or '.join(ABOVE)} a threshold"]
        parts += [str(self.limits)] if str(self.limits) else []
        topic = f"an existing SNS topic{' with a subscription' if self.subscribed else ''}"
        parts.append(f"action: {topic if self.action == 'sns' else 'any'}")
        return ", ".join(parts)

    def _problems(self, alarm: Alarm, dimensions: Dimensions) -> Iterator[_Problem]:
        """Why an alarm does not watch the metric with these dimensions. What needs a read comes last."""
        fitting = self._fitting(alarm, dimensions)
        if not fitting:
            mismatch = self._mismatch(alarm, dimensions)
            yield mismatch
            if not mismatch.unknown:
                return
        for reason in alarm.refused[:1]:
            yield _Problem(f"AWS refuses this alarm: {reason.removesuffix('.')}")
        for series in fitting.values():
            yield from self._problems_of_series(series, alarm.datapoints)
        if fitting:
            yield from self._problems_of_comparison(alarm, fitting)
        yield from self._problems_of_actions(alarm)

    def _problems_of_actions(self, alarm: Alarm) -> Iterator[_Problem]:
        if alarm.unread and not alarm.actions:
            yield _Problem(f"the rule of the composite alarm {listed(alarm.unread)} is not understood", unknown=True)
        elif not alarm.actions:
            yield _Problem("it has no action, so it notifies nobody")
        elif not alarm.actions_enabled:
            yield _Problem("its actions are disabled")
        elif self.action == "sns":
            topics = [arn for arn in alarm.actions if arn.split(":")[2:3] == ["sns"]]
            problems = [self._problem_of_topic(arn) for arn in topics]
            if not topics:
                yield _Problem(f"none of its actions is an SNS topic: {listed(alarm.actions)}")
            elif None not in problems:
                yield _Problem("; ".join(problem for problem in problems if problem is not None))

    def _fits(self, series: Series, dimensions: Dimensions) -> bool:
        return (
            (series.namespace, series.metric) == (NAMESPACE, self.metric)
            and set(series.dimensions) <= set(dimensions)
            and (not series.exact or len(series.dimensions) == len(dimensions))
            and not [name for name, value in series.dimensions.items() if value not in (ANY, dimensions[name])]
            and not [name for name, value in series.excluded if dimensions.get(name) == value]
            and series.account in ("", account_of(self.table_arn))
        )

    def _fitting(self, alarm: Alarm, dimensions: Dimensions) -> dict[str, Series]:
        return {name: one for name, one in alarm.series.items() if self._fits(one, dimensions)}

    def _problems_of_series(self, series: Series, datapoints: int | None) -> Iterator[_Problem]:
        metric = METRICS[self.metric]
        percentile = series.statistic not in STATISTICS
        if percentile and not PERCENTILE.fullmatch(series.statistic):
            yield _Problem(f"this version does not know its statistic {series.statistic}", unknown=True)
        elif series.statistic not in metric.statistics and (not percentile or "Average" not in metric.statistics):
            take = " or ".join(sorted(metric.statistics, reverse=True))
            yield _Problem(f"its statistic is {series.statistic}, which does not say how many there were (use {take})")
        if series.unit not in ("", metric.unit):
            yield _Problem(f"its unit {series.unit} never gets data: {self.metric} comes in {metric.unit}")
        period = series.period
        if period is None:
            yield _Problem("its period is unknown", unknown=True)
            return
        if period < SHORTEST_PERIOD_SECONDS:
            yield _Problem(f"its period is {period} s, and DynamoDB sends its metrics once a minute")
        if datapoints is None:
            yield _Problem("its number of periods is unknown", unknown=True)
        elif (problem := self.limits.problem(period, datapoints)) is not None:
            yield _Problem(problem)

    def _problems_of_comparison(self, alarm: Alarm, fitting: Mapping[str, Series]) -> Iterator[_Problem]:
        if alarm.comparison not in (*ABOVE, *BELOW, *ABOVE_A_BAND, *BELOW_A_BAND):
            yield _Problem(f"this version does not know its comparison {alarm.comparison}", unknown=True)
            return
        if alarm.comparison in (*ABOVE_A_BAND, *BELOW_A_BAND):
            of = alarm.band_of()
            if of is None:
                band = alarm.band or "(none)"
                yield _Problem(f"its ThresholdMetricId {band} is not an ANOMALY_DETECTION_BAND of the alarm")
                return
            if of not in alarm.watched:
                yield _Problem(f"its anomaly band is for {of}, which the alarm does not compare with it", unknown=True)
            if self.limits.maximum_threshold is not None:
                yield _Problem("the height of its anomaly band is unknown", unknown=True)
        limit = self.limits.maximum_threshold
        least = self.limits.least(one.period or SHORTEST_PERIOD_SECONDS for one in fitting.values())
        try:
            if not alarm.decisive & set(fitting):
                yield _Problem("it fetches the metric, but its expression leaves it out: add it to the metric math")
            elif not alarm.fires(fitting):
                upwards = alarm.comparison in (*ABOVE, *ABOVE_A_BAND)
                why = "look at its threshold and its metric math" if upwards else f"it compares with {alarm.comparison}"
                yield _Problem(f"it never fires, however high the value is: {why}")
            elif limit is not None and least is not None and not alarm.fires_at(fitting, least):
                plain = alarm.values(fitting, least) == [least]
                yield _Problem(
                    f"more than {limit:g} in {self.limits.window_seconds} s may be just {least:g} in one of its periods, at "
                    "which it does not fire: choose a period as long as that time, or a lower threshold"
                    if least <= limit
                    else f"its threshold is {alarm.threshold:g}, above {limit:g}"
                    if plain
                    else f"it does not fire at every value above {limit:g}: look at its threshold and its metric math"
                )
        except ValueError:
            yield _Problem("this version does not support its metric math", unknown=True)

    def _problem_of_topic(self, arn: str) -> str | None:
        if arn not in self.topics:
            answer = self.table.account.find("sns", "ListSubscriptionsByTopic", TopicArn=arn)
            told = [] if answer is None else [one["SubscriptionArn"] for one in answer["Subscriptions"]]
            fine = answer is not None and (not self.subscribed or bool({*told} - {"Deleted"}))
            lacking = "does not exist" if answer is None else "has no subscription"
            self.topics[arn] = None if fine else f"the topic {arn} {lacking}"
        return self.topics[arn]

    def _mismatch(self, alarm: Alarm, dimensions: Dimensions) -> _Problem:
        """Why none of an alarm's series is the wanted one; about the closest of them."""
        if queries := _queries(alarm, self.metric):
            return _Problem(f"its query is not understood: {queries[0]}", unknown=True)
        if alarm.untold:
            return _Problem(alarm.untold, unknown=True)
        if not alarm.series:
            return _Problem("this version cannot read which metric it watches")
        series = min(alarm.series.values(), key=lambda one: _difference(one, self.metric, dimensions))
        return _Problem(_difference_in_words(series, self.metric, dimensions))


def _is_math(alarm: Alarm) -> bool:
    """Whether an alarm combines metrics with metric math."""
    return len(alarm.series) > 1 or bool(alarm.expressions)


def _of(dimensions: Dimensions) -> str:
    """`TableName music, Operation GetItem`."""
    return ", ".join(f"{name} {value}" for name, value in dimensions.items())


def _lasts(sets: Iterable[Dimensions]) -> str:
    """`TableName music, Operation GetItem, Query`: how sets of dimensions differ from others that must be watched."""
    values: dict[str, list[str]] = {}
    for dimensions in sets:
        name, value = list(dimensions.items())[-1]
        values.setdefault(name, []).append(value)
    return listed(f"{name} {listed(dict.fromkeys(found))}" for name, found in values.items())


def _queries(alarm: Alarm, metric: str) -> list[str]:
    """The queries of an alarm that may use the metric, although this version cannot read what they watch."""
    found = [one for one in alarm.expressions.values() if SEARCHING.search(one) and metric in one]
    return [*found, alarm.promql] if metric in alarm.promql or MATCHER.search(alarm.promql) else found


def _difference_in_words(series: Series, metric: str, dimensions: Dimensions) -> str:
    if series.namespace != NAMESPACE:
        return f"it watches the namespace {series.namespace}, not {NAMESPACE}"
    known = METRICS.get(series.metric)
    if known is None:
        return f"DynamoDB has no metric {series.metric} that this version knows"
    if series.exact and frozenset(series.dimensions) not in known.dimensions:
        exists = " or ".join(in_words(one) for one in known.dimensions)
        return f"it never gets data: {series.metric} exists only {exists}, not {in_words(frozenset(series.dimensions))}"
    if series.metric != metric:
        return f"it watches {series.metric}, not {metric}"
    if missing := sorted(set(dimensions) - set(series.dimensions)):
        return f"it lacks the dimension {' and '.join(missing)}, so it watches something else"
    if more := sorted(set(series.dimensions) - set(dimensions)):
        return f"it also has the dimension {' and '.join(more)}, so it watches something else"
    differing = [name for name, value in series.dimensions.items() if value not in (ANY, dimensions[name])]
    if differing:
        return "; ".join(f"it watches the {one} {series.dimensions[one]}, not {dimensions[one]}" for one in differing)
    if left_out := [f"{name} {value}" for name, value in series.excluded if dimensions.get(name) == value]:
        return f"its query leaves out the {' and '.join(left_out)}"
    return f"it watches the account {series.account}"


def _difference(series: Series, metric: str, dimensions: Dimensions) -> int:
    """How far a series is from the wanted one."""
    differing = [name for name, value in series.dimensions.items() if value not in (ANY, dimensions.get(name))]
    named = 4 * (series.namespace != NAMESPACE) + 8 * (series.metric != metric)
    others = 2 * len(set(series.dimensions) ^ set(dimensions)) + len(differing)
    return named + others + 2 * ("TableName" in differing)


def _distance(alarm: Alarm, metric: str, dimensions: Dimensions) -> int:
    """How far an alarm is from the wanted one. An alarm whose query names the metric is the closest."""
    if _queries(alarm, metric):
        return 0
    return min((_difference(one, metric, dimensions) for one in alarm.series.values()), default=99)


def _related(alarm: Alarm, metric: str, dimensions: Dimensions) -> bool:
    """Whether an alarm may have been meant: its metric is right, or it is about the table, if only in its name. An
    alarm that watches another metric correctly is meant for that metric."""
    table = dimensions["TableName"]
    series = list(alarm.series.values())
    if _queries(alarm, metric) or metric in [one.metric for one in series]:
        return True
    named = table in alarm.name or bool([one for one in series if table in one.dimensions.values()])
    return named and not [one for one in series if _is_sound(one)]


def _is_near(alarm: Alarm, metric: str, dimensions: Dimensions) -> bool:
    """Whether an alarm watches the metric, or the table."""
    series, table = alarm.series.values(), dimensions["TableName"]
    return bool([one for one in series if one.metric == metric or one.dimensions.get("TableName") == table])


def _is_sound(series: Series) -> bool:
    """Whether DynamoDB sends such a series for a table or a part of it."""
    known = METRICS.get(series.metric)
    of_table = known is not None and bool(series.dimensions) and frozenset(series.dimensions) in known.dimensions
    return of_table and series.namespace == NAMESPACE
