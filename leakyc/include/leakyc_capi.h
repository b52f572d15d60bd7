/* leakyc_capi.h - the functions of leakyc.h in an extension module, out of the installed package:
 * nothing to link, and the threads, settings and instruction set are those of `import leakyc`.
 *
 *     #include "leakyc_capi.h"
 *
 *     if (leakyc_import() < 0) // where the module is made; an ImportError is set
 *         return NULL;
 *     leakyc->leaky_relu_f32(out, x, n, 0.01, 0); // with the GIL or without
 *
 * Each source file that calls imports for itself.
 */
#ifndef LEAKYC_CAPI_H
#define LEAKYC_CAPI_H

#include <Python.h>

#include "leakyc.h"

static const leakyc_api *leakyc = NULL;

/* Imports leakyc. Returns 0, or -1 with an exception set: ImportError where it is not installed, or
 * its table is not one that this header knows. Newer tables of the same ABI are. */
static inline int leakyc_import(void)
{
    const leakyc_api *found = (const leakyc_api *)PyCapsule_Import("leakyc._core._C_API", 0);
    if (found == NULL) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError))
            PyErr_SetString(PyExc_ImportError, "the leakyc that is installed is too old: it has no "
                                               "C API");
        return -1;
    }
    if (found->abi != LEAKYC_ABI) {
        PyErr_Format(PyExc_ImportError,
                     "leakyc's C API is of version %u, this module was compiled for %u: compile "
                     "it against the leakyc that is installed",
                     found->abi, LEAKYC_ABI);
        return -1;
    }
    if (found->bytes < sizeof(leakyc_api)) {
        PyErr_Format(PyExc_ImportError,
                     "the leakyc that is installed is older than the one this module was compiled "
                     "against: its C API has %zu bytes, not %zu",
                     found->bytes, sizeof(leakyc_api));
        return -1;
    }
    leakyc = found;
    return 0;
}

#endif
