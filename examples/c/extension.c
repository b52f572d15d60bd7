/* extension.c - an extension module in C that takes leakyc's functions out of the installed
 * package.
 *
 *     gcc -shared -fPIC $(python3-config --includes) $(python -m leakyc --cflags) \
 *         examples/c/extension.c -o extension$(python3-config --extension-suffix)
 */
#define PY_SSIZE_T_CLEAN
#include "leakyc_capi.h"

/* Leaky ReLU over any writeable buffer of float32, in place. */
static PyObject *activate(PyObject *module, PyObject *arguments)
{
    Py_buffer x;
    double slope;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "w*d", &x, &slope))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    leakyc->leaky_relu_f32(x.buf, x.buf, (size_t)x.len / sizeof(float), slope, 0);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&x);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"activate", activate, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "extension", .m_methods = methods};

PyMODINIT_FUNC PyInit_extension(void)
{
    if (leakyc_import() < 0)
        return NULL;
    return PyModule_Create(&module);
}
