"""pandas DataFrames, a dtype at a time: pandas itself hands a ufunc of several inputs one array of
the dtype that all columns have in common. A dask DataFrame is many of pandas."""

import functools
import sys

import numpy as np

from leakyc import _others


def call(ufunc, *operands, **keywords):
    """What `ufunc` gives for operands of which one at least is a frame: a frame, every column of
    the dtype that it would have alone."""
    if any([_others.is_frame(a) and _others.library(a) == "dask" for a in operands]):
        by_partition = sys.modules["dask.dataframe"].map_partitions
        return by_partition(functools.partial(call, ufunc), *operands, **keywords)
    if "dtype" in keywords or not _all_known(operands):
        return ufunc(*operands, **keywords)
    out = keywords.pop("out", None)
    if isinstance(out, tuple) and len(out) == 1:
        (out,) = out
    if out is not None and not _others.is_frame(out):
        return ufunc(*operands, **keywords, out=out)
    where = None if out is None else keywords.pop("where", None)
    operands = _aligned(operands)
    frames = [a for a in operands if _others.is_frame(a)]
    groups = _groups(frames)
    if not groups:
        return ufunc(*operands, **keywords)
    parts = [_part(ufunc, operands, keywords, frames[0].shape, *group) for group in groups]
    result = parts[0] if len(parts) == 1 else _joined(parts, groups, frames[0].columns)
    if out is None:
        return result
    out[:] = result if where is None else result.where(where, out)
    return out


def _is_series(a):
    return _others.library(a) == "pandas" and getattr(a, "ndim", 0) == 1 and hasattr(a, "align")


def _all_known(operands):
    """Whether there is nothing among them that pandas should hand on to another library."""
    return all([not _others.overrides(a) or _others.library(a) == "pandas" for a in operands])


def _aligned(operands):
    """The operands as `frame * other` aligns them: rows and columns of frames, and the labels of a
    Series with the columns."""
    frames = [a for a in operands if _others.is_frame(a)]
    union = frames[0]
    for a in operands:
        if _others.is_frame(a):
            union, _ = union.align(a, join="outer")
        elif _is_series(a):
            union, _ = union.align(a, join="outer", axis=1)

    def like_union(a):
        if _others.is_frame(a):
            return a.align(union, join="outer")[0]
        return union.align(a, join="outer", axis=1)[1] if _is_series(a) else a

    return [like_union(a) for a in operands]


def _groups(frames):
    """The columns in which all frames have the same dtypes: a list of positions and their common
    dtype, None for a column of one of pandas' own dtypes, which comes alone."""
    groups = {}
    for position in range(frames[0].shape[1]):
        dtypes = tuple([frame.dtypes.iloc[position] for frame in frames])
        ours = all([isinstance(dtype, np.dtype) for dtype in dtypes])
        key = dtypes if ours else position
        groups.setdefault(key, ([], np.result_type(*dtypes) if ours else None))[0].append(position)
    return list(groups.values())


def _part(ufunc, operands, keywords, shape, positions, dtype):
    """The frame of these columns."""
    whole = len(positions) == shape[1] and dtype is not None
    which = positions if dtype is not None else positions[0]
    ready = [_columns(a, shape, which, whole) for a in operands]
    if "where" in keywords:
        keywords = {**keywords, "where": _columns(keywords["where"], shape, which, whole)}
    if dtype is None:
        return ufunc(*ready, **keywords).to_frame()
    *arrays, slope = [a.dtype if isinstance(a, np.ndarray) else dtype for a in ready]
    result = np.result_type(dtype, *arrays)
    result = np.result_type(result if result.kind == "f" else np.float64, slope)
    return ufunc(*ready, **keywords, dtype=result)


def _columns(a, shape, where, whole):
    """An operand's part of these columns."""
    if _others.is_frame(a):
        return a if whole else a.iloc[:, where]
    if isinstance(a, float | int):
        return a
    if _is_series(a):
        return a.to_numpy()[where]
    a = np.asarray(a)
    if not a.ndim or whole:
        return a
    return np.broadcast_to(a, shape)[:, where]


def _joined(parts, groups, columns):
    """The parts' columns in the order that they had."""
    order = np.concatenate([positions for positions, _ in groups])
    joined = sys.modules["pandas"].concat(parts, axis=1).iloc[:, np.argsort(order)]
    joined.columns = columns
    return joined
