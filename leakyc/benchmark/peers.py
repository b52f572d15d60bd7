"""Other libraries that have the operation: one small adapter each.

An adapter gets what the cases' statements see and the number of threads, adds names of its own, and
returns statements: case name -> statement. It leaves out what its library cannot do. A library that
is not installed is listed as missing and not timed.

Peers are timed in processes of their own, each beside leakyc: its threads may go on spinning after
a call, and its runtime may change ours. It is imported first, as in a program that uses it.
"""

import importlib.metadata
import importlib.util

import numpy as np

import leakyc
from leakyc.benchmark import arrays, cases, measure, processes, results

# With several threads: seconds of silence before a sample, longer than threads go on spinning, and
# the calls it has at least, so that its own threads are awake.
SETTLE, CALLS = 0.03, 4

PEERS = {}  # name -> (packages that it needs, adapter)


def peer(name, *packages):
    """Enter the decorated adapter in the list."""

    def enter(adapter):
        PEERS[name] = (packages, adapter)
        return adapter

    return enter


def missing(name):
    """The packages of a peer that are not installed."""
    return [p for p in PEERS[name][0] if importlib.util.find_spec(p) is None]


@peer("numexpr", "numexpr")
def numexpr(names, threads):
    import numexpr

    numexpr.set_num_threads(threads)
    names["evaluate"] = numexpr.evaluate
    slope = names["x"].dtype.type(names["a"])  # a Python float would make it float64
    names["ne"] = {"x": names["x"], "grad": names["grad"], "a": slope}
    forward, gradient = "where(x > 0, x, a * x)", "where(x > 0, grad, a * grad)"
    return {
        "forward, fresh": f"evaluate({forward!r}, local_dict=ne)",
        "forward, out=": f"evaluate({forward!r}, local_dict=ne, out=y)",
        "gradient, out=": f"evaluate({gradient!r}, local_dict=ne, out=y)",
    }


def numba_kernels(parallel):
    """Loops over one-dimensional arrays, compiled at the first call."""
    import numba

    @numba.njit(parallel=parallel)
    def forward(x, a, y):
        for i in numba.prange(x.size):
            v = x[i]
            y[i] = v if v > 0 else a * v

    @numba.njit(parallel=parallel)
    def gradient(grad, x, a, y):
        for i in numba.prange(x.size):
            y[i] = grad[i] if x[i] > 0 else a * grad[i]

    return forward, gradient


compiled = {}


@peer("numba", "numba")
def numba(names, threads):
    import numba

    if threads not in compiled:
        compiled[threads] = numba_kernels(threads > 1)
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    names["nb_forward"], names["nb_gradient"] = compiled[threads]
    names["nb_a"], names["nb_one"] = (names["x"].dtype.type(names[s]) for s in ("a", "one"))
    return {
        "forward, out=": "nb_forward(x, nb_a, y)",
        "forward, in place": "nb_forward(x, nb_one, x)",
        "gradient, out=": "nb_gradient(grad, x, nb_a, y)",
    }


@peer("torch", "torch")
def torch(names, threads):
    import torch

    torch.set_num_threads(threads)
    names["torch"] = torch
    for name in ("x", "grad", "y"):
        names[f"t_{name}"] = torch.from_numpy(names[name])
    names["torch_leaky_relu"] = torch.nn.functional.leaky_relu
    names["torch_out"] = torch._C._nn.leaky_relu
    names["torch_backward"] = torch.ops.aten.leaky_relu_backward.grad_input
    return {
        "forward, fresh": "torch_leaky_relu(t_x, a)",
        "forward, out=": "torch_out(t_x, a, out=t_y)",
        "forward, in place": "torch_leaky_relu(t_x, one, inplace=True)",
        "gradient, out=": "torch_backward(t_grad, t_x, a, False, grad_input=t_y)",
    }


@peer("jax", "jax")
def jax(names, threads):
    import jax

    if threads == 1:  # XLA takes its threads from the CPUs at its start
        return {}
    names["j_x"], names["j_grad"] = jax.numpy.asarray(names["x"]), jax.numpy.asarray(names["grad"])
    slope = names["a"]
    names["jax_forward"] = jax.jit(lambda x: jax.nn.leaky_relu(x, slope))
    names["jax_gradient"] = jax.jit(lambda g, x: jax.numpy.where(x > 0, g, slope * g))
    return {
        "forward, fresh": "jax_forward(j_x).block_until_ready()",
        "gradient, fresh": "jax_gradient(j_grad, j_x).block_until_ready()",
    }


@peer("onnxruntime", "onnxruntime", "onnx")
def onnxruntime(names, threads):
    import onnx
    import onnxruntime

    kind = onnx.helper.np_dtype_to_tensor_dtype(names["x"].dtype)
    x, y = (onnx.helper.make_tensor_value_info(name, kind, ["n"]) for name in "xy")
    node = onnx.helper.make_node("LeakyRelu", ["x"], ["y"], alpha=names["a"])
    graph = onnx.helper.make_graph([node], "leaky", [x], [y])
    opset = [onnx.helper.make_opsetid("", 16)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    binding = session.io_binding()
    for bind, name in ((binding.bind_input, "x"), (binding.bind_output, "y")):
        array = names[name]
        bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
    names["ort"], names["ort_binding"], names["ort_inputs"] = session, binding, {"x": names["x"]}
    return {
        "forward, fresh": "ort.run(None, ort_inputs)",
        "forward, out=": "ort.run_with_iobinding(ort_binding)",
    }


@peer("tensorflow", "tensorflow")
def tensorflow(names, threads):
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    names["tf_x"] = tensorflow.constant(names["x"])
    names["tf_leaky_relu"] = tensorflow.nn.leaky_relu
    return {"forward, fresh": "tf_leaky_relu(tf_x, a).numpy()"}


def agrees(statement, case, names):
    """Whether a peer's statement gives our values: it must be the same operation."""
    names["y"].fill(0)
    got = eval(statement, names)
    if "fresh" not in case:
        got = names["x" if "in place" in case else "y"]
    got = np.asarray(got[0] if isinstance(got, list) else got)
    kind = "forward" if case.startswith("forward") else "gradient"
    x, value = names["x"], names["x"] if kind == "forward" else names["grad"]
    slope = names["one"] if "in place" in case else names["a"]
    want = np.where(x > 0, value, x.dtype.type(slope) * value)
    return np.allclose(got, want, rtol=1e-2 if x.dtype.itemsize == 2 else 1e-6)


def version(peer):
    try:
        return importlib.metadata.version(peer)
    except importlib.metadata.PackageNotFoundError:
        return getattr(importlib.import_module(peer), "__version__", "?")


def time_group(peer, group, seconds):
    """One peer beside leakyc: the cases that both have; None if there is none."""
    names = arrays.namespace(arrays.normals(group.elements, group.dtype), group.threads)
    theirs = PEERS[peer][1](names, group.threads)
    differ = [case for case, code in theirs.items() if not agrees(code, case, names)]
    table = [
        case._replace(rivals={peer: theirs[case.name]})
        for case in cases.CASES
        if case.name in theirs and case.name not in differ
    ]
    if not table:
        return None
    with leakyc.threads(group.threads):
        samples = measure.measure(
            cases.statements(table),
            names,
            seconds,
            rounds=results.rounds_for(group.elements),
            settle=SETTLE if group.threads > 1 else 0,
            least=CALLS if group.threads > 1 else 1,
        )
    # What differs was not timed: the values are not ours.
    more = {"peer": peer, "version": version(peer), "differ": differ}
    return results.of_group(table, samples, names["x"], group.threads) | more


def in_process(peer, groups, seconds):
    """In the peer's process: a label before each group, then what it gave."""
    for fields in groups:
        group = results.Group(*fields)
        yield group.label()
        record = time_group(peer, group, seconds)
        if record:
            yield record


def time(peer, groups, seconds, progress):
    """A record for each group that the peer can do."""
    first = f"import {', '.join(PEERS[peer][0])}"
    told = 0
    try:
        for found in processes.found_by(
            "leakyc.benchmark.peers:in_process", [peer, groups, seconds], first
        ):
            if isinstance(found, str):
                told += 1
                progress.step(found)
            else:
                yield found
    except processes.Failed as failed:
        progress.say(f"{peer} failed: {failed}")
    progress.step(peer, size=len(groups) - told)
