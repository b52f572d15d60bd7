"""The recycled memory of large results: its limit, its state, and how to give it back."""

import os
import re
import sys

from leakyc import _core, _errors


def buffer_info():
    """Return the state of the memory that is kept for large results.

    Results of 1 MB and more are made in blocks that are kept when their arrays are gone, so that
    the next result need not be paged in by the operating system. The kernel may take the pages of
    kept blocks whenever it needs them, those of the newest 32 MB excepted.

    Returns
    -------
    dict
        ``limit``: bytes that are kept at the most; ``cached_bytes`` and ``cached_blocks``: what
        is kept now; ``reused`` and ``created``: results made so far in a kept block, and in a
        new one.

    See Also
    --------
    set_buffer_limit : Keep more, less or nothing.
    clear_buffers : Give back what is kept.

    Examples
    --------
    >>> import leakyc
    >>> sorted(leakyc.buffer_info())
    ['cached_blocks', 'cached_bytes', 'created', 'limit', 'reused']
    """
    return _core.buffers()


def set_buffer_limit(nbytes):
    """Set how much memory of large results may be kept for the next ones.

    The default is 256 MB, or a sixteenth of the machine's memory where that is less, or what the
    environment variable ``LEAKYC_BUFFER_LIMIT`` says: bytes, or a whole number with a unit, such
    as ``64K``, ``256MB`` or ``1GiB`` (each a power of 1024). The import fails if it says neither.

    Parameters
    ----------
    nbytes : int or None
        Bytes. 0 turns the recycling off: results are made as NumPy makes them. None is the
        default again.

    Returns
    -------
    int
        The limit before.

    Raises
    ------
    TypeError
        If `nbytes` is no integer.
    ValueError
        If it is negative or no size that memory can have.

    Notes
    -----
    The arrays are ordinary: they own their data, and can be resized, pickled, passed on, freed by
    any thread, and may outlive this setting. Where a NumPy memory handler of your own is set,
    nothing is recycled. Nothing is on Windows.

    Examples
    --------
    >>> import leakyc
    >>> before = leakyc.set_buffer_limit(0)
    >>> leakyc.buffer_info()["cached_bytes"]
    0
    >>> leakyc.set_buffer_limit(before)
    0
    """
    if nbytes is not None:
        nbytes = _errors.integer("set_buffer_limit", "nbytes", nbytes, 0, sys.maxsize)
    return _core.set_buffers(nbytes)


def clear_buffers():
    """Give the memory that is kept for large results back to the operating system.

    Returns
    -------
    int
        How many bytes that were.

    Examples
    --------
    >>> import leakyc
    >>> freed = leakyc.clear_buffers()
    >>> leakyc.buffer_info()["cached_bytes"]
    0
    """
    return _core.clear_buffers()


def _size(text):
    """A size as people write it, 256MB, 1G, 65536, in bytes; None for what is none."""
    found = re.fullmatch(r"(\d+) ?(?:([kmgt])(?:i?b)?|b?)", text, re.ASCII | re.IGNORECASE)
    if found is None or len(found[1]) > 20:  # digits: Python may refuse to read many more
        return None
    nbytes = int(found[1]) << 10 * " kmgt".index((found[2] or " ").lower())
    return nbytes if nbytes <= sys.maxsize else None


def _from_environment():
    """`LEAKYC_BUFFER_LIMIT`; where it is not set, or empty, the default stays."""
    text = os.environ.get("LEAKYC_BUFFER_LIMIT", "")
    if not text.strip():
        return
    nbytes = _size(text.strip())
    if nbytes is None:
        raise ImportError(
            f"LEAKYC_BUFFER_LIMIT={text!r} is no size; it takes bytes, also in K, M, G or T of "
            "1024: 268435456, 256MB, 1G; 0 keeps nothing"
        )
    _core.set_buffers(nbytes)


_from_environment()
