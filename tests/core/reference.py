"""The paper's units and networks in plain NumPy, written from Fig. 4, eqs. 9-14 and Table II, for any number of axes.

Nothing here knows torch: a ``state`` is a dictionary of arrays under the names of Fig. 4. Convolutions are loops over
output positions, so that there is one way only to read them.
"""

from itertools import product

import numpy as np


def trailing(values, ndim):
    return values.reshape(1, -1, *(1,) * (ndim - 2))


def norm(state, name, x, train, eps=1e-5):
    axes = (0, *range(2, x.ndim))
    mean = x.mean(axes) if train else state[f"{name}.running_mean"]
    variance = x.var(axes) if train else state[f"{name}.running_var"]
    scaled = (x - trailing(mean, x.ndim)) / np.sqrt(trailing(variance, x.ndim) + eps)
    return scaled * trailing(state[f"{name}.weight"], x.ndim) + trailing(state[f"{name}.bias"], x.ndim)


def relu(x):
    return np.where(x > 0, x, 0.0)


def conv(state, name, x, stride, same_tf=False):
    weight = state[f"{name}.weight"]
    kernel = weight.shape[2:]
    around = []
    for k, n in zip(kernel, x.shape[2:], strict=True):
        zeros = max((-(-n // stride) - 1) * stride + k - n, 0) if same_tf else 2 * (k // 2)
        around.append((zeros // 2, zeros - zeros // 2))
    padded = np.pad(x, [(0, 0), (0, 0), *around])
    sizes = [-(-n // stride) for n in x.shape[2:]]
    out = np.zeros((len(x), len(weight), *sizes))
    for place in product(*map(range, sizes)):
        window = tuple(slice(p * stride, p * stride + k) for p, k in zip(place, kernel, strict=True))
        seen = padded[(slice(None), slice(None), *window)].reshape(len(x), -1)
        out[(slice(None), slice(None), *place)] = seen @ weight.reshape(len(weight), -1).T
    bias = state.get(f"{name}.bias")
    return out if bias is None else out + trailing(bias, out.ndim)


def dense(state, name, x):
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def attention(state, name, pooled, train):
    hidden = relu(norm(state, f"{name}.fc_norm", dense(state, f"{name}.fc1", pooled), train))
    return 1 / (1 + np.exp(-dense(state, f"{name}.fc2", hidden)))


def shortcut(x, channels, stride):
    for axis in range(2, x.ndim):
        x = np.take(x, range(0, x.shape[axis], stride), axis=axis)
    out = np.zeros((len(x), channels, *x.shape[2:]))
    extra = channels - x.shape[1]
    before = extra // 2 if extra >= 0 else -(-extra // 2 + (-extra) % 2)
    for c in range(x.shape[1]):
        if 0 <= c + before < channels:
            out[:, c + before] = x[:, c]
    return out


def unit(state, kind, x, stride, train, same_tf=False):
    """Output and intermediates of one unit; ``kind`` is "convnet", "resnet", "se", "drsn-cs" or "drsn-cw"."""
    step = {}
    out = conv(state, "conv1", relu(norm(state, "norm1", x, train)), stride, same_tf)
    out = conv(state, "conv2", relu(norm(state, "norm2", out, train)), 1)
    step["before"] = out
    pooled = np.abs(out).reshape(*out.shape[:2], -1).mean(2)
    if kind == "se":
        alpha = attention(state, "gate", pooled, train)
        out = out * alpha.reshape(*alpha.shape, *(1,) * (x.ndim - 2))
    if kind.startswith("drsn"):
        alpha = attention(state, "threshold", pooled, train)
        magnitude = pooled.mean(1, keepdims=True) if kind == "drsn-cs" else pooled
        tau = alpha * magnitude
        step |= {"magnitude": magnitude, "alpha": alpha, "threshold": tau}
        t = np.broadcast_to(tau.reshape(*tau.shape, *(1,) * (x.ndim - 2)), out.shape)
        out = np.where(out > t, out - t, np.where(out < -t, out + t, 0.0))
    if kind != "convnet":
        out = out + shortcut(x, out.shape[1], stride)
    return out, step


def network(state, kind, x, train, same_tf=False):
    """Logits, features and the steps of every unit of a network of Table II."""
    x = conv(state, "stem", x, 2, same_tf)
    steps = []
    for i in range(12):
        prefix = f"blocks.{i}."
        own = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
        x, step = unit(own, kind, x, 1 if i % 4 else 2, train, same_tf)
        steps.append(step)
    x = relu(norm(state, "norm", x, train))
    features = x.reshape(*x.shape[:2], -1).mean(2)
    return dense(state, "head", features), features, steps
