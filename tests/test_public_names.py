"""What the functions call their module: pickles outlive where a function is defined today."""

import io
import pickle
import pydoc

import numpy as np
import pytest

import leakyc

NAMES = [name for name in leakyc.__all__ if name != "ufuncs"]


@pytest.mark.parametrize("name", NAMES)
def test_functions(name):
    function = getattr(leakyc, name)
    assert function.__module__ == "leakyc" and function.__name__ == name
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        pickled = pickle.dumps(function, protocol)
        assert b"leakyc._" not in pickled and pickle.loads(pickled) is function
    page = io.StringIO()
    pydoc.Helper(output=page).help(function)
    assert " in module leakyc:" in page.getvalue().splitlines()[0]
    assert "leakyc._" not in repr(function)


@pytest.mark.parametrize("name", ["leaky_relu", "leaky_relu_grad"])
def test_ufuncs(name):
    ufunc = getattr(leakyc.ufuncs, name)
    assert b"leakyc.ufuncs" in pickle.dumps(ufunc) and pickle.loads(pickle.dumps(ufunc)) is ufunc
    if hasattr(np.negative, "__dict__"):
        assert ufunc.__module__ == "leakyc.ufuncs"


OLD = {  # where 0.1.0's first pickles said that they were
    "leakyc._core": [
        *("leaky_relu", "leaky_relu_grad", "prelu", "prelu_grad", "bias_leaky_relu"),
        *("bias_leaky_relu_grad", "leaky_relu_with_mask", "leaky_relu_grad_from_mask"),
    ],
    "leakyc._random": ["rrelu"],
    "leakyc._threads": ["get_num_threads", "set_num_threads", "threads"],
    "leakyc._buffers": ["buffer_info", "clear_buffers", "set_buffer_limit"],
}


@pytest.mark.parametrize("module", OLD)
def test_old_pickles_load(module):
    for name in OLD[module]:
        assert pickle.loads(f"c{module}\n{name}\n.".encode()) is getattr(leakyc, name)
