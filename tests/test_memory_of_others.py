"""Arrays whose memory is somebody else's: files, tensors, buffers, chunked stores."""

import array

import numpy as np
import pytest
import twin
from needs import need

import leakyc

pytestmark = pytest.mark.usefixtures("no_numeric_warnings")


# ---- memory of others ---------------------------------------------------------------------------


def test_memmap_in_and_out(x, grad, tmp_path):
    def mapped(name, mode, values=None):
        made = np.memmap(tmp_path / name, np.float32, mode, shape=x.shape)
        if values is not None:
            made[...] = values
        return made

    a, g, y = mapped("x", "w+", x), mapped("grad", "w+", grad), mapped("y", "w+")
    assert leakyc.leaky_relu(a, 0.1, out=y) is y
    y.flush()
    twin.same_bits(
        np.fromfile(tmp_path / "y", np.float32).reshape(x.shape), twin.leaky_relu(x, 0.1)
    )
    leakyc.leaky_relu_grad(g, a, 0.1, out=g)
    g.flush()
    stored = np.fromfile(tmp_path / "grad", np.float32).reshape(x.shape)
    twin.same_bits(stored, twin.leaky_relu_grad(grad, x, 0.1))
    del a
    a = np.memmap(tmp_path / "x", np.float32, "r", shape=x.shape)
    twin.same_bits(np.asarray(leakyc.leaky_relu(a[:, ::2], 0.1)), twin.leaky_relu(x[:, ::2], 0.1))
    with pytest.raises(ValueError, match="read-only"):
        leakyc.leaky_relu(a, 0.1, out=a)


def test_torch_tensors_in(x, grad):
    torch = need("torch")
    a, g = torch.from_numpy(x.copy()), torch.from_numpy(grad.copy())
    twin.same_bits(np.asarray(leakyc.leaky_relu(a, 0.1)), twin.leaky_relu(x, 0.1))
    dx = leakyc.leaky_relu_grad(g, a, 0.1)
    twin.same_bits(np.asarray(dx), twin.leaky_relu_grad(grad, x, 0.1))
    for other in (a.half(), a.double(), a.T, a[3, 5], torch.arange(-4, 9)):
        y = leakyc.leaky_relu(other, np.float64(0.1))
        assert isinstance(y, torch.Tensor) and y.shape == other.shape
        twin.same_bits(y.numpy(), twin.leaky_relu(other.numpy(), 0.1))
    y, slope = leakyc.rrelu(a, rng=np.random.default_rng(1))
    twin.same_bits(y.numpy(), twin.leaky_relu(x, slope))
    with pytest.raises(TypeError, match="x has dtype complex64"):
        leakyc.leaky_relu(a * 1j)
    # Zero copies, both ways: NumPy's view of the tensor's memory is an input and the output.
    leakyc.leaky_relu(a.numpy(), 0.1, out=a.numpy())
    twin.same_bits(a.numpy(), twin.leaky_relu(x, 0.1))


def test_buffers(x):
    row = x[0].copy()
    want = twin.leaky_relu(row, 0.1)
    twin.same_bits(leakyc.leaky_relu(memoryview(row), 0.1), want)
    twin.same_bits(leakyc.leaky_relu(array.array("f", row.tobytes()), 0.1), want)
    twin.same_bits(leakyc.leaky_relu(memoryview(row)[::2], 0.1), want[::2])


class Interface:
    """Gives its memory away by `__array_interface__` alone."""

    def __init__(self, a):
        self.a, self.__array_interface__ = a, a.__array_interface__


def test_array_interface(x):
    twin.same_bits(leakyc.leaky_relu(Interface(x), 0.1), twin.leaky_relu(x, 0.1))


def test_dlpack_through_numpy(x):
    torch = need("torch")
    view = np.from_dlpack(torch.from_numpy(x.copy()))
    twin.same_bits(leakyc.leaky_relu(view, 0.1), twin.leaky_relu(x, 0.1))
    twin.same_bits(leakyc.leaky_relu(view.T, 0.1), twin.leaky_relu(x.T, 0.1))


# ---- chunked stores: read whole as inputs, no outputs ------------------------------------------


def check_store(stored, a, dtype):
    """A dataset of h5py or zarr, that holds `a`, as an input of every kind of call."""
    slope = a[0]
    twin.same_bits(leakyc.leaky_relu(stored, 0.1), twin.leaky_relu(a, 0.1))
    twin.same_bits(leakyc.leaky_relu_grad(stored, stored, 0.1), twin.leaky_relu_grad(a, a, 0.1))
    twin.same_bits(leakyc.prelu(stored, slope), twin.leaky_relu(a, slope))
    y, mask = leakyc.leaky_relu_with_mask(stored, 0.1)
    twin.same_bits(y, twin.leaky_relu(a, 0.1))
    assert (mask == np.packbits(a > 0, bitorder="little")).all()
    want = leakyc.bias_leaky_relu(a, slope, 0.1)
    twin.same_bits(leakyc.bias_leaky_relu(stored, slope, 0.1), want)
    out = np.empty(a.shape, dtype)
    assert leakyc.leaky_relu(stored, 0.1, out=out) is out
    twin.same_bits(out, twin.leaky_relu(a, 0.1))
    with pytest.raises(TypeError, match="out must be an array"):
        leakyc.leaky_relu(a, 0.1, out=stored)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_h5py(x, tmp_path, dtype):
    h5py = need("h5py")
    with np.errstate(all="ignore"):
        a = x.astype(dtype)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        stored = file.create_dataset("x", data=a, chunks=(16, 32))
        check_store(stored, a, dtype)
        for part in stored.iter_chunks():
            stored[part] = leakyc.leaky_relu(stored[part], 0.1)
        twin.same_bits(stored[...], twin.leaky_relu(a, 0.1))
        swapped = file.create_dataset("y", data=a.astype(a.dtype.newbyteorder()))
        twin.same_bits(leakyc.leaky_relu(swapped, 0.1), twin.leaky_relu(a, 0.1))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_zarr(x, tmp_path, dtype):
    zarr = need("zarr")
    with np.errstate(all="ignore"):
        a = x.astype(dtype)
    stored = zarr.create_array(tmp_path / "x.zarr", data=a, chunks=(16, 32))
    check_store(stored, a, dtype)
    stored[...] = leakyc.leaky_relu(stored, 0.1)
    twin.same_bits(stored[...], twin.leaky_relu(a, 0.1))
