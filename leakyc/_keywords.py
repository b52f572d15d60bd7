"""Keywords that people write for ours, and the error that says so."""

import functools

_SLOPE = (
    "alpha slope negative_slope negval neg_slope negslope leak leakage leakiness leaky leaky_slope "
    "a coef coefficient gradient weight negative_slopes slopes"
).split()
_OUT = "inplace in_place output dst dest destination res result overwrite".split()
_MEANT = {
    **dict.fromkeys(_SLOPE, ("negative_slope", "slope", "lower")),
    **dict.fromkeys(_OUT, ("out",)),
    **dict.fromkeys(["input", "inputs", "array", "data", "features", "z"], ("x", "grad")),
    **dict.fromkeys(["dy", "dout", "grad_output", "grads", "gradient", "g"], ("grad",)),
    **dict.fromkeys(["b", "biases"], ("bias",)),
    **dict.fromkeys(["dim", "axes", "channel_axis"], ("axis",)),
    **dict.fromkeys(["keepdim", "keep_dims"], ("keepdims",)),
    **dict.fromkeys(["scale"], ("gain",)),
    **dict.fromkeys(["clip", "max_value", "bound"], ("clamp",)),
    **dict.fromkeys(["seed", "random_state", "generator", "key"], ("rng",)),
}


def explain(name, names, by_position_only, given):
    """Raises if one of the keywords given is none that the function `name` takes by name: it takes
    `names`, so many of them by position only."""
    for keyword in given:
        if keyword in names[:by_position_only]:
            order = ", ".join(names[:by_position_only])
            raise TypeError(
                f"{name}() takes {keyword} by position only: {name}({order}, ...)"
            ) from None
        if keyword not in names:
            raise TypeError(
                f"{name}() got an unexpected keyword argument {keyword!r}; "
                f"{_suggestion(keyword, names)}"
            ) from None


def _suggestion(keyword, names):
    import difflib  # not at import: most programs never ask

    lowered = keyword.lower()
    for like in difflib.get_close_matches(lowered, [*names, *_MEANT], 3, 0.75):
        meant = [name for name in (like, *_MEANT.get(like, ())) if name in names]
        if meant:
            break
    else:
        return f"it takes {', '.join(names)}"
    if meant[0] == "out":
        return "out takes the array to write to; out=x computes in place"
    if meant[0] == "lower":
        return "the slopes are drawn between lower and upper"
    return f"did you mean {meant[0]}?"


def explained(function):
    """The function, with keywords that it does not know explained."""

    @functools.wraps(function)
    def call(*arguments, **keywords):
        try:
            return function(*arguments, **keywords)
        except TypeError:
            code = function.__code__
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            explain(function.__name__, names, code.co_posonlyargcount, keywords)
            raise

    return call
