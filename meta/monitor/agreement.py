"""How far the speakers agree: vote share, entropy, semantic clusters, disagreement of critics."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import InvalidInput
from ..answers.equivalence import Candidate, candidates
from ..sample import Question, Sample

Embed = Callable[[Sequence[str]], NDArray[np.floating]]
"""From n texts to their vectors, shape (n, width)."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the votes look like; all figures lie in [0, 1].

    `share`: of the samples, those that gave the most frequent answer. `margin`: its lead over the
    second. `entropy`: of the vote, divided by the logarithm of the number of samples (0: all the
    same, 1: all different). `answered`: share of the samples that gave an answer at all.
    """

    answer: str | None
    share: float
    margin: float
    entropy: float
    answered: float


def agreement(samples: Sequence[Sample], question: Question) -> Agreement:
    """The state of the vote; with no answer at all, no share and full entropy."""
    return of_candidates(candidates(samples, question), len(samples))


def of_candidates(found: Sequence[Candidate], total: int) -> Agreement:
    """The state of a vote already counted, out of `total` samples."""
    counts = sorted((len(c.members) for c in found), reverse=True)
    if not counts:
        return Agreement(None, 0.0, 0.0, 1.0, 0.0)
    second = counts[1] if len(counts) > 1 else 0
    return Agreement(
        answer=found[0].answer,
        share=counts[0] / total,
        margin=(counts[0] - second) / total,
        entropy=normalised_entropy(counts),
        answered=sum(counts) / total,
    )


def normalised_entropy(counts: Sequence[float]) -> float:
    """Entropy of the counts over the entropy if each of the samples stood alone, in [0, 1]."""
    total = sum(counts)
    if total <= 1:
        return 0.0
    entropy = -sum(c / total * math.log(c / total) for c in counts if c > 0)
    return min(max(entropy / math.log(total), 0.0), 1.0)


def semantic_clusters(texts: Sequence[str], embed: Embed, least: float = 0.85) -> list[list[int]]:
    """Texts that mean the same, by cosine of at least `least` (single linkage), biggest first.

    The black-box form of semantic entropy (Kuhn et al. 2302.09664) with an embedder in the place
    of entailment: feed the sizes to `normalised_entropy`. Raises `InvalidInput` when the embedder
    does not give one finite vector a text.
    """
    if not texts:
        return []
    vectors = np.asarray(embed(texts), dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
        raise InvalidInput(f"the embedder gave {vectors.shape} for {len(texts)} texts")
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    _, name = connected_components(csr_array(unit @ unit.T >= least), directed=False)
    clusters: dict[int, list[int]] = {}
    for place, cluster in enumerate(name.tolist()):
        clusters.setdefault(cluster, []).append(place)
    return sorted(clusters.values(), key=lambda c: (-len(c), c))


def critics_disagreement(verdicts: Sequence[float | None]) -> float:
    """How far critics are apart: twice the mean distance of two verdicts in [0, 1], at most 1.

    A verdict is a truth value or a score; None, NaN and out-of-range verdicts are left out. 0 with
    fewer than two. Half of the critics against the other half gives about 1.
    """
    said = [float(v) for v in verdicts if v is not None and 0.0 <= v <= 1.0]
    pairs = [abs(a - b) for i, a in enumerate(said) for b in said[i + 1 :]]
    return min(2.0 * sum(pairs) / len(pairs), 1.0) if pairs else 0.0
