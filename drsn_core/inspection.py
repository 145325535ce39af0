"""What a network with shrinkage inside decided, for every layer and sample, and whether that is sound."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from drsn_core.data import FloatArray
from drsn_core.errors import BadParameter
from drsn_core.trace import BlockRecord, Trace, record, soft_record

if TYPE_CHECKING:
    from torch import Tensor, nn

    from drsn_core.nn.insert import Where
    from drsn_core.nn.shrinkage import Decision

#: An attention weight below or above counts as collapsed: hardly any shrinkage, or as much as the form allows.
OPEN, SHUT = 0.05, 0.95
#: What a soft threshold, put in the place of a foreign layer, may miss of its output, relative to the largest input.
EXACT = 1e-4


@dataclass(frozen=True, eq=False)
class BatchTrace(Trace):
    """The decisions of a batch: ``records`` puts its samples together, ``samples`` has a `Trace` for each.

    In ``records``, thresholds and attention weights are means over the samples, and shares count all
    values as one long stretch; for a batch of one both are the same. All traces have the same layers in the same
    order, so ``trace.samples[3].records[0]`` is what ``trace.records[0]`` decided for the fourth sample.

    Parameters
    ----------
    records : one for each layer and call, of all samples together
    samples : one `Trace` for each sample
    misfit : for foreign layers that were compared by input and output, how far the output is from a soft
        thresholding, relative to the largest input; 0 for an exact one, by the name of the layer
    limits : upper limit of α by the name of the layer, where it is not 1 (``tau_scale``)
    """

    samples: tuple[Trace, ...] = ()
    misfit: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers; `Trace.from_dict` reads ``records`` from it, `from_dict` all."""
        return {
            **super().to_dict(),
            "samples": [sample.to_dict() for sample in self.samples],
            "misfit": dict(self.misfit),
            "limits": dict(self.limits),
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> BatchTrace:
        """Make again what `to_dict` wrote."""
        samples = tuple(Trace.from_dict(sample) for sample in plain.get("samples", ()))
        return cls(Trace.from_dict(plain).records, samples, plain.get("misfit", {}), plain.get("limits", {}))


@dataclass(frozen=True)
class _Seen:
    """One call of one layer: (batch, channels, positions) before and after, the rest (batch, channels or 1)."""

    name: str
    before: FloatArray
    after: FloatArray
    magnitude: FloatArray
    alpha: FloatArray
    threshold: FloatArray

    def of_sample(self, i: int) -> BlockRecord:
        return record(
            self.name,
            self.before[i],
            self.after[i],
            self.threshold[i],
            alpha=self.alpha[i],
            magnitude=self.magnitude[i],
        )

    def of_all(self) -> BlockRecord:
        before, after = (np.moveaxis(x, 1, 0).reshape(x.shape[1], -1) for x in (self.before, self.after))
        tau, alpha, magnitude = (x.mean(axis=0) for x in (self.threshold, self.alpha, self.magnitude))
        return record(self.name, before, after, tau, alpha=alpha, magnitude=magnitude)


def _decided(name: str, decision: Decision, shrink: Callable[[Tensor, Tensor], Tensor] | None = None) -> _Seen:
    """What one of our layers did, from what it decided; ``shrink`` is what it does with its threshold, soft if None.

    Where every position has a threshold of its own, the mean over positions stands for them.
    """
    from drsn_core.nn.shrinkage import per_channel, soft_threshold

    tau = per_channel(decision.threshold, decision.before)
    after = (shrink or soft_threshold)(decision.before, tau)
    before, after = (x.detach().double().flatten(2).cpu() for x in (decision.before, after))
    rest = (
        x.detach().double().flatten(2).cpu().numpy() if x.ndim > 2 else x.detach().double().cpu().numpy()[..., None]
        for x in decision[1:]
    )
    return _Seen(name, before.numpy(), after.numpy(), *(x.mean(axis=2) for x in rest))


def together(name: str, decision: Decision, shrink: Callable[[Tensor, Tensor], Tensor] | None = None) -> BlockRecord:
    """Describe a layer's decision; several samples or windows count as one long stretch."""
    from drsn_core.nn.thresholding import soft_threshold

    if shrink in (None, soft_threshold) and len(decision.before) == 1 and decision.threshold.ndim == 2:
        magnitude, alpha, tau = (x.detach().double().cpu().numpy()[0] for x in decision[1:])
        before = decision.before.detach()[0].flatten(1).cpu()
        before = before.float() if before.dtype.itemsize < 4 else before
        return soft_record(name, before.numpy(), tau, alpha=alpha, magnitude=magnitude)
    return _decided(name, decision, shrink).of_all()


def _compared(name: str, x: Tensor, y: Tensor) -> tuple[_Seen, float]:
    r"""What a foreign layer did, from what went in and came out.

    Where soft thresholding leaves something, :math:`|x| - |y| = \tau`, also for a negative :math:`\tau`, with
    which values grow. Where nothing is left, all that is known is :math:`\tau \ge \max|x|`, and that is taken.
    """
    before, after = (v.detach().double().flatten(2).cpu().numpy() for v in (x, y))
    size = np.abs(before)
    peak = size.max(axis=2)
    gap = np.where(after == 0, np.nan, size - np.abs(after))
    silent = np.all(np.isnan(gap), axis=2)
    gap[silent] = peak[silent, None]
    tau = np.nanmedian(gap, axis=2)
    rebuilt = np.sign(before) * np.maximum(size - tau[..., None], 0)
    misfit = float(np.abs(rebuilt - after).max() / max(peak.max(), np.finfo(float).tiny))
    magnitude = size.mean(axis=2)
    spread = np.ptp(np.where(silent, np.nan, tau), axis=1) if tau.shape[1] > 1 else np.array([np.inf])
    if np.all(spread <= EXACT * peak.max(axis=1)):
        tau, magnitude = tau.mean(axis=1, keepdims=True), magnitude.mean(axis=1, keepdims=True)
    alpha = np.divide(tau, magnitude, out=np.zeros_like(tau), where=magnitude > 0)
    return _Seen(name, before, after, magnitude, alpha, tau), misfit


def inspect(module: nn.Module, x: Tensor, *, foreign: Where | None = None) -> BatchTrace:
    """Run any network with shrinkage inside and return what every shrinkage layer decided.

    Parameters
    ----------
    module : contains `drsn_core.nn.RSBU` or `drsn_core.nn.Shrinkage` layers, or somebody else's
        A copy that shares its weights runs, in the mode it is in: the module itself is neither changed nor
        listened to, so that others may use it at the same time.
    x : what ``module`` takes; the first axis is the batch
    foreign : layers of other libraries that shrink what they are given, as in `insert_shrinkage`: names,
        patterns, classes or a predicate
        Their thresholds are read off what goes in and what comes out. If there are no layers of ours and
        nothing is named, every module whose output is its soft-thresholded input is found by itself.

    Returns
    -------
    BatchTrace
        One record for each layer and call, in the order of the calls, named by the layer's place in
        ``module``; ``.samples`` has the same for every sample. Empty if nothing shrinks.

    Examples
    --------
    >>> import torch
    >>> from drsn_core.nn import Shrinkage
    >>> trace = inspect(torch.nn.Sequential(Shrinkage(4)), torch.randn(2, 4, 100))
    >>> trace.records[0].threshold.shape, len(trace.samples), trace.samples[1].records[0].name
    ((4,), 2, '0')
    """
    import torch

    from drsn_core.nn.insert import matches
    from drsn_core.nn.shrinkage import Decision, ThresholdNet

    if not isinstance(module, torch.nn.Module):
        raise BadParameter("module", module, "a torch.nn.Module")
    # Hooks and running averages are those of the copy; weights are only read, and shared to save memory.
    own = copy.deepcopy(module, {id(weight): weight for weight in module.parameters()})
    seen: list[_Seen] = []
    misfit: dict[str, float] = {}
    limits: dict[str, float] = {}

    def listen(name: str) -> Callable[..., None]:
        def heard(net: nn.Module, args: tuple[Tensor, ...], decided: tuple[Tensor, Tensor]) -> None:
            assert isinstance(net, ThresholdNet)
            magnitude, alpha = decided
            if net.tau_scale != 1:
                limits[name] = net.tau_scale
            seen.append(_decided(name, Decision(args[0], magnitude, alpha, alpha * magnitude), net.apply_to))

        return heard

    def compare(name: str, found: bool) -> Callable[..., None]:
        def heard(_: nn.Module, args: tuple[Any, ...], y: Any) -> None:
            comparable = len(args) == 1 and isinstance(y, torch.Tensor) and y.shape == args[0].shape and y.ndim > 2
            if not comparable and found:
                return
            if not comparable:
                raise BadParameter("foreign", name, "layers that return (batch, channels, space) as they are given it")
            slight = 10 * EXACT * args[0].abs().max()  # a batch norm before training scales by 1 - 5e-6
            if found and ((args[0] - y).abs().max() <= slight or any(o.startswith(f"{name}.") for o in misfit)):
                return
            what, error = _compared(name, args[0], y)
            if not found or error <= EXACT:
                seen.append(what)
                misfit[name] = max(error, misfit.get(name, 0.0))

        return heard

    places = dict(own.named_modules())
    ours = [name for name, part in places.items() if isinstance(part, ThresholdNet)]
    for name in ours:
        places[name].register_forward_hook(listen(name.removesuffix(".threshold").removesuffix("threshold")))
    if foreign is not None:
        named = [name for name, part in places.items() if name and matches(foreign, name, part)]
        if not named:
            kinds = sorted({type(part).__name__ for part in places.values()})
            raise BadParameter("foreign", foreign, f"names or classes of modules in the network: {', '.join(kinds)}")
        for name in named:
            places[name].register_forward_hook(compare(name, found=False))
    elif not ours:
        for name, part in places.items():
            part.register_forward_hook(compare(name, found=True))
    with torch.no_grad():
        own(x)
    count = len(seen[0].before) if seen else 0
    samples = tuple(Trace(tuple(s.of_sample(i) for s in seen)) for i in range(count))
    return BatchTrace(tuple(s.of_all() for s in seen), samples, misfit, limits)


@dataclass(frozen=True)
class Finding:
    """Something about a layer's thresholds that is not as it should be.

    Parameters
    ----------
    place : name of the layer
    kind : a key of `KINDS`
    count, of : thresholds (of all samples and channels) it concerns, and how many there are
    worst : the most extreme value: attention weight, or misfit for "not soft"
    """

    place: str
    kind: str
    count: int
    of: int
    worst: float

    @property
    def sentence(self) -> str:
        """One English sentence for the terminal."""
        return KINDS[self.kind].format(
            place=self.place or "the network", count=self.count, of=self.of, worst=self.worst
        )


KINDS = {
    "not finite": "{place}: {count} of {of} thresholds are NaN or infinite.",
    "negative": "{place}: {count} of {of} thresholds are negative (down to {worst:.2f} times the mean magnitude), so "
    "that values grow: the layer probably averages x where the paper averages |x|.",
    "silenced": "{place}: {count} of {of} thresholds reach the largest value of their channel (up to {worst:.2f} times "
    "the mean magnitude), so that nothing of the channel is left.",
    "open": "{place}: {count} of {of} attention weights are below 0.05 (down to {worst:.3f}), so that hardly anything "
    "is shrunk.",
    "shut": "{place}: {count} of {of} attention weights are above 0.95 (up to {worst:.3f}), as much as thresholds of "
    "this form can shrink.",
    "not soft": "{place}: its output is not its input soft-thresholded (off by up to {worst:.2f} of the largest "
    "value): it may scale values, as a squeeze-and-excitation gate does, or use another function.",
}


@dataclass(frozen=True)
class Validity:
    """All findings, and ``ok`` if there are none."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.findings

    def __str__(self) -> str:
        return "\n".join(finding.sentence for finding in self.findings) or "All thresholds are sound."


def validity(subject: Trace | nn.Module, x: Tensor | None = None, *, foreign: Where | None = None) -> Validity:
    r"""Check that thresholds are sound: :math:`0 \le \tau < \max|x|` in every channel, and no collapse.

    Parameters
    ----------
    subject : a trace, or a network
    x : what the network takes; not with a trace
    foreign : layers of other libraries, see `inspect`; with one of them the usual slips show: a mean of x
        in place of \|x\| makes half of the thresholds negative, a gate multiplies instead of shrinking

    Returns
    -------
    Validity
        One `Finding` for each layer and kind of trouble, as data and as a sentence. "open" and "shut" are
        no errors: a layer that begins near neutral is open, and a collapse is to be watched while training. With
        ``tau_scale`` they count α as a share of its upper limit; a bare `Trace` does not know it and takes 1.

    Examples
    --------
    >>> import torch
    >>> from drsn_core.nn import Shrinkage
    >>> print(validity(torch.nn.Sequential(Shrinkage(4)).eval(), torch.randn(2, 4, 100)))
    All thresholds are sound.
    """
    if isinstance(subject, Trace):
        trace = subject
    elif x is None:
        raise BadParameter("x", x, "a tensor that the network takes, as validity(network, x)")
    else:
        trace = inspect(subject, x, foreign=foreign)
    if not trace.records:
        raise BadParameter(
            "subject", type(subject).__name__, "a network with a layer that soft-thresholds, or its trace; found none"
        )
    samples = (trace.samples if isinstance(trace, BatchTrace) else ()) or (trace,)
    misfit, limits = (trace.misfit, trace.limits) if isinstance(trace, BatchTrace) else ({}, {})
    findings: list[Finding] = []
    for i, layer in enumerate(trace.records):
        if misfit.get(layer.name, 0.0) > EXACT:
            findings.append(Finding(layer.name, "not soft", 1, 1, misfit[layer.name]))
            continue
        findings += _judged(layer.name, [sample.records[i] for sample in samples], limits.get(layer.name, 1.0))
    return Validity(tuple(findings))


def _judged(place: str, records: list[BlockRecord], limit: float) -> list[Finding]:
    """What is wrong with one layer, over the records of all samples; α goes up to ``limit``."""
    tau, magnitude = (np.stack([getattr(r, name) for r in records]) for name in ("threshold", "magnitude"))
    ratio = np.divide(tau, magnitude, out=np.zeros_like(tau), where=magnitude > 0)
    finite = np.isfinite(tau)
    troubles = {"not finite": (~finite, tau), "negative": (tau < 0, -ratio)}
    if records[0].peak is not None:
        peak = np.stack([r.peak for r in records if r.peak is not None])
        wide = np.broadcast_to(tau, peak.shape)
        troubles["silenced"] = ((peak > 0) & (wide >= peak), np.broadcast_to(ratio, peak.shape))
    if records[0].alpha is not None:
        alpha = np.stack([r.alpha for r in records if r.alpha is not None]) / limit
        live = (magnitude > 0) & (alpha >= 0)
        troubles["open"] = (live & (alpha < OPEN), -alpha)
        troubles["shut"] = (live & (alpha > SHUT), alpha)
    sign = {"negative": -1, "open": -1}
    return [
        Finding(place, kind, int(where.sum()), where.size, sign.get(kind, 1) * float(value[where].max()))
        for kind, (where, value) in troubles.items()
        if where.any()
    ]
