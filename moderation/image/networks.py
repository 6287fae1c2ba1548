"""Networks of heads: small ones over the direction of a CLIP embedding.

CLIP compares directions, and the published heads want embeddings of length one: mixing
the two up is the classic mistake, so every network here is only shown directions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from moderation.errors import ClassifierUnavailable

Matrix = NDArray[np.float32]

TINY = 1e-6  # CLIP's embeddings have lengths of about 10
CERTAIN = 1 - 1e-6
STEEPNESS = 100.0  # what CLIP multiplies a cosine with to make a logit
SPECIAL_CARE = 0.01  # by how much special care lowers the bar for every concept
ROUNDED = 0.0005  # the published checker rounds to thousandths before it compares


class Network(Protocol):
    """A network that scores directions."""

    @property
    def kind(self) -> str:
        """The name of its class in files."""
        ...

    @property
    def dimension(self) -> int:
        """The length of the embeddings that it understands."""
        ...

    @property
    def outputs(self) -> int:
        """The number of categories that it scores."""
        ...

    def probabilities(self, directions: Matrix, /) -> Matrix:
        """From [m, d], each of length one, to [m, categories] in [0, CERTAIN]."""
        ...

    def tensors(self) -> dict[str, Matrix]:
        """Everything that it is made of, by name."""
        ...


def directions(embeddings: Matrix) -> Matrix:
    """*embeddings* [m, d], each scaled to length one."""
    x = embeddings.astype(np.float64)
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SoftmaxNetwork:
    """A softmax over n things, each of which belongs to some categories.

    Weight [n, d] and bias [n] make logits; *membership* [categories, n] is 0 or 1.
    """

    kind: ClassVar[str] = "recogniser"
    weight: Matrix
    bias: Matrix
    membership: Matrix

    def __post_init__(self) -> None:
        things, _ = _shape(self.weight, 2)
        categories, _ = _shape(self.membership, 2)
        _expect(self.tensors(), bias=(things,), membership=(categories, things))

    @classmethod
    def from_prompts(cls, prompts: Matrix, membership: Matrix) -> Self:
        """The network for the learned *prompts* [n, d]: the nearest one is seen.

        Schramowski, Tauchmann and Kersting (2022), «Can Machines Help Us Answering
        Question 16»: the softmax over cosines as CLIP weighs them.
        """
        bias = np.zeros(len(prompts), np.float32)
        weight = np.asarray(STEEPNESS * prompts, np.float32)
        return cls(weight=weight, bias=bias, membership=membership)

    @property
    def dimension(self) -> int:
        """The length of the embeddings that it understands."""
        return int(self.weight.shape[1])

    @property
    def outputs(self) -> int:
        """The number of categories that it scores."""
        return len(self.membership)

    def probabilities(self, directions: Matrix, /) -> Matrix:
        """From [m, d], each of length one, to [m, categories] in [0, CERTAIN]."""
        logits = directions @ self.weight.T + self.bias
        likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        return _capped(likely @ self.membership.T)

    def tensors(self) -> dict[str, Matrix]:
        """Everything that it is made of, by name."""
        return {"weight": self.weight, "bias": self.bias, "membership": self.membership}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Perceptron:
    """Layers of a weight [out, in] and a bias [out], ReLU between, a sigmoid behind."""

    kind: ClassVar[str] = "perceptron"
    layers: tuple[tuple[Matrix, Matrix], ...]

    def __post_init__(self) -> None:
        if not self.layers:
            raise ClassifierUnavailable("a perceptron needs a layer")
        width = self.dimension
        for weight, bias in self.layers:
            rows, columns = _shape(weight, 2)
            if columns != width or bias.shape != (rows,):
                shapes = {name: t.shape for name, t in self.tensors().items()}
                raise ClassifierUnavailable(f"{shapes} are no shapes of a perceptron")
            width = rows

    @property
    def dimension(self) -> int:
        """The length of the embeddings that it understands."""
        return int(self.layers[0][0].shape[-1])

    @property
    def outputs(self) -> int:
        """The number of categories that it scores."""
        return len(self.layers[-1][1])

    def probabilities(self, directions: Matrix, /) -> Matrix:
        """From [m, d], each of length one, to [m, categories] in [0, CERTAIN]."""
        *hidden, (weight, bias) = self.layers
        x = directions
        for inner, offset in hidden:
            x = np.maximum(x @ inner.T + offset, 0)
        return _capped(_sigmoid(x @ weight.T + bias))

    def tensors(self) -> dict[str, Matrix]:
        """Everything that it is made of, by name."""
        return {
            f"{name}.{i}": tensor
            for i, layer in enumerate(self.layers)
            for name, tensor in zip(("weight", "bias"), layer, strict=True)
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Matrix]) -> Self:
        """The perceptron whose `tensors` these are."""
        count = len(tensors) // 2
        layers = [(tensors[f"weight.{i}"], tensors[f"bias.{i}"]) for i in range(count)]
        made = cls(layers=tuple(layers))
        _expect(tensors, **{name: t.shape for name, t in made.tensors().items()})
        return made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConceptNetwork:
    """Zero-shot concepts by the rule of Stable Diffusion's safety checker.

    A concept is seen where its cosine passes its threshold; where special care is due
    (children) every threshold falls by SPECIAL_CARE. Concepts [k, d] and *special*
    [s, d] have length one; *membership* [categories, k] is 0 or 1. The last category is
    what is seen in the others where special care is due, too. 0.5 is the published bar.
    """

    kind: ClassVar[str] = "concepts"
    concepts: Matrix
    thresholds: Matrix
    special: Matrix
    special_thresholds: Matrix
    membership: Matrix

    def __post_init__(self) -> None:
        count, dimension = _shape(self.concepts, 2)
        categories, _ = _shape(self.membership, 2)
        special, _ = _shape(self.special, 2)
        if categories < 2:  # noqa: PLR2004  # the last stands for all others
            raise ClassifierUnavailable("concepts need two categories at least")
        _expect(
            self.tensors(),
            thresholds=(count,),
            special=(special, dimension),
            special_thresholds=(special,),
            membership=(categories, count),
        )

    @property
    def dimension(self) -> int:
        """The length of the embeddings that it understands."""
        return int(self.concepts.shape[1])

    @property
    def outputs(self) -> int:
        """The number of categories that it scores."""
        return len(self.membership)

    def probabilities(self, directions: Matrix, /) -> Matrix:
        """From [m, d], each of length one, to [m, categories] in [0, CERTAIN]."""
        care = directions @ self.special.T - (self.special_thresholds + ROUNDED)
        care = care.max(axis=1)
        above = directions @ self.concepts.T - (self.thresholds + ROUNDED)
        above += SPECIAL_CARE * (care > 0)[:, np.newaxis]
        members = np.where(self.membership > 0, above[:, np.newaxis], -np.inf)
        seen = members.max(axis=2)
        both = np.minimum(seen[:, :-1].max(axis=1), care)
        seen[:, -1] = np.maximum(seen[:, -1], both)
        return _capped(_sigmoid(STEEPNESS * seen))

    def tensors(self) -> dict[str, Matrix]:
        """Everything that it is made of, by name."""
        return {
            "concepts": self.concepts,
            "thresholds": self.thresholds,
            "special": self.special,
            "special_thresholds": self.special_thresholds,
            "membership": self.membership,
        }


def _sigmoid(logits: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -80, 80))), np.float32)


def _capped(likely: Matrix) -> Matrix:
    # rounding must not make a certainty of it: at 1.00 a policy says «never»
    return np.asarray(np.clip(likely, 0, CERTAIN), np.float32)


def _shape(tensor: Matrix, rank: int) -> tuple[int, ...]:
    if tensor.ndim != rank or not tensor.size:
        raise ClassifierUnavailable(f"{tensor.shape} is no shape of {rank} dimensions")
    return tensor.shape


def _expect(tensors: Mapping[str, Matrix], **expected: tuple[int, ...]) -> None:
    shapes = {name: tensors[name].shape for name in tensors}
    if any(shapes[name] != shape for name, shape in expected.items()):
        raise ClassifierUnavailable(f"{shapes} are no shapes of heads")
