"""How many threads a large call uses: for the process, or for a block of code."""

import contextlib

from leakyc import _core, _errors


def get_num_threads():
    """Return the number of threads that a large call may use now.

    The number set by `set_num_threads`; else ``OMP_NUM_THREADS``; else the CPUs that the
    process's affinity mask and cgroup quota allow. A limit set in the OpenMP runtime, e.g. by
    ``threadpoolctl``, is obeyed. A call that would not gain from threads runs on one: a small one,
    one of some megabytes after a pause, since its threads would have to be woken, and one of
    several Python threads that call by turns.

    Returns
    -------
    int
        1 or more.

    Examples
    --------
    >>> import leakyc
    >>> leakyc.get_num_threads() >= 1
    True
    """
    return _core.threads_now()[0]


def set_num_threads(n):
    """Set the number of threads that a large call may use, for the whole process.

    Parameters
    ----------
    n : int or None
        At least 1. None goes back to the default.

    Returns
    -------
    int or None
        The previous setting, which can be passed back; None where there was none.

    Raises
    ------
    TypeError
        If `n` is no integer.
    ValueError
        If `n` is less than 1 or more than 4096.

    Examples
    --------
    >>> import leakyc
    >>> previous = leakyc.set_num_threads(1)
    >>> leakyc.get_num_threads()
    1
    >>> leakyc.set_num_threads(previous)
    1
    """
    if n is not None:
        n = _errors.integer("set_num_threads", "n", n, 1, 4096)
    return _core.set_threads(n or 0) or None


@contextlib.contextmanager
def threads(n):
    """Set the number of threads in a ``with`` block, and put the previous setting back after it.

    The setting is the process's, as with `set_num_threads`, not the calling thread's.

    Parameters
    ----------
    n : int or None
        At least 1. None is the default.

    Raises
    ------
    TypeError, ValueError
        As `set_num_threads`.

    Examples
    --------
    >>> import leakyc
    >>> with leakyc.threads(1):
    ...     leakyc.get_num_threads()
    1
    """
    previous = set_num_threads(n)
    try:
        yield
    finally:
        set_num_threads(previous)
