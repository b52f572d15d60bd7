"""How many threads a large call uses: for the process, for one of its threads, for a block."""

import contextlib

from leakyc import _core, _errors


def get_num_threads():
    """Return the number of threads that a large call of this thread may use now.

    The number set for the calling thread; else that set for the process; else
    ``OMP_NUM_THREADS``; else the CPUs that the process's affinity mask and cgroup quota allow now.
    A limit in the OpenMP runtime, e.g. by ``threadpoolctl`` or ``OMP_THREAD_LIMIT``, is obeyed.

    A call uses them where they make it faster: one that touches half a megabyte and more if it
    follows another at once, since the threads are awake then, else one of 6 MB and more. Calls of
    several Python threads by turns, and calls while other programs keep the CPUs busy, run on one.
    `show_config` tells what the next call would do and why.

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


def set_num_threads(n, *, scope="process"):
    """Set the number of threads that a large call may use.

    Parameters
    ----------
    n : int or None
        At least 1. None takes the setting back.
    scope : {"process", "thread"}, optional
        Whether it counts for all threads of the process, or for the calling one alone, where it
        comes before the process's. A data loader's thread stays serial with
        ``set_num_threads(1, scope="thread")``.

    Returns
    -------
    int or None
        The previous setting of that scope, which can be passed back; None where there was none.

    Raises
    ------
    TypeError
        If `n` is no integer.
    ValueError
        If `n` is less than 1 or more than 4096, or `scope` is neither.

    Examples
    --------
    >>> import leakyc
    >>> previous = leakyc.set_num_threads(1)
    >>> leakyc.get_num_threads()
    1
    >>> leakyc.set_num_threads(previous)
    1

    Threads of an executor that leave the other CPUs alone:

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> def serial():
    ...     leakyc.set_num_threads(1, scope="thread")
    >>> with ThreadPoolExecutor(2, initializer=serial) as pool:
    ...     pool.submit(leakyc.get_num_threads).result()
    1
    """
    if n is not None:
        n = _errors.integer("set_num_threads", "n", n, 1, 4096)
    if scope not in ("process", "thread"):
        raise ValueError(f"set_num_threads: scope must be 'process' or 'thread', got {scope!r}")
    return (_core.set_threads if scope == "process" else _core.set_my_threads)(n or 0) or None


@contextlib.contextmanager
def threads(n, *, scope="thread"):
    """Set the number of threads in a ``with`` block, and put the previous setting back after it.

    Parameters
    ----------
    n : int or None
        At least 1. None takes the setting back for the block.
    scope : {"thread", "process"}, optional
        Whether it counts for the calling thread alone, or for all threads of the process while the
        block runs.

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
    previous = set_num_threads(n, scope=scope)
    try:
        yield
    finally:
        set_num_threads(previous, scope=scope)
