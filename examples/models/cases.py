"""What `python -m examples.models` runs: each model on a photograph, and others that do the same.

The photograph is matplotlib's sample, a portrait of Grace Hopper by the US Navy: public domain.
"""

import importlib.util
import pathlib

import numpy as np
from PIL import Image, ImageDraw

from examples.models import activations, faces, mtcnn, timing, upscale


def photograph():
    """512 x 600 pixels."""
    import matplotlib

    folder = pathlib.Path(matplotlib.get_data_path()) / "sample_data"
    with Image.open(folder / "grace_hopper.jpg") as image:
        return image.convert("RGB")


def installed(programs):
    """Those whose package is here."""
    return {
        name: run for name, (package, run) in programs.items() if importlib.util.find_spec(package)
    }


class Upscale:
    """The photograph, reduced to a quarter, enlarged again."""

    def __init__(self):
        image = photograph()
        self.small = image.resize((image.width // 4, image.height // 4))
        self.pixels, self.layers = np.asarray(self.small), upscale.network()
        self.others = installed(
            {
                "all of it by torch": ("torch", lambda: by_torch(self.values(), self.layers)),
                "all of it by ncnn": ("ncnn", lambda: by_ncnn(self.values())),
            }
        )

    def values(self):
        return self.pixels / np.float32(255)

    def model(self, activate):
        return upscale.upscale(self.pixels, self.layers, activate)

    def findings(self, result):
        large = self.model(activations.ours)
        strips = upscale.upscale(self.pixels, self.layers, strip=48)
        apart = abs(large.astype(int) - strips)
        found = [
            (
                "With leakyc the picture has the same bits as with `np.where`.",
                np.array_equal(large, self.model(activations.where)),
            ),
            (
                f"By strips of 48 columns {np.count_nonzero(apart)} of its {apart.size} bytes are"
                " others, by 1 at the most: a product's last bit may depend on its place.",
                apart.max() <= 1 and np.count_nonzero(apart) < 1e-4 * apart.size,
            ),
            timing.faster_finding(result),
        ]
        if "all of it by ncnn" in self.others:
            rows = upscale.enlarge(self.values(), self.layers, activations.ours)
            apart = float(abs(np.concatenate(list(rows)) - by_ncnn(self.values())).max())
            text = f"No value, of 0 to 1, is further than {apart:.1e} from the library ncnn's."
            found.append((text, apart < 1e-5))
        return found

    def picture(self):
        """A part of the input, enlarged by its pixels, by cubic splines and by the network."""
        box = (32, 4, 96, 84)
        size = [4 * n for n in (box[2] - box[0], box[3] - box[1])]
        large = Image.fromarray(self.model(activations.ours))
        return side_by_side(
            {
                "input": self.small.crop(box).resize(size, Image.Resampling.NEAREST),
                "bicubic": self.small.resize(large.size).crop([4 * n for n in box]),
                "Real-ESRGAN": large.crop([4 * n for n in box]),
            }
        )


class Faces:
    """The faces in the photograph."""

    def __init__(self):
        self.image, self.nets, self.others = photograph(), mtcnn.networks(), {}

    def model(self, activate):
        return faces.detect(self.image, self.nets, activate)

    def findings(self, result):
        ours, where = self.model(activations.ours), self.model(activations.where)
        box, likely = ours[0][0].round().astype(int).tolist(), ours[1][0]
        return [
            (
                f"There is one face, from ({box[0]}, {box[1]}) to ({box[2]}, {box[3]}), with"
                f" {likely:.1%}; with leakyc it has the same bits as with `np.where`.",
                len(ours[0]) == 1 and all(map(np.array_equal, ours, where)),
            ),
            timing.faster_finding(result),
        ]

    def picture(self):
        return faces.drawn(self.image, *self.model(activations.ours)).crop((60, 0, 460, 400))


CASES = {"upscale": Upscale, "faces": Faces}


def by_ncnn(values):
    """The large picture, (rows, columns, 3), by the library that the weights' files are for."""
    import ncnn

    net = ncnn.Net()
    for option in ("vulkan_compute", "fp16_packed", "fp16_storage", "fp16_arithmetic"):
        setattr(net.opt, f"use_{option}", False)
    net.opt.use_bf16_storage = False
    net.load_param(f"{upscale.weights()}.param")
    net.load_model(f"{upscale.weights()}.bin")
    extractor = net.create_extractor()
    planes = np.ascontiguousarray(values.transpose(2, 0, 1))
    extractor.input("data", ncnn.Mat(planes).clone())  # a Mat keeps no reference to its array
    return np.array(extractor.extract("output")[1]).transpose(1, 2, 0)


def by_torch(values, layers):
    """The network's 48 channels by PyTorch, (48, rows, columns)."""
    import torch

    x = torch.from_numpy(values.transpose(2, 0, 1)[None])
    with torch.no_grad():
        for weights, bias, slope in layers:
            kernel = torch.from_numpy(weights.transpose(3, 2, 0, 1))
            x = torch.nn.functional.conv2d(x, kernel, torch.from_numpy(bias), padding=1)
            if slope is not None:
                x = torch.nn.functional.prelu(x, torch.from_numpy(slope))
    return x[0].numpy()


def side_by_side(images):
    """Images of one size, each under its name."""
    width, height = next(iter(images.values())).size
    sheet = Image.new("RGB", (len(images) * (width + 8) - 8, height + 24), "white")
    draw = ImageDraw.Draw(sheet)
    for i, (name, image) in enumerate(images.items()):
        left = i * (width + 8)
        draw.text((left + width / 2, 12), name, "black", anchor="mm", font_size=16)
        sheet.paste(image, (left, 24))
    return sheet
