"""What dask, awkward, masked and sparse arrays become, each with the real library; and other
processes."""

import pickle

import numpy as np
import pytest
import twin
from needs import need

import leakyc

pytestmark = pytest.mark.usefixtures("no_numeric_warnings")


# ---- dask ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_dask_is_lazy_and_keeps_the_dtype(x, grad, dtype, scheduler):
    da = need("dask.array")
    with np.errstate(all="ignore"):
        a, g = (np.nan_to_num(v).astype(dtype) for v in (x, grad))
    lazy, lazy_grad = (da.from_array(v, chunks=(17, 40)) for v in (a, g))
    for got, want in [
        (leakyc.leaky_relu(lazy, 0.1), twin.leaky_relu(a, 0.1)),
        (leakyc.leaky_relu_grad(lazy_grad, lazy, 0.1), twin.leaky_relu_grad(g, a, 0.1)),
        (leakyc.leaky_relu_grad(g, lazy, 0.1), twin.leaky_relu_grad(g, a, 0.1)),
        (leakyc.prelu(lazy, a[:1]), twin.leaky_relu(a, a[:1])),
    ]:
        assert isinstance(got, da.Array)
        assert got.dtype == want.dtype
        assert isinstance(got._meta, np.ndarray) and got._meta.dtype == want.dtype
        assert got.chunks == lazy.chunks
        again = pickle.loads(pickle.dumps(got))
        twin.same_bits(again.compute(scheduler=scheduler), want)


def test_dask_keeps_bfloat16(x):
    da, ml_dtypes = need("dask.array"), need("ml_dtypes")
    with np.errstate(all="ignore"):
        a = x.astype(ml_dtypes.bfloat16)
    got = leakyc.leaky_relu(da.from_array(a, chunks=(17, 40)), 0.1)
    assert got.dtype == a.dtype
    twin.same_bits(got.compute(), twin.leaky_relu(a, 0.1))


# ---- masked, sparse --------------------------------------------------------------------------


def test_masked_arrays(x, grad):
    mask = np.random.default_rng(1).random(x.shape) < 0.3
    a = np.ma.array(x, mask=mask)
    for got, want in [
        (leakyc.leaky_relu(a, 0.1), twin.leaky_relu(x, 0.1)),
        (leakyc.leaky_relu_grad(grad, a, 0.1), twin.leaky_relu_grad(grad, x, 0.1)),
    ]:
        assert isinstance(got, np.ma.MaskedArray)
        assert (np.ma.getmaskarray(got) == mask).all()
        twin.same_bits(got.compressed(), want[~mask])


def test_sparse_arrays(rng):
    sparse = need("sparse")
    dense = np.where(rng.random((30, 40)) < 0.2, rng.standard_normal((30, 40)), 0).astype("f4")
    got = leakyc.leaky_relu(sparse.COO.from_numpy(dense), 0.1)
    assert isinstance(got, sparse.COO)
    assert got.nnz == np.count_nonzero(dense)
    assert got.dtype == np.float32
    twin.same_bits(got.todense(), twin.leaky_relu(dense, 0.1))


def test_sparse_formats_and_gradients(rng):
    sparse = need("sparse")
    dense = np.where(rng.random((30, 40)) < 0.2, rng.standard_normal((30, 40)), 0).astype("f4")
    grad = rng.standard_normal((30, 40)).astype("f4")
    for a in (sparse.COO.from_numpy(dense), sparse.GCXS.from_numpy(dense)):
        got = leakyc.leaky_relu(a, 0.1)
        assert type(got) is type(a) and got.nnz == a.nnz and got.dtype == np.float32
        twin.same_bits(got.todense(), twin.leaky_relu(dense, 0.1))
        got = leakyc.leaky_relu_grad(grad, a, 0.1)  # no element of it is a fill value: it is dense
        twin.same_bits(got, twin.leaky_relu_grad(grad, dense, 0.1))
        got = leakyc.leaky_relu_grad(a, a, 0.1)
        assert got.nnz == a.nnz
        twin.same_bits(got.todense(), twin.leaky_relu_grad(dense, dense, 0.1))
        slope = np.abs(grad[0])  # a negative one would make -0.0, which sparse does not store
        twin.same_bits(leakyc.prelu(a, slope).todense(), twin.leaky_relu(dense, slope))


# ---- awkward ---------------------------------------------------------------------------------


@pytest.fixture
def lengths(rng):
    """Of rows: some are empty."""
    return rng.multinomial(6000, np.ones(400) / 400) * (np.arange(400) % 7 > 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_awkward_keeps_structure_and_dtype(x, grad, lengths, dtype):
    ak = need("awkward")
    with np.errstate(all="ignore"):
        a, g = (np.nan_to_num(v.ravel()[: lengths.sum()]).astype(dtype) for v in (x, grad))
    ragged, ragged_grad = ak.unflatten(a, lengths), ak.unflatten(g, lengths)
    for got, want in [
        (leakyc.leaky_relu(ragged, 0.1), twin.leaky_relu(a, 0.1)),
        (leakyc.leaky_relu(ragged, np.float64(0.1)), twin.leaky_relu(a, 0.1)),
        (leakyc.leaky_relu_grad(ragged_grad, ragged, 0.1), twin.leaky_relu_grad(g, a, 0.1)),
    ]:
        assert isinstance(got, ak.Array)
        assert ak.all(ak.num(got) == lengths)
        twin.same_bits(ak.to_numpy(ak.flatten(got)), want)


def test_awkward_missing_values_and_slopes_a_row(x, lengths):
    ak = need("awkward")
    a = np.nan_to_num(x.ravel()[: lengths.sum()])
    ragged, slopes = ak.unflatten(a, lengths), np.linspace(0, 1, len(lengths), dtype=np.float32)
    got = leakyc.prelu(ragged, slopes)
    twin.same_bits(ak.to_numpy(ak.flatten(got)), twin.leaky_relu(a, np.repeat(slopes, lengths)))
    got = leakyc.leaky_relu(ak.mask(ragged, ragged > -0.5), 0.1)
    assert ak.all(ak.is_none(got, axis=1) == (ragged <= -0.5))
    kept = ak.to_numpy(ak.drop_none(ak.flatten(got)))
    twin.same_bits(kept, twin.leaky_relu(a[a > -0.5], 0.1))


# ---- other processes ---------------------------------------------------------------------------

CALLABLES = [leakyc.leaky_relu, leakyc.leaky_relu_grad, leakyc.prelu, leakyc.ufuncs.leaky_relu]


def test_cloudpickle():  # pickle: test_public_names.py
    for function in [*CALLABLES, leakyc.ufuncs.leaky_relu_grad]:
        assert pickle.loads(need("cloudpickle").dumps(function)) is function


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_joblib_workers(backend, x):
    joblib = need("joblib")
    rows = joblib.Parallel(n_jobs=2, backend=backend)(
        joblib.delayed(leakyc.leaky_relu)(row, 0.1) for row in x[:6]
    )
    twin.same_bits(np.stack(rows), twin.leaky_relu(x[:6], 0.1))
    functions = [leakyc.ufuncs.leaky_relu] * 2
    ufunc_rows = joblib.Parallel(n_jobs=2, backend=backend)(
        joblib.delayed(function)(row, np.float32(0.1))
        for function, row in zip(functions, x[:2], strict=True)
    )
    twin.same_bits(np.stack(ufunc_rows), twin.leaky_relu(x[:2], 0.1))
