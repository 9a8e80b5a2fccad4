"""CloudWatch alarms: whether one would fire, and tell somebody, when the table is in trouble."""

from __future__ import annotations

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
"""Expressions that name metrics, instead of speaking of them by their ids."""

MATCHER = re.compile(r"[=!]~|!=")
"""What in a PromQL query matches metrics that it does not name.
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
MetricOfOperation = Annotated[str, _metrics(BY_OPERATION)]
ACTIONS = ("cloudwatch:DescribeAlarms", "sns:ListSubscriptionsByTopic")


@dataclass(frozen=True, slots=True)
class _Problem:
    """What keeps an alarm from being the wanted one. `unknown`: it is something that this version cannot read."""

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
    within_seconds: Seconds | None = None,
    action: Action = "any",
    subscribed: bool = False,
) -> Passed:
    """An alarm on a metric of the table can really fire, and tells somebody.

    With `indexes`, these global secondary indexes need one too, or all that the table has, where the metric exists by
    index: the table's own leaves them out. `within_seconds` is how long trouble may last before it fires. `action` is
    what must happen then: `sns` is a topic that exists, with a subscription if `subscribed`. Neither the alarm's state
    nor its treatment of missing data matters: the metrics come only when there is something to count.
    """
    wanted = [{"TableName": table.name}]
    if indexes and BY_INDEX in METRICS[metric].dimensions:
        names = _index_names(table, indexes)
        wanted += [{"TableName": table.name, "GlobalSecondaryIndexName": name} for name in names]
    return _Judge(table, table.arn, metric, maximum_threshold, within_seconds, action, subscribed).evidence(wanted)


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
    within_seconds: Seconds | None = None,
    action: Action = "any",
    subscribed: bool = False,
) -> Passed:
    """Alarms on a metric that exists only by operation can really fire, and tell somebody.

    Each of the operations (by default all of a table's) must be watched, by an alarm of its own or by the metric math
    of one: an alarm on the table alone never gets data.
    """
    wanted = [{"TableName": table.name, "Operation": operation} for operation in operations]
    return _Judge(table, table.arn, metric, maximum_threshold, within_seconds, action, subscribed).evidence(wanted)


def _index_names(table: Table, wanted: str | Sequence[str]) -> list[str]:
    """The names of the indexes that need an alarm; raises where the table lacks one. What is being deleted is not there
    any more."""
    every = table.settled("indexes").get("GlobalSecondaryIndexes", [])
    names = [one["IndexName"] for one in every if one.get("IndexStatus") != "DELETING"]
    if wanted == ALL:
        return names
    if missing := [name for name in wanted if name not in names]:
        message = f"The table has no global index {' and no '.join(missing)} that could be watched."
        remedy = "Create it with UpdateTable, under exactly this name; then make its alarm."
        raise Failed(message, expected=f"the global indexes {listed(wanted)}", actual=listed(names), remedy=remedy)
    return list(wanted)


@dataclass(frozen=True, slots=True)
class _Judge:
    """What an alarm must be, whatever the dimensions are that it must watch."""

    table: Table
    table_arn: str
    metric: str
    maximum_threshold: float | None
    within_seconds: int | None
    action: str
    subscribed: bool
    topics: dict[str, str | None] = field(default_factory=dict)
    """What is wrong with each topic that was looked at."""

    def evidence(self, wanted: Sequence[Dimensions]) -> Passed:
        """The alarms that watch the metric by all these sets of dimensions; raises when one is missing."""
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
        """The alarm that watches the metric by these dimensions."""
        near = (one for one in alarms if self._fitting(one, dimensions))
        return next((one for one in near if not [*self._problems(one, dimensions)]), None)

    def _refuse(
        self, unwatched: Sequence[Dimensions], needed: Mapping[str, Alarm], alarms: Sequence[Alarm]
    ) -> NoReturn:
        """Raises what is wrong with the alarm that comes nearest, or that nothing can be said of one.

        Args:
            unwatched: the sets of dimensions that no alarm watches. The first is told of, the others are listed.
            needed: the alarms that watch what else must be watched, by ARN.
        """
        dimensions = unwatched[0]
        free = [one for one in alarms if one.arn not in needed or _is_math(one)]
        judged = [(alarm, list(self._problems(alarm, dimensions))) for alarm in free]
        expected = self._expected(dimensions)
        if len(unwatched) > 1:
            expected += f"; and the same of {_lasts(unwatched[1:])}"
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
            remedy="Change it with PutMetricAlarm, which replaces all of its settings: it needs all of what is expected, on "
            "exactly these dimensions.",
        )

    def _refuse_incomplete(self, unwatched: Sequence[Dimensions], needed: Sequence[Alarm], expected: str) -> None:
        """Raises where the metric math of an alarm watches the metric of other dimensions, and leaves these out."""
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
            "a MetricStat on exactly these dimensions, whose Id the expression takes in. "
            f"AWS allows {MOST_METRICS} metrics in an alarm; what goes beyond that needs another alarm.",
        )

    def _refuse_missing(
        self, dimensions: Dimensions, needed: Sequence[Alarm], alarms: Sequence[Alarm], expected: str
    ) -> NoReturn:
        """Raises that there is no alarm that could have been meant."""
        near = [one for one in alarms if _is_near(one, self.metric, dimensions)]
        told = ""
        if busy := next((one for one in near if one in needed), None):
            told = f" {busy.name} is needed for what it watches, and {self._mismatch(busy, dimensions).text}."
        raise Failed(
            f"No alarm watches {self.metric} of {_of(dimensions)}.{told}",
            expected=expected,
            actual=" | ".join(one.looks_at for one in near[:ALARMS_SHOWN]) or "no alarm on this metric or table",
            remedy="Make one with PutMetricAlarm, under a name of its own, on exactly these dimensions: CloudWatch adds "
            "nothing up.",
        )

    def _expected(self, dimensions: Dimensions) -> str:
        statistics = "/".join(sorted(METRICS[self.metric].statistics, reverse=True))
        parts = [str(Series(NAMESPACE, self.metric, dimensions, statistics, None)), f"{' or '.join(ABOVE)} a threshold"]
        if self.maximum_threshold is not None:
            parts.append(f"threshold at most {self.maximum_threshold:g}")
        if self.within_seconds is not None:
            parts.append(f"fires within {self.within_seconds} s")
        topic = f"an existing SNS topic{' with a subscription' if self.subscribed else ''}"
        parts.append(f"action: {topic if self.action == 'sns' else 'any'}")
        return ", ".join(parts)

    def _problems(self, alarm: Alarm, dimensions: Dimensions) -> Iterator[_Problem]:
        """What keeps an alarm from watching the metric by these dimensions. What costs a read comes last."""
        fitting = self._fitting(alarm, dimensions)
        if not fitting:
            mismatch = self._mismatch(alarm, dimensions)
            yield mismatch
            if not mismatch.unknown:
                return
        for reason in alarm.refused[:1]:
            yield _Problem(f"AWS refuses such an alarm: {reason.removesuffix('.')}")
        for series in fitting.values():
            yield from self._problems_of_series(series, alarm.datapoints)
        if fitting:
            yield from self._problems_of_comparison(alarm, fitting)
        yield from self._problems_of_actions(alarm)

    def _problems_of_actions(self, alarm: Alarm) -> Iterator[_Problem]:
        if alarm.unread and not alarm.actions:
            yield _Problem(f"the rule of the composite alarm {listed(alarm.unread)} is not understood", unknown=True)
        elif not alarm.actions:
            yield _Problem("it has no action, so nobody is told")
        elif not alarm.actions_enabled:
            yield _Problem("its actions are switched off")
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
            yield _Problem(f"its statistic {series.statistic} is not known to this version", unknown=True)
        elif series.statistic not in metric.statistics and (not percentile or "Average" not in metric.statistics):
            take = " or ".join(sorted(metric.statistics, reverse=True))
            yield _Problem(
                f"its statistic is {series.statistic}, which says nothing of how many there were (take {take})"
            )
        if series.unit not in ("", metric.unit):
            yield _Problem(f"never emitted in its unit {series.unit}: {self.metric} comes in {metric.unit}")
        period = series.period
        if period is None:
            yield _Problem("its period is not told", unknown=True)
            return
        if period < SHORTEST_PERIOD_SECONDS:
            yield _Problem(f"its period is {period} s, and DynamoDB sends its metrics once a minute")
        if datapoints is None:
            yield _Problem("its number of periods is not told", unknown=True)
        elif self.within_seconds is not None and period * datapoints > self.within_seconds:
            late = f"later than the {self.within_seconds} s that are allowed"
            yield _Problem(f"it fires after {datapoints} x {period} s of trouble, {late}")

    def _problems_of_comparison(self, alarm: Alarm, fitting: Mapping[str, Series]) -> Iterator[_Problem]:
        if alarm.comparison not in (*ABOVE, *BELOW, *ABOVE_A_BAND, *BELOW_A_BAND):
            yield _Problem(f"its comparison {alarm.comparison} is not known to this version", unknown=True)
            return
        if alarm.comparison in (*ABOVE_A_BAND, *BELOW_A_BAND):
            of = alarm.band_of()
            if of is None:
                band = alarm.band or "(none)"
                yield _Problem(f"its ThresholdMetricId {band} is no ANOMALY_DETECTION_BAND of its own")
                return
            if of not in alarm.watched:
                yield _Problem(f"its anomaly band is that of {of}, which it does not compare with it", unknown=True)
            if self.maximum_threshold is not None:
                yield _Problem("nobody can say how high its anomaly band is", unknown=True)
        limit = self.maximum_threshold
        try:
            if not alarm.decisive & set(fitting):
                yield _Problem("it fetches the metric, but its expression leaves it out: add it to the metric math")
            elif not alarm.fires(fitting):
                upwards = alarm.comparison in (*ABOVE, *ABOVE_A_BAND)
                why = "look at its threshold and its metric math" if upwards else f"it compares with {alarm.comparison}"
                yield _Problem(f"it does not fire however much there is: {why}")
            elif limit is not None and not alarm.fires_at(fitting, limit + 1):
                math = f"it does not fire yet at more than {limit:g}: look at its threshold and its metric math"
                plain = alarm.values(fitting, limit + 1) == [limit + 1]
                yield _Problem(f"its threshold is {alarm.threshold:g}, above {limit:g}" if plain else math)
        except ValueError:
            yield _Problem("its metric math uses what this version does not follow", unknown=True)

    def _problem_of_topic(self, arn: str) -> str | None:
        if arn not in self.topics:
            answer = self.table.account.find("sns", "ListSubscriptionsByTopic", TopicArn=arn)
            told = [] if answer is None else [one["SubscriptionArn"] for one in answer["Subscriptions"]]
            fine = answer is not None and (not self.subscribed or bool({*told} - {"Deleted"}))
            lacking = "does not exist" if answer is None else "has no subscription"
            self.topics[arn] = None if fine else f"the topic {arn} {lacking}"
        return self.topics[arn]

    def _mismatch(self, alarm: Alarm, dimensions: Dimensions) -> _Problem:
        """Why none of an alarm's series is the wanted one: of the one that comes nearest."""
        if queries := _queries(alarm, self.metric):
            return _Problem(f"its query is not understood: {queries[0]}", unknown=True)
        if alarm.untold:
            return _Problem(alarm.untold, unknown=True)
        if not alarm.series:
            return _Problem("it looks at nothing that could be read as a metric")
        series = min(alarm.series.values(), key=lambda one: _difference(one, self.metric, dimensions))
        return _Problem(_difference_in_words(series, self.metric, dimensions))


def _is_math(alarm: Alarm) -> bool:
    """Whether an alarm joins metrics by metric math."""
    return len(alarm.series) > 1 or bool(alarm.expressions)


def _of(dimensions: Dimensions) -> str:
    """`TableName music, Operation GetItem`."""
    return ", ".join(f"{name} {value}" for name, value in dimensions.items())


def _lasts(sets: Iterable[Dimensions]) -> str:
    """`TableName music, Operation GetItem, Query`: what tells sets of dimensions from others that must be watched."""
    values: dict[str, list[str]] = {}
    for dimensions in sets:
        name, value = list(dimensions.items())[-1]
        values.setdefault(name, []).append(value)
    return listed(f"{name} {listed(dict.fromkeys(found))}" for name, found in values.items())


def _queries(alarm: Alarm, metric: str) -> list[str]:
    """The queries of an alarm that may be of a metric, though what they look at could not be read."""
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
        return f"never emitted: {series.metric} exists only {exists}, not {in_words(frozenset(series.dimensions))}"
    if series.metric != metric:
        return f"it watches {series.metric}, not {metric}"
    if missing := sorted(set(dimensions) - set(series.dimensions)):
        return f"it lacks the dimension {' and '.join(missing)}, and so watches something else"
    if more := sorted(set(series.dimensions) - set(dimensions)):
        return f"it has the dimension {' and '.join(more)} too, and so watches something else"
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
    """How far an alarm is from the wanted one; one whose query names the metric is as near as one can be."""
    if _queries(alarm, metric):
        return 0
    return min((_difference(one, metric, dimensions) for one in alarm.series.values()), default=99)


def _related(alarm: Alarm, metric: str, dimensions: Dimensions) -> bool:
    """Whether an alarm looks as if it were meant: by its metric, or by its table, if only in its name. One that
    watches another metric as it should is meant for that."""
    table = dimensions["TableName"]
    series = list(alarm.series.values())
    if _queries(alarm, metric) or metric in [one.metric for one in series]:
        return True
    named = table in alarm.name or bool([one for one in series if table in one.dimensions.values()])
    return named and not [one for one in series if _is_sound(one)]


def _is_near(alarm: Alarm, metric: str, dimensions: Dimensions) -> bool:
    """Whether an alarm looks at the metric, or at the table."""
    series, table = alarm.series.values(), dimensions["TableName"]
    return bool([one for one in series if one.metric == metric or one.dimensions.get("TableName") == table])


def _is_sound(series: Series) -> bool:
    """Whether a series is one that DynamoDB sends of a table or of a part of it."""
    known = METRICS.get(series.metric)
    of_table = known is not None and bool(series.dimensions) and frozenset(series.dimensions) in known.dimensions
    return of_table and series.namespace == NAMESPACE
