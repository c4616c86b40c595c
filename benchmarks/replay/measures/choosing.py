"""Choosing a method or a model for each question, fitted on the other folds.

Methods: one is chosen from the question; then the same with a second asked when the first declines,
and with a cheap check where the task has one (`checker`). Routes: a strong and a weak model, where
the answers were not recorded, so the question is all there is to see.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metathink.evals.curve import Curve
from metathink.meta.control.choice import Choosing
from metathink.meta.control.forecast import Arm, Episode, Forecast
from metathink.meta.control.utility import Utility

from ..checker import check_for
from ..interval import Floats
from ..measure import Findings, Measure, Score, per_question
from ..records.record import Form, Record
from ..rules.routing import Cascade, route, routing_price
from ..split import Split

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
PRICES = (0.0, 0.003, 0.01, 0.03, 0.1)
CHECK_PRICE = 0.02
"""What one round of a further method costs, in right answers, when a cascade decides to go on."""


def method_choice(splits: Sequence[Split]) -> Findings:
    """Accuracy and rounds of one chosen method, and of cascades."""
    once: dict[str, tuple[float, float]] = {}
    second: dict[str, tuple[float, float]] = {}
    checked: dict[str, tuple[float, float]] = {}
    by_price: dict[float, list[tuple[float, float]]] = {price: [] for price in PRICES}
    for split in splits:
        forecast = _forecast(split.train)
        free, paid = Choosing(forecast), Choosing(forecast, Utility(price=CHECK_PRICE))
        for record in split.test:
            once[record.id] = _once(free, record)
            second[record.id] = _cascade(free, record, check=False)
            checked[record.id] = _cascade(paid, record, check=True)
            for price in PRICES:
                rule = Choosing(forecast, Utility(price=price))
                by_price[price].append(_once(rule, record))
    scores: list[Score] = []
    for name, found in (
        ("method chosen", once),
        ("method chosen, next if it declines", second),
        ("method chosen, next if a check fails", checked),
    ):
        rights = {key: right for key, (right, _) in found.items()}
        rounds = {key: paid for key, (_, paid) in found.items()}
        scores.append(Score(name, "accuracy", per_question(rights), against="method chosen"))
        scores.append(Score(name, "model calls", per_question(rounds)))
    points = sorted((_mean(p, 1), _mean(p, 0)) for p in by_price.values())
    x, y = zip(*points, strict=True)
    return Findings(scores, [Curve("cost", "method chosen", x, y)])


def routing(splits: Sequence[Split]) -> Findings:
    """Accuracy when a share of the questions of each fold goes to the strong model."""
    forecasts = [_forecast(split.train) for split in splits]
    routed = {share: _routed(splits, forecasts, share) for share in SHARES}
    always = {key: right for key, right in routed[1.0].items()}
    chance = {key: (right + routed[0.0][key]) / 2 for key, right in always.items()}
    scores = [
        Score("always strong", "accuracy", per_question(always)),
        Score("never strong", "accuracy", per_question(routed[0.0])),
        Score("half strong at random", "accuracy", per_question(chance)),
        Score(
            "half strong, routed",
            "accuracy",
            per_question(routed[0.5]),
            against="half strong at random",
        ),
    ]
    right, sent = _priced(splits, forecasts)
    scores += [
        Score("routed one by one", "accuracy", right, against="half strong at random"),
        Score("routed one by one", "share sent to the strong", sent),
    ]
    accuracy = tuple(float(np.mean(list(r.values()))) for r in routed.values())
    return Findings(scores, [Curve("cost", "routed to the strong model", SHARES, accuracy)])


def _forecast(train: Sequence[Record]) -> Forecast:
    """What the other folds teach about each speaker, from an honest prior."""
    arms = dict.fromkeys(s.speaker for r in train for s in r.samples)
    episodes = (
        Episode(r.question, s.speaker, label, float(s.rounds or 1))
        for r in train
        for s, label in zip(r.samples, r.labels, strict=True)
    )
    return Forecast(tuple(map(Arm, arms))).learn(episodes)


def _once(rule: Choosing, record: Record) -> tuple[float, float]:
    """Whether the chosen method is right, and the model calls it took."""
    speakers = [s.speaker for s in record.samples]
    place = speakers.index(rule.choose(record.question, speakers).choice)
    return record.labels[place].reveal(), float(record.samples[place].rounds or 1)


def _cascade(rule: Choosing, record: Record, check: bool) -> tuple[float, float]:
    places = {s.speaker: i for i, s in enumerate(record.samples)}
    test = check_for(record.question) if check else None
    cascade = Cascade(rule, record.question, test, among=tuple(places))
    paid = 0.0
    first: int | None = None
    while (speaker := cascade.next().choice) is not None:
        first = places[speaker] if first is None else first
        paid += record.samples[places[speaker]].rounds or 1
        cascade.hear(record.samples[places[speaker]])
    kept = next((i for i, s in enumerate(record.samples) if s is cascade.kept), first)
    return (record.labels[kept].reveal() if kept is not None else 0.0), paid


def _routed(
    splits: Sequence[Split], forecasts: Sequence[Forecast], share: float
) -> dict[str, float]:
    """Right or not for each question, where the first speaker of a record is the strong one."""
    right: dict[str, float] = {}
    for split, forecast in zip(splits, forecasts, strict=True):
        strong, weak = (s.speaker for s in split.test[0].samples[:2])
        chosen = route(forecast, [r.question for r in split.test], strong, weak, share)
        for record, decision in zip(split.test, chosen, strict=True):
            place = 0 if decision.choice == strong else 1
            right[record.id] = record.labels[place].reveal()
    return right


def _priced(
    splits: Sequence[Split], forecasts: Sequence[Forecast]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Each question by itself, at the price that would have sent half of the past ones."""
    right: dict[str, float] = {}
    sent: dict[str, float] = {}
    for split, forecast in zip(splits, forecasts, strict=True):
        strong, weak = (s.speaker for s in split.test[0].samples[:2])
        price = routing_price(forecast, strong, weak, 0.5)
        for record in split.test:
            predicted = forecast.predict(record.question)
            dear = predicted[strong].success - predicted[weak].success > price
            right[record.id] = record.labels[0 if dear else 1].reveal()
            sent[record.id] = float(dear)
    return per_question(right), per_question(sent)


def _mean(pairs: Sequence[tuple[float, float]], place: int) -> float:
    return float(np.mean([pair[place] for pair in pairs]))


MEASURES = (
    Measure("method choice", frozenset({Form.METHODS}), method_choice),
    Measure("routing", frozenset({Form.ROUTES}), routing),
)
