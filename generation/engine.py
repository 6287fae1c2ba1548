"""One engine for many requests: they share each pass of a network, step by step.

A request has two stages: the prior makes an embedding, the decoder a picture of it.
Between them the caller may look at the embedding.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final, Self, cast

import torch
from PIL.Image import Image
from torch import Tensor

from generation.errors import EngineFull, GenerationError, OutOfMemory
from generation.fair_scheduler import BatchKey, FairScheduler
from generation.latent_init import LatentInit
from generation.model_calls import ModelCall, ModelCalls
from generation.pipeline import Pipeline
from generation.recipe import Recipe, size_of
from generation.regimes import Regime
from generation.request import GenerationRequest, RequestStage

CAPACITY: Final = 8

CPU_OUT_OF_MEMORY: Final = "can't allocate memory"
"""Part of the message of torch's allocator for the CPU, which raises RuntimeError."""

OnStep = Callable[[int, int], None]
"""Called after each step with the steps done and all steps; may raise to stop."""


@dataclass(slots=True, eq=False)
class _Slot:
    """A request under way, and its pending *call*: none before it is to be decoded."""

    request: GenerationRequest
    init: LatentInit
    calls: ModelCalls[Any]
    call: ModelCall | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Generates up to *capacity* pictures at a time, for one thread.

    *pipeline* turns a request into calls of networks, one after the other. The engine
    collects the pending calls of all requests and answers those that fit into one pass
    together. Requests join and leave between two passes, and no picture depends on what
    else is generated.
    """

    pipeline: Pipeline
    capacity: int = CAPACITY
    slots: dict[GenerationRequest, _Slot] = field(default_factory=dict, repr=False)
    scheduler: FairScheduler = field(default_factory=FairScheduler, repr=False)

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        device: str = "cpu",
        dtype: str | None = None,
        capacity: int = CAPACITY,
        translation: Path | None = None,
    ) -> Self:
        """The model in *folder*, computing in *dtype*: float32, bfloat16 or float16.

        By default that is full precision on the CPU and half anywhere else. The Marian
        weights in *translation*, or those in the folder, put Russian prompts into
        English for the prior.
        """
        pipeline = Pipeline.load(
            folder, device=device, dtype=dtype, translation=translation
        )
        return cls(pipeline=pipeline, capacity=capacity)

    @property
    def model(self) -> str:
        """Name and digest of the weights, for records."""
        return self.pipeline.model

    @property
    def side(self) -> int:
        """The shorter side in pixels of the model's own pictures."""
        return self.defaults.width

    @property
    def defaults(self) -> Recipe:
        """The recipe of a square that the model generates well."""
        return self.pipeline.defaults

    @property
    def free(self) -> int:
        """The number of free slots."""
        return self.capacity - len(self.slots)

    @property
    def idle(self) -> bool:
        """Whether a tick would do nothing."""
        return not any(slot.call for slot in self.slots.values())

    def recipe(self, *, seed: int, aspect: str, steps: int | None = None) -> Recipe:
        """The recipe of a picture of the model's own size."""
        width, height = size_of(aspect, self.side)
        return replace(
            self.defaults,
            seed=seed,
            width=width,
            height=height,
            steps=self.defaults.steps if steps is None else steps,
        )

    @torch.inference_mode()
    def submit(self, regime: Regime, recipe: Recipe) -> GenerationRequest:
        """Take a request on; raises EngineFull, or why it cannot be generated.

        A request whose prior needs no network is embedded when this returns.
        """
        if self.free < 1:
            raise EngineFull(
                f"all {self.capacity} slots are taken: submit when a picture is done"
            )
        with _out_of_memory():
            init = self.pipeline.latent_init(regime, recipe)
            prior = self.pipeline.prior_pipeline
            request = GenerationRequest(
                regime=regime,
                recipe=recipe,
                steps=self.pipeline.steps(init, recipe),
                notes=prior.notes(regime.subject),
            )
            slot = _Slot(request, init, prior.embed(regime.subject, recipe))
            self._send(slot, None)
        self.slots[request] = slot
        return request

    @torch.inference_mode()
    def decode(self, request: GenerationRequest) -> None:
        """Let *request*, which is embedded, be decoded from the next tick on."""
        slot = self.slots[request]
        if request.prior_output is None or request.stage is not RequestStage.EMBEDDED:
            raise ValueError(
                f"only an embedded request can be decoded, not one {request.stage}"
            )
        request.stage = RequestStage.DECODING
        slot.calls = self.pipeline.decode(
            request.regime, request.recipe, slot.init, request.prior_output
        )
        self._advance(slot, None)

    def cancel(self, request: GenerationRequest) -> None:
        """Leave *request* as it is and free its slot. Idempotent."""
        if slot := self.slots.pop(request, None):
            slot.calls.close()

    @torch.inference_mode()
    def tick(self) -> list[GenerationRequest]:
        """Run one pass of one network; returns the requests that took part in it.

        Those that are done or failed have left their slots. A pass that does not fit
        into memory is tried again in halves.
        """
        if self.idle:
            return []
        pending = self._pending()
        key = self.scheduler.next(pending)
        slots, started = pending[key], perf_counter()
        self._predict(slots)
        self.scheduler.charge(key, perf_counter() - started, requests=len(slots))
        return [slot.request for slot in slots]

    def run_prior(self, regime: Regime, recipe: Recipe) -> GenerationRequest:
        """Submit a request and return once it is embedded; raises what went wrong."""
        request = self.submit(regime, recipe)
        while request.stage is RequestStage.EMBEDDING:
            self.tick()
        return _checked(request)

    def run_decoder(self, request: GenerationRequest, on_step: OnStep) -> Image:
        """The picture of an embedded *request*; raises what went wrong.

        What *on_step* raises cancels the request and reaches the caller untouched.
        """
        self.decode(request)
        try:
            reported = 0
            while request.stage is RequestStage.DECODING:
                self.tick()
                if request.step > reported:
                    reported = request.step
                    on_step(request.step, request.steps)
        except BaseException:
            self.cancel(request)
            raise
        return cast(Image, _checked(request).picture)

    def _pending(self) -> dict[BatchKey, list[_Slot]]:
        """The slots with a pending call, by the pass that can answer it."""
        pending: dict[BatchKey, list[_Slot]] = {}
        for slot in self.slots.values():
            if call := slot.call:
                key = id(call.network), call.sample.shape
                pending.setdefault(key, []).append(slot)
        return pending

    def _predict(self, slots: Sequence[_Slot]) -> None:
        calls = [slot.call for slot in slots if slot.call]
        try:
            with _out_of_memory():
                predictions = calls[0].network.predict(calls)
        except OutOfMemory as error:
            problem = error
        else:
            for slot, rows in zip(slots, predictions, strict=True):
                self._advance(slot, rows)
            return
        if len(slots) == 1:
            self._fail(slots[0], problem)
            return
        half = len(slots) // 2
        self._predict(slots[:half])
        self._predict(slots[half:])

    def _advance(self, slot: _Slot, rows: Tensor | None) -> None:
        """Bring *slot* to its next call; an error there fails this request alone."""
        try:
            with _out_of_memory():
                self._send(slot, rows)
        except GenerationError as error:
            self._fail(slot, error)

    def _send(self, slot: _Slot, rows: Tensor | None) -> None:
        request = slot.request
        try:
            slot.call = slot.calls.send(rows)  # type: ignore[arg-type]  # None only starts it
        except StopIteration as end:
            slot.call = None
            self._finish(request, end.value)
        decoding = request.stage in {RequestStage.DECODING, RequestStage.DONE}
        if decoding and rows is not None:
            request.step += 1

    def _finish(self, request: GenerationRequest, result: Any) -> None:
        if request.stage is RequestStage.EMBEDDING:
            request.prior_output, request.stage = result, RequestStage.EMBEDDED
        else:
            request.picture, request.stage = result, RequestStage.DONE
            del self.slots[request]

    def _fail(self, slot: _Slot, error: GenerationError) -> None:
        slot.request.error, slot.request.stage = error, RequestStage.FAILED
        slot.call = None
        self.cancel(slot.request)


def _checked(request: GenerationRequest) -> GenerationRequest:
    """*request*, unless it failed."""
    if request.error is not None:
        raise request.error
    return request


@contextmanager
def _out_of_memory() -> Iterator[None]:
    """Raises OutOfMemory for torch's errors, once its cached memory is given back."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if type(error) is RuntimeError and CPU_OUT_OF_MEMORY not in str(error):
            raise
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        raise OutOfMemory(
            "the device has no room for this picture: ask for a smaller one"
        ) from error
