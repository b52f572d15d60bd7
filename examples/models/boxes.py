"""Boxes in a picture: (left, top, right, bottom), a row each. Their last pixels belong to them."""

import numpy as np

SAME = 0.5  # boxes that share more of their union are of the same thing


def distinct(boxes, scores, *others):
    """The likeliest box, the likeliest of those that are not the same, and so on.

    With their scores, and their rows of what else there is.
    """
    kept, rest = [], np.argsort(-scores, kind="stable")
    while len(rest):
        best, rest = rest[0], rest[1:]
        kept.append(best)
        rest = rest[shared(boxes[best], boxes[rest]) <= SAME]
    kept = np.array(kept, int)
    return tuple(rows[kept] for rows in (boxes, scores, *others))


def shared(box, boxes):
    """The intersection of a box with each of the others, over their union."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    both = sides.clip(0).prod(axis=1)
    return both / (area(box) + area(boxes) - both)


def area(boxes):
    """The areas between the corners."""
    return (boxes[..., 2:] - boxes[..., :2]).prod(axis=-1)


def squares(boxes):
    """The squares around the same middles, as wide as the longer sides."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([middle - half, middle + half], axis=1)


def placed(boxes, points):
    """Pairs (x, y) of which 0 is a box's left or top and 1 its right or bottom, in the picture."""
    pairs = points.reshape(len(points), points.shape[1] // 2, 2)
    corners, sides = boxes[:, None, :2], (boxes[:, 2:] - boxes[:, :2])[:, None]
    return (corners + pairs * sides).reshape(points.shape)
