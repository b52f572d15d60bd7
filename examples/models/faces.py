"""The faces in a photograph, found by MTCNN: three networks, each looks closer than the one before.

    python -m examples.models.faces photograph.jpg boxed.png

Zhang, Zhang, Li, Qiao: "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional
Networks", 2016. P-Net looks at all windows of the photograph, in many sizes, R-Net and O-Net at
what is left. Each says how likely a face is, and where in the window it lies.
"""

import argparse

import numpy as np

from examples.models import activations, boxes, files, mtcnn

LIKELY = 0.7  # what a network takes for a face
SHRINK = 2**-0.5  # from one size of the photograph to the next
WINDOW, STRIDE = 12, 2  # P-Net's window, and from one to the next
SMALLEST = 33  # of a face: smaller ones would be too blurred for the networks that look closer


def pyramid(image):
    """The photograph in smaller and smaller sizes, as long as P-Net's window fits."""
    levels = []
    while min(image.size) >= WINDOW:
        levels.append(image)
        image = image.resize([round(SHRINK * n) for n in image.size])
    return levels


def values(image):
    """Pixels from -1 to 1."""
    return (np.asarray(image, np.float32) - 127.5) / 128


def proposed(level, scale, net, activate):
    """P-Net's boxes on one level, in the photograph's pixels, and how likely each is."""
    likely, answers = mtcnn.proposals(values(level), net, activate)
    rows, columns = np.nonzero(likely > LIKELY)
    corners = STRIDE * np.stack([columns, rows, columns, rows], axis=1)
    found = scale * (corners + (WINDOW - 1) * answers[rows, columns])
    return boxes.distinct(found, likely[rows, columns])


def windows(levels, squares, size):
    """What is in each of the squares, at `size` x `size` pixels; black outside of the photograph.

    Cut out of the smallest level that has so many pixels there.
    """
    crops = []
    for square in squares:
        edges = square + (0, 0, 1, 1)  # a box's last pixels belong to it
        wide = edges[2] - edges[0]
        level = max(k for k in range(len(levels)) if k == 0 or wide * SHRINK**k >= size)
        edges = np.rint(edges * SHRINK**level).astype(int).tolist()
        crops.append(values(levels[level].crop(edges).resize((size, size))))
    return np.array(crops, np.float32).reshape(-1, size, size, 3)


def detect(image, nets, activate=activations.ours):
    """The faces' boxes (n, 4), how likely each is (n,), and five points of each (n, 5, 2).

    A box is (left, top, right, bottom); the points are eyes, nose, and corners of the mouth.
    """
    first, second, third = nets
    levels = pyramid(image)
    scales = [SHRINK**-k for k in range(len(levels))]
    parts = [(np.empty((0, 4)), np.empty(0))]
    for level, scale in zip(levels, scales, strict=True):
        if scale * WINDOW > SMALLEST:
            parts.append(proposed(level, scale, first, activate))
    found, _ = boxes.distinct(*map(np.concatenate, zip(*parts, strict=True)))

    found = boxes.squares(found)
    scores, answers = mtcnn.refined(windows(levels, found, 24), second, activate)
    kept = scores > LIKELY
    found, _ = boxes.distinct(boxes.placed(found, answers)[kept], scores[kept])

    found = boxes.squares(found)
    scores, answers, points = mtcnn.final(windows(levels, found, 48), third, activate)
    kept = scores > LIKELY
    points = boxes.placed(found, points).reshape(-1, 5, 2)[kept]
    return boxes.distinct(boxes.placed(found, answers)[kept], scores[kept], points)


def drawn(image, found, scores, points):
    """The photograph with a box around each face, its points, and how likely it is."""
    from PIL import ImageDraw

    image = image.copy()
    draw = ImageDraw.Draw(image)
    wide = max(1, min(image.size) // 200)
    for box, score, five in zip(found, scores, points, strict=True):
        draw.rectangle(box.tolist(), outline="lime", width=wide)
        for x, y in five:
            draw.circle((x, y), 2 * wide, fill="yellow")
        draw.text(box[:2] - (0, 6 * wide), f"{score:.3f}", "lime", anchor="ls", font_size=8 * wide)
    return image


def main():
    parser = argparse.ArgumentParser(
        prog="python -m examples.models.faces", description=__doc__.splitlines()[0]
    )
    parser.add_argument("photograph", help="of any format that Pillow reads")
    parser.add_argument("boxed", nargs="?", help="where to write the photograph with the boxes")
    chosen = parser.parse_args()
    image = files.opened(parser, chosen.photograph)
    if chosen.boxed:
        files.check_can_be_written(parser, chosen.boxed)
    found = detect(image, mtcnn.networks())
    for box, score in zip(*found[:2], strict=True):
        left, top, right, bottom = np.rint(box).astype(int)
        print(f"({left}, {top}) to ({right}, {bottom}): {score:.1%}")
    print(f"faces: {len(found[0])}")
    if chosen.boxed:
        drawn(image, *found).save(chosen.boxed)


if __name__ == "__main__":
    main()
