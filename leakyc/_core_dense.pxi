# The fast path: dense arrays and a scalar slope, straight to a kernel. Included by _core.pyx; needs
# _core_config.pxi and _core_arrays.pxi.

cdef extern from "Python.h":
    ctypedef struct PyThreadState:
        pass
    PyThreadState *PyEval_SaveThread()
    void PyEval_RestoreThread(PyThreadState *state)

# Below this a call is over sooner than the GIL is handed on (bench/calls.py).
cdef enum:
    RELEASE_GIL_FROM_BYTES = 65536


cdef inline PyThreadState *release_gil(size_t touched) noexcept:
    """Lets other Python threads run during a call that touches so many bytes, if that is worth it;
    returns what `take_gil` is to be given."""
    return PyEval_SaveThread() if touched >= RELEASE_GIL_FROM_BYTES else NULL


cdef inline void take_gil(PyThreadState *state) noexcept:
    if state != NULL:
        PyEval_RestoreThread(state)


cdef object dense_call(object gate, object value, double slope, object out):
    """The result, or None where the call is not one for the fast path."""
    cdef Operand g, v, o
    if not take(gate, &g):
        return None
    if value is gate:
        v = g
    elif not take_like(value, &g, &v):
        return None
    y = result(out, &g, &v, &o)
    if y is None:
        return None
    cdef PyThreadState *state = release_gil(g.nbytes * (2 if g.data == v.data else 3))
    leakyc_leak(chosen, g.dtype, o.data, g.data, v.data, g.n, slope, 0)
    take_gil(state)
    return y


cdef object bools_call(object gate, object value, double slope, object out):
    """The same where the gate is of bool."""
    cdef Operand g, v, o
    if not (
        take_bytes(gate, cnp.NPY_BOOL, &g) and take_in_order(value, &v)
        and same_shape(<cnp.ndarray>gate, <cnp.ndarray>value)
    ):
        return None
    y = result(out, &v, &v, &o)
    if y is None or not apart(&g, &o):
        return None
    cdef PyThreadState *state = release_gil(2 * v.nbytes + v.n)
    leakyc_leak_bools(chosen, v.dtype, o.data, <const uint8_t *>g.data, v.data, v.n, slope,
                      0)
    take_gil(state)
    return y
