"""Reads a network's layers from the two files that the library ncnn keeps it in."""

import pathlib

import numpy as np

from examples.models.layers import Layer

HALVES = 0x01306B47  # stands before weights that are float16


def read(path):
    """The convolutions of `path`.param, in order, with the PReLU behind each and its parameters.

    The text file has a line for each layer: type, name, how many inputs and outputs, their names,
    and numbered settings. `path`.bin has the parameters, without a name, in the same order.
    """
    path = pathlib.Path(path)
    data, layers = path.with_suffix(".bin").read_bytes(), []

    def take(count, dtype):
        nonlocal data
        values = np.frombuffer(data, dtype, count).astype(np.float32)
        data = data[-(-values.size * np.dtype(dtype).itemsize // 4) * 4 :]  # whole words of 4 bytes
        return values

    for line in path.with_suffix(".param").read_text().splitlines()[2:]:
        kind, _, inputs, outputs, *rest = line.split()
        settings = dict(item.split("=") for item in rest[int(inputs) + int(outputs) :])
        if kind == "Convolution":
            channels, size = int(settings["0"]), int(settings["1"])
            if int.from_bytes(data[:4], "little") != HALVES:
                raise ValueError(f"{path}.bin: weights that are not float16")
            data = data[4:]
            weights = take(int(settings["6"]), "<f2").reshape(channels, -1, size, size)
            weights = np.ascontiguousarray(weights.transpose(2, 3, 1, 0))
            layers.append(Layer(weights, take(channels, "<f4")))
        elif kind == "PReLU":
            layers[-1] = layers[-1]._replace(slope=take(int(settings["0"]), "<f4"))
    if data:
        raise ValueError(f"{path}.bin: {len(data)} bytes more than its layers have")
    return layers
