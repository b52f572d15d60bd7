# What there is to set and to ask: instruction sets, threads, kept memory, the machine. Included by
# _core.pyx; needs _core.pxd alone.

import os

from libc.stdint cimport uint8_t


cdef dict isa_as_dict(const leakyc_isa *isa):
    return {
        "name": leakyc_isa_name(isa).decode(),
        "requires": leakyc_isa_requires(isa).decode(),
        "available": bool(leakyc_isa_available(isa)),
        "chosen": isa == leakyc_isa_chosen(),
    }


def isas():
    """The registry, best first: a dict for each compiled instruction set."""
    cdef size_t i = 0
    rows = []
    while leakyc_isa_at(i) != NULL:
        rows.append(isa_as_dict(leakyc_isa_at(i)))
        i += 1
    return rows


cdef const leakyc_isa *isa_named(str name) except NULL:
    """An instruction set that can run here."""
    cdef size_t i = 0
    while leakyc_isa_at(i) != NULL:
        if leakyc_isa_name(leakyc_isa_at(i)).decode() == name:
            if not leakyc_isa_available(leakyc_isa_at(i)):
                raise ValueError(f"this CPU lacks what {name!r} requires")
            return leakyc_isa_at(i)
        i += 1
    raise ValueError(f"no instruction set is named {name!r}")


def _choose():
    forced = os.environ.get("LEAKYC_ISA", "")
    if leakyc_init(forced.encode()) != 0:
        here = [isa["name"] for isa in isas() if isa["available"]]
        raise ImportError(
            f"LEAKYC_ISA={forced!r} cannot be had on this CPU; available: {', '.join(here)}"
        )


_choose()
cdef const leakyc_isa *chosen = leakyc_isa_chosen()


def threads_now():
    """The number of threads that a large call may use now, and the reason."""
    cdef const char *reason
    cdef int n = leakyc_get_num_threads(&reason)
    return n, reason.decode()


def set_threads(int n):
    """Sets the number for the process, 0 for the default; returns the previous setting."""
    return leakyc_set_num_threads(n)


def set_my_threads(int n):
    """Sets the number for the calling thread, 0 for the process's; returns the previous setting."""
    return leakyc_set_my_num_threads(n)


def team():
    """The helper threads, how many sleep, how often they were offered work and took it."""
    return dict(leakyc_team_now())


def threads_from():
    """The bytes that a call made now must touch for more than one thread, None where none would,
    and the reason."""
    cdef const char *reason
    cdef size_t least = leakyc_threads_from(&reason)
    return None if least == <size_t>-1 else least, reason.decode()


def threads_for(size_t nbytes):
    """The threads that a call would use which touches so many bytes."""
    return leakyc_threads_for(nbytes)


def set_eager(bint on):
    """For tests: whether calls of 512 KB and more wait for help. Returns what was set."""
    return bool(leakyc_set_eager(on))


def set_buffers(limit):
    """Sets the limit in bytes, None for the default; returns the one before."""
    return leakyc_set_buffer_limit(leakyc_default_buffer_limit() if limit is None else limit)


def clear_buffers():
    """Gives the kept blocks back; returns their bytes."""
    cdef size_t nbytes
    with nogil:
        nbytes = leakyc_clear_buffers()
    return nbytes


def buffers():
    """The pool's state."""
    return leakyc_buffer_info()


def machine():
    """What the core was built with and what it found."""
    return {
        "compiler": leakyc_compiler().decode(),
        "openmp": leakyc_openmp_version(),
        "caches": {level: leakyc_cache_bytes(level) for level in (1, 2, 3)},
        "streams_from": leakyc_last_level_cache(),
        "cpus_allowed": leakyc_cpus_allowed(),
    }


# ---- for tests and benchmarks: one kernel of one instruction set, by address ------------------

def leak_at(str isa, str dtype, size_t out, size_t gate, size_t value, size_t n, double slope,
            int threads=1, bint bools=False):
    """Runs `leakyc_leak` or `leakyc_leak_bools` on raw addresses. Checks nothing but the names."""
    cdef const leakyc_isa *row = isa_named(isa)
    cdef leakyc_dtype t = <leakyc_dtype>DTYPES[dtype]
    with nogil:
        if bools:
            leakyc_leak_bools(row, t, <void *>out, <const uint8_t *>gate, <void *>value, n, slope,
                              threads)
        else:
            leakyc_leak(row, t, <void *>out, <void *>gate, <void *>value, n, slope, threads)


def copy_at(str isa, str dtype, size_t out, size_t src, size_t n, bint stream, int threads=1):
    """Runs `leakyc_copy`, the copy baseline, on raw addresses. Checks nothing but the names."""
    cdef const leakyc_isa *row = isa_named(isa)
    cdef leakyc_dtype t = <leakyc_dtype>DTYPES[dtype]
    with nogil:
        leakyc_copy(row, t, <void *>out, <void *>src, n, stream, threads)


DTYPES = {
    "float32": LEAKYC_F32, "float64": LEAKYC_F64, "float16": LEAKYC_F16, "bfloat16": LEAKYC_BF16,
}
