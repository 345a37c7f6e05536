"""NumPy, PyTorch or JAX in a process of its own, asked by lines of JSON as worker.ts is: python3 peers.py ENGINE."""

import gc
import json
import resource
import sys
import time

ALPHA = 0.5


GATES = {"gru": 3, "gru-pytorch": 3, "lstm": 4}


def shapes(p):
    d, n, m = p["d"], p["n"], p["m"]
    layer = [(d, d), (d, n), (d,)] * GATES.get(p["work"], 1)
    return layer + ([(d,)] if p["work"] == "gru-pytorch" else []) + [(m, d), (m,)]


def parts(p, xp):
    """Parameters in their shapes, inputs and targets with time first: [T, B, ...]."""
    out, at = [], 0
    for shape in shapes(p):
        size = shape[0] * (shape[1] if len(shape) == 2 else 1)
        out.append(xp(p["theta"][at : at + size]).reshape(shape))
        at += size
    x = xp(p["xs"]).reshape(p["B"], p["T"], p["n"]).swapaxes(0, 1)
    y = xp(p["targets"]).reshape(p["B"], p["T"], p["m"]).swapaxes(0, 1)
    return out, x, y


def product(p, xp):
    """Both factors of a matrix product or of a matrix and a vector."""
    d = p["d"]
    return xp(p["theta"]).reshape(d, d), xp(p["xs"]).reshape((d, d) if p["work"] == "gemm" else (d,))


def leaky_step(tanh):
    def step(theta, h, x):
        W, V, b = theta
        return (1 - ALPHA) * h + ALPHA * tanh(h @ W.T + x @ V.T + b)

    return step


def gru_step(tanh, sigmoid):
    def step(theta, h, x):
        Wz, Vz, bz, Wr, Vr, br, Wh, Vh, bh = theta
        z = sigmoid(h @ Wz.T + x @ Vz.T + bz)
        r = sigmoid(h @ Wr.T + x @ Vr.T + br)
        c = tanh((r * h) @ Wh.T + x @ Vh.T + bh)
        return (1 - z) * h + z * c

    return step


def numpy_bptt(np, p, dtype):
    (W, V, b, R, c), X, Y = parts(p, lambda v: np.array(v, dtype))
    X, Y = np.ascontiguousarray(X), np.ascontiguousarray(Y)
    T, B, d = p["T"], p["B"], p["d"]
    H, F, D = np.zeros((T + 1, B, d), dtype), np.zeros((T, B, d), dtype), np.zeros((T, B, d), dtype)

    def call():
        drive = X @ V.T + b
        for t in range(T):
            F[t] = np.tanh(drive[t] + H[t] @ W.T)
            H[t + 1] = (1 - ALPHA) * H[t] + ALPHA * F[t]
        E = (H[1:] @ R.T + c - Y) / B
        Q, slope, carry = E @ R, ALPHA * (1 - F * F), np.zeros((B, d), dtype)
        for t in range(T - 1, -1, -1):
            carry += Q[t]
            D[t] = slope[t] * carry
            carry = (1 - ALPHA) * carry + D[t] @ W
        delta, e = D.reshape(T * B, d), E.reshape(T * B, -1)
        before, after = H[:-1].reshape(T * B, d), H[1:].reshape(T * B, d)
        return [delta.T @ before, delta.T @ X.reshape(T * B, -1), delta.sum(0), e.T @ after, e.sum(0)]

    return call


def numpy_rtrl(np, p, dtype):
    (W, V, b, R, c), X, Y = parts(p, lambda v: np.array(v, dtype))
    T, B, d, n, m = p["T"], p["B"], p["d"], p["n"], p["m"]
    own = np.arange(d)

    def sequence(x, y):
        h, M, G = np.zeros(d, dtype), np.zeros((d, d * (d + n + 1)), dtype), np.zeros(d * (d + n + 1), dtype)
        dR, dc = np.zeros((m, d), dtype), np.zeros(m, dtype)
        for t in range(T):
            f = np.tanh(W @ h + V @ x[t] + b)
            g = ALPHA * (1 - f * f)
            J = g[:, None] * W
            J[own, own] += 1 - ALPHA
            M = J @ M
            M.reshape(d, d, d + n + 1)[own, own] += g[:, None] * np.concatenate([h, x[t], [1]])
            h = (1 - ALPHA) * h + ALPHA * f
            e = (R @ h + c - y[t]) / B
            G += (e @ R) @ M
            dR += np.outer(e, h)
            dc += e
        G = G.reshape(d, d + n + 1)
        return [G[:, :d], G[:, d : d + n], G[:, d + n], dR, dc]

    def call():
        each = [sequence(X[:, s], Y[:, s]) for s in range(B)]
        return [sum(group) for group in zip(*each)]

    return call


def numpy_influence(np, rule, d, m):
    """What a rule remembers and how a step changes it, given what vanilla-rtrl (Marschall et al. 2020) gives its rules: the
    derivative g of each unit, what it was given a_hat, W, the error e and R; back comes the gradient [d, d + n + 1]."""
    own, feedback = np.arange(d), np.full((d, m), 0.5)

    def jacobian(g, W):
        J = g[:, None] * W
        J[own, own] += 1 - ALPHA
        return J

    def rflo(trace, g, a_hat, W, e, R, nu):
        trace = (1 - ALPHA) * trace + np.outer(g, a_hat)
        return trace, (feedback @ e)[:, None] * trace

    def snap(trace, g, a_hat, W, e, R, nu):
        trace = ((1 - ALPHA) + g * np.diag(W))[:, None] * trace + np.outer(g, a_hat)
        return trace, (e @ R)[:, None] * trace

    def rtrl(M, g, a_hat, W, e, R, nu):
        M = jacobian(g, W) @ M
        M.reshape(d, d, -1)[own, own] += np.outer(g, a_hat)
        return M, ((e @ R) @ M).reshape(d, -1)

    def uoro(both, g, a_hat, W, e, R, nu):
        (a, theta), J, q = both, jacobian(g, W), e @ R
        Ja, nu_B = J @ a, np.outer(nu * g, a_hat)
        norm = np.linalg.norm
        G = q[:, None] * np.outer(g, a_hat) + (q @ Ja) * theta
        of_old, of_new = [norm(theta), norm(Ja)], [norm(nu_B), norm(nu)]
        rho_0, rho_1 = (np.sqrt(x[0] / x[1]) if x[0] > 1e-7 and x[1] > 1e-7 else 1.0 for x in (of_old, of_new))
        return (rho_0 * Ja + rho_1 * nu, theta / rho_0 + nu_B / rho_1), G

    return {"rflo": rflo, "snap": snap, "rtrl": rtrl, "uoro": uoro}[rule]


def numpy_online(np, p, dtype):
    """Learning at every step: forward, the rule, gradient descent."""
    start, X, Y = parts(p, lambda v: np.array(v, dtype))
    T, d, n, m, lr = p["T"], p["d"], p["n"], p["m"], 0.001
    rule, k = p["work"].split("-")[1], p["d"] + p["n"] + 1
    X, Y, one = np.ascontiguousarray(X[:, 0]), np.ascontiguousarray(Y[:, 0]), np.ones(1, dtype)
    signs = np.array(p["signs"], dtype).reshape(-1, d) if p["signs"] else np.zeros((T, 0))
    step = numpy_influence(np, rule, d, m)
    first = {"rtrl": lambda: np.zeros((d, d * k)), "uoro": lambda: (np.zeros(d), np.zeros((d, k)))}

    def call():
        W, V, b, R, c = start
        h, memory = np.zeros(d, dtype), first.get(rule, lambda: np.zeros((d, k)))()
        for t in range(T):
            f = np.tanh(W @ h + V @ X[t] + b)
            g, a_hat = ALPHA * (1 - f * f), np.concatenate([h, X[t], one])
            h = (1 - ALPHA) * h + ALPHA * f
            e = R @ h + c - Y[t]
            memory, G = step(memory, g, a_hat, W, e, R, signs[t])
            grads = [G[:, :d], G[:, d : d + n], G[:, -1], np.outer(e, h), e]
            W, V, b, R, c = [leaf - lr * grad for leaf, grad in zip([W, V, b, R, c], grads)]
        return [W, V, b, R, c]

    return call


def with_numpy(p):
    import numpy as np

    dtype = np.float64 if p["dtype"] == "f64" else np.float32
    if p["work"] in ("matvec", "gemm"):
        a, b = product(p, lambda v: np.array(v, dtype))
        out = np.zeros_like(b)
        return lambda: [np.matmul(a, b, out=out)]
    if p["work"].startswith("online"):
        return numpy_online(np, p, dtype)
    return (numpy_bptt if p["work"] == "bptt" else numpy_rtrl)(np, p, dtype)


def fused_pytorch(torch, p, theta, X, Y):
    """torch.nn.LSTM and torch.nn.GRU, whose gates lie one below the other in their order: of ours f i o g it is i f g o."""
    lstm, d = p["work"] == "lstm", p["d"]
    order = [1, 0, 3, 2] if lstm else [0, 1, 2]
    stacked = [torch.cat([theta[3 * gate + k] for gate in order]).detach() for k in range(3)]
    rnn = (torch.nn.LSTM if lstm else torch.nn.GRU)(p["n"], d, dtype=theta[0].dtype)
    with torch.no_grad():
        for own, value in zip((rnn.weight_hh_l0, rnn.weight_ih_l0, rnn.bias_ih_l0), stacked):
            own.copy_(value)
        rnn.bias_hh_l0.zero_()
        if not lstm:
            rnn.bias_hh_l0[2 * d :] = theta[9]
    R, c = theta[-2:]
    wanted = [rnn.weight_hh_l0, rnn.weight_ih_l0, rnn.bias_ih_l0, rnn.bias_hh_l0, R, c]

    def call():
        h, _ = rnn(X)
        loss = 0.5 * ((h @ R.T + c - Y) ** 2).sum() / p["B"]
        *parts, second, dR, dc = torch.autograd.grad(loss, wanted)
        gates = [part.split(d) for part in parts]
        own = [gates[k][order.index(gate)] for gate in range(len(order)) for k in range(3)]
        return [*own, *([] if lstm else [second[2 * d :]]), dR, dc]

    return call


def with_pytorch(p):
    import torch

    torch.set_num_threads(1)
    dtype = torch.float64 if p["dtype"] == "f64" else torch.float32
    tensor = lambda v: torch.tensor(v, dtype=dtype)
    if p["work"] in ("matvec", "gemm"):
        a, b = product(p, tensor)
        return lambda: [a @ b]
    theta, X, Y = parts(p, tensor)
    theta = [leaf.clone().requires_grad_() for leaf in theta]
    if p["work"] in ("lstm", "gru-pytorch"):
        return fused_pytorch(torch, p, theta, X.contiguous(), Y)
    step = leaky_step(torch.tanh) if p["work"] == "bptt" else gru_step(torch.tanh, torch.sigmoid)

    def call():
        *cell, R, c = theta
        h, loss = torch.zeros((p["B"], p["d"]), dtype=dtype), 0
        for t in range(p["T"]):
            h = step(cell, h, X[t])
            loss = loss + 0.5 * ((h @ R.T + c - Y[t]) ** 2).sum()
        return torch.autograd.grad(loss / p["B"], theta)

    return call


def jax_rtrl(jax, jnp, p, theta, X, Y):
    d, n, B = p["d"], p["n"], p["B"]
    leaky = leaky_step(jnp.tanh)

    def step(flat, h, x):
        W, V, b = flat[: d * d].reshape(d, d), flat[d * d : d * (d + n)].reshape(d, n), flat[d * (d + n) :]
        return leaky((W, V, b), h, x)

    def sequence(theta, x, y):
        *cell, R, c = theta
        flat = jnp.concatenate([leaf.ravel() for leaf in cell])

        def moment(carry, now):
            h, M, G, dR, dc = carry
            J, I = jax.jacfwd(step, 1)(flat, h, now[0]), jax.jacrev(step, 0)(flat, h, now[0])
            M, h = J @ M + I, step(flat, h, now[0])
            e = (R @ h + c - now[1]) / B
            return (h, M, G + (e @ R) @ M, dR + jnp.outer(e, h), dc + e), None

        blank = (jnp.zeros(d), jnp.zeros((d, flat.size)), jnp.zeros(flat.size), jnp.zeros_like(R), jnp.zeros_like(c))
        (_, _, G, dR, dc), _ = jax.lax.scan(moment, blank, (x, y))
        return [G, dR, dc]

    run = jax.jit(lambda theta, X, Y: [sum(group) for group in zip(*(sequence(theta, X[:, s], Y[:, s]) for s in range(B)))])
    return lambda: jax.block_until_ready(run(theta, X, Y))


def with_jax(p):
    import jax

    jax.config.update("jax_enable_x64", p["dtype"] == "f64")
    import jax.numpy as jnp

    if p["work"] in ("matvec", "gemm"):
        a, b = product(p, jnp.array)
        run = jax.jit(lambda a, b: a @ b)
        return lambda: [run(a, b).block_until_ready()]
    theta, X, Y = parts(p, jnp.array)
    if p["work"] == "rtrl":
        return jax_rtrl(jax, jnp, p, theta, X, Y)
    step = leaky_step(jnp.tanh) if p["work"] == "bptt" else gru_step(jnp.tanh, jax.nn.sigmoid)

    def loss(theta, X, Y):
        *cell, R, c = theta

        def moment(h, now):
            h = step(cell, h, now[0])
            return h, 0.5 * ((h @ R.T + c - now[1]) ** 2).sum()

        return jax.lax.scan(moment, jnp.zeros((p["B"], p["d"])), (X, Y))[1].sum() / p["B"]

    run = jax.jit(jax.grad(loss))
    return lambda: jax.block_until_ready(run(theta, X, Y))


def flat(leaves):
    return [float(x) for leaf in leaves for x in leaf.reshape(-1).tolist()]


def timed(call, calls):
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return 1000 * (time.perf_counter() - start)


def warmed(call, least):
    spent, calls, together = 0.0, 0, 1
    while spent < least or calls < 2:
        spent, calls = spent + timed(call, 1), calls + 1
    while (ms := timed(call, together)) < 1:
        together *= 4
    return ms / together


def resident():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class Peer:
    """What has been prepared, and what it answers."""

    def __init__(self, engine):
        self.engine, self.call, self.before = engine, None, resident()

    def prepared(self, problem):
        start = {"numpy": with_numpy, "pytorch": with_pytorch, "jax": with_jax}[self.engine]
        try:
            self.call = start(problem)
        except ImportError as error:
            return {"absent": f"{self.engine} is not installed: {error}"}
        start = time.perf_counter()
        result = self.call()
        first_ms = 1000 * (time.perf_counter() - start)
        name = {"pytorch": "torch"}.get(self.engine, self.engine)
        version = f"{self.engine} {sys.modules[name].__version__}"
        return {"first_ms": first_ms, "result": flat(result), "version": version}

    def answer(self, question):
        if "problem" in question:
            return self.prepared(question["problem"])
        if "warm" in question:
            return {"ms": warmed(self.call, question["warm"])}
        if "memory" in question:
            return {"peak_mb": (resident() - self.before) / 1e6, "of": "rss"}
        gc.collect()
        if question["time"] > 1:
            self.call()
        start, ms = time.process_time(), timed(self.call, question["time"])
        cpu_ms = 1000 * (time.process_time() - start)
        return {"ms": ms / question["time"], "cpu_ms": cpu_ms / question["time"]}


def main():
    peer = Peer(sys.argv[1])
    for line in sys.stdin:
        try:
            said = peer.answer(json.loads(line))
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(said), flush=True)


main()
