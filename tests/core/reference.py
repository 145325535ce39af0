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


def surroundings(kernel, space, stride, same_tf):
    """Zeros before and after every axis."""
    around = []
    for k, n in zip(kernel, space, strict=True):
        zeros = max((-(-n // stride) - 1) * stride + k - n, 0) if same_tf else 2 * (k // 2)
        around.append((zeros // 2, zeros - zeros // 2))
    return around


def conv(state, name, x, stride, same_tf=False):
    weight = state[f"{name}.weight"]
    kernel = weight.shape[2:]
    around = surroundings(kernel, x.shape[2:], stride, same_tf)
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


# ---- gradients, by hand: each step of the units above, backward, with the derivatives of eqs. 9-14


def conv_back(grads, state, name, x, stride, grad, same_tf=False):
    """Add the gradients of weight and bias to ``grads``, return that of ``x``; ``grad`` is that of the output."""
    weight = state[f"{name}.weight"]
    kernel = weight.shape[2:]
    around = surroundings(kernel, x.shape[2:], stride, same_tf)
    padded = np.pad(x, [(0, 0), (0, 0), *around])
    back, by_weight = np.zeros_like(padded), np.zeros_like(weight)
    for place in product(*map(range, grad.shape[2:])):
        window = tuple(slice(p * stride, p * stride + k) for p, k in zip(place, kernel, strict=True))
        seen = (slice(None), slice(None), *window)
        here = grad[(slice(None), slice(None), *place)]
        by_weight += np.tensordot(here, padded[seen], axes=(0, 0))
        back[seen] += np.tensordot(here, weight, axes=(1, 0))
    grads[f"{name}.weight"] = by_weight
    if f"{name}.bias" in state:
        grads[f"{name}.bias"] = grad.sum((0, *range(2, grad.ndim)))
    inside = tuple(slice(before, before + n) for (before, _), n in zip(around, x.shape[2:], strict=True))
    return back[(slice(None), slice(None), *inside)]


def norm_back(grads, state, name, x, train, grad, eps=1e-5):
    """In training the mean and the variance depend on every value of the channel, and pass gradients on to all."""
    axes = (0, *range(2, x.ndim))
    mean = x.mean(axes) if train else state[f"{name}.running_mean"]
    variance = x.var(axes) if train else state[f"{name}.running_var"]
    spread = np.sqrt(trailing(variance, x.ndim) + eps)
    scaled = (x - trailing(mean, x.ndim)) / spread
    grads[f"{name}.weight"], grads[f"{name}.bias"] = (grad * scaled).sum(axes), grad.sum(axes)
    inner = grad * trailing(state[f"{name}.weight"], x.ndim)
    if train:
        along = (inner * scaled).mean(axes, keepdims=True)
        inner = inner - inner.mean(axes, keepdims=True) - scaled * along
    return inner / spread


def dense_back(grads, state, name, x, grad):
    grads[f"{name}.weight"], grads[f"{name}.bias"] = grad.T @ x, grad.sum(0)
    return grad @ state[f"{name}.weight"]


def attention_back(grads, state, name, pooled, train, grad):
    """Back from the gradient of alpha to that of the averages."""
    first = dense(state, f"{name}.fc1", pooled)
    normed = norm(state, f"{name}.fc_norm", first, train)
    alpha = 1 / (1 + np.exp(-dense(state, f"{name}.fc2", relu(normed))))
    grad = dense_back(grads, state, f"{name}.fc2", relu(normed), grad * alpha * (1 - alpha))
    grad = norm_back(grads, state, f"{name}.fc_norm", first, train, grad * (normed > 0))
    return dense_back(grads, state, f"{name}.fc1", pooled, grad)


def shrink_back(grads, state, kind, out, train, grad):
    """Back through the threshold: directly, and by way of tau to every value that had a part in setting it."""
    space = tuple(range(2, out.ndim))
    pooled = np.abs(out).mean(space)
    wide = (*pooled.shape, *(1,) * len(space))
    if kind == "se":
        alpha = attention(state, "gate", pooled, train)
        direct = grad * alpha.reshape(wide)
        by_pooled = attention_back(grads, state, "gate", pooled, train, (grad * out).sum(space))
    else:
        alpha = attention(state, "threshold", pooled, train)
        shared = kind == "drsn-cs"
        magnitude = pooled.mean(1, keepdims=True) if shared else pooled
        tau = np.broadcast_to(alpha * magnitude, pooled.shape).reshape(wide)
        outside = np.abs(out) > tau
        direct = grad * outside
        by_tau = -(grad * np.sign(out) * outside).sum(space)
        if shared:
            by_tau = by_tau.sum(1, keepdims=True)
        by_pooled = attention_back(grads, state, "threshold", pooled, train, by_tau * magnitude)
        by_magnitude = by_tau * alpha
        by_pooled = by_pooled + (by_magnitude / pooled.shape[1] if shared else by_magnitude)
    return direct + by_pooled.reshape(wide) * np.sign(out) / np.prod(out.shape[2:])


def shortcut_back(shape, stride, grad):
    """The adjoint of `shortcut`: each value goes back to where it was taken from."""
    back = np.zeros(shape)
    extra = grad.shape[1] - shape[1]
    before = extra // 2 if extra >= 0 else -(-extra // 2 + (-extra) % 2)
    places = tuple(slice(None, None, stride) for _ in shape[2:])
    for c in range(shape[1]):
        if 0 <= c + before < grad.shape[1]:
            back[(slice(None), c, *places)] = grad[:, c + before]
    return back


def unit_back(state, kind, x, stride, train, grad, same_tf=False):
    """Gradients of ``sum(grad * unit(x))``: that of ``x``, and a dictionary with those of all parameters."""
    grads = {}
    first = norm(state, "norm1", x, train)
    middle = conv(state, "conv1", relu(first), stride, same_tf)
    second = norm(state, "norm2", middle, train)
    out = conv(state, "conv2", relu(second), 1)
    by_out = grad if kind in ("convnet", "resnet") else shrink_back(grads, state, kind, out, train, grad)
    back = conv_back(grads, state, "conv2", relu(second), 1, by_out) * (second > 0)
    back = norm_back(grads, state, "norm2", middle, train, back)
    back = conv_back(grads, state, "conv1", relu(first), stride, back, same_tf) * (first > 0)
    back = norm_back(grads, state, "norm1", x, train, back)
    if kind != "convnet":
        back = back + shortcut_back(x.shape, stride, grad)
    return back, grads


def network_back(state, kind, x, train, grad):
    """Gradients of ``sum(grad * logits)``: that of ``x``, and a dictionary with those of all parameters."""
    grads = {}
    own = [
        {key.removeprefix(f"blocks.{i}."): value for key, value in state.items() if key.startswith(f"blocks.{i}.")}
        for i in range(12)
    ]
    entered = [conv(state, "stem", x, 2)]
    for i in range(12):
        entered.append(unit(own[i], kind, entered[i], 1 if i % 4 else 2, train)[0])
    last = norm(state, "norm", entered[12], train)
    features = relu(last).reshape(*last.shape[:2], -1).mean(2)
    back = dense_back(grads, state, "head", features, grad)
    back = back.reshape(*back.shape, *(1,) * (last.ndim - 2)) * (last > 0) / np.prod(last.shape[2:])
    back = norm_back(grads, state, "norm", entered[12], train, back)
    for i in reversed(range(12)):
        back, inner = unit_back(own[i], kind, entered[i], 1 if i % 4 else 2, train, back)
        grads |= {f"blocks.{i}.{name}": value for name, value in inner.items()}
    return conv_back(grads, state, "stem", x, 2, back), grads
