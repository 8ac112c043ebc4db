"""Makes the tiny models with random weights that the tests of lookalike-embed open.

usage: python bench/tiny_models.py      (needs torch, transformers, onnx, onnxruntime, Pillow)

Writes crates/lookalike-embed/tests/models: folders as Hugging Face exports have them, of the shape
of CLIP, SigLIP, DINOv2 and ViT, and models in ONNX alone that take bytes; and in each
`expected.json` what ONNX Runtime answers for the picture of `noise()` and for some texts.
"""

import json
import pathlib
import shutil

import numpy as np
import onnx
import onnxruntime
import torch
import transformers as hf
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

OUT = pathlib.Path(__file__).resolve().parent.parent / "crates/lookalike-embed/tests/models"
TEXTS = ["a red car at night", "", "caf\u00e9 \U0001f697\U0001f319", "car " * 2500]
SIDE = 32
SMALL = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
VISION = SMALL | {"image_size": SIDE, "patch_size": 16}


def noise(width=50, height=40):
    state, out = 1, []
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(state >> 24)
    return Image.fromarray(np.array(out, np.uint8).reshape(height, width, 3))


def export(model, arguments, path, inputs, outputs):
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = {name: {0: "batch"} for name in inputs + outputs}
    model.eval()
    torch.onnx.export(
        model, arguments, str(path), input_names=inputs, output_names=outputs,
        dynamic_axes=axes, opset_version=17, dynamo=False,
    )


class Only(torch.nn.Module):
    """One named output of a model."""

    def __init__(self, model, name):
        super().__init__()
        self.model, self.name = model, name

    def forward(self, x):
        return getattr(self.model(x), self.name)


def prepared(config):
    """The picture of `noise()` as a Hugging Face processor prepares it."""
    image, size = noise(), config["size"]
    if "shortest_edge" in size:
        short = size["shortest_edge"]
        w, h = image.size
        scale = lambda n: n * short // min(w, h)
        image = image.resize((scale(w), scale(h)), config["resample"])
        crop = config["crop_size"]["width"]
        left, top = (image.width - crop) // 2, (image.height - crop) // 2
        image = image.crop((left, top, left + crop, top + crop))
    else:
        image = image.resize((size["width"], size["height"]), config["resample"])
    values = np.asarray(image, np.float32) / 255
    values = (values - np.float32(config["image_mean"])) / np.float32(config["image_std"])
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)


def run(path, feed):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, feed)[0][0]


def unit(vector):
    return [float(v) for v in np.float32(vector / np.linalg.norm(vector))]


def tokenizer(folder, lowercase, pad):
    """Bytes and a few merges, with a token at the beginning and one at the end."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    # As in CLIP the end has the highest number: its network looks for the largest.
    words = alphabet + [letter + "</w>" for letter in alphabet] + ["ca", "car</w>"]
    vocabulary = {token: i for i, token in enumerate(["<pad>", *words, "<start>", "<end>"])}
    bpe = models.BPE(
        vocab=vocabulary, merges=[("c", "a"), ("ca", "r</w>")], end_of_word_suffix="</w>"
    )
    made = Tokenizer(bpe)
    made.normalizer = normalizers.Lowercase() if lowercase else normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>", special_tokens=[(t, vocabulary[t]) for t in ("<start>", "<end>")]
    )
    made.add_special_tokens(["<pad>", "<start>", "<end>"])
    if pad:
        made.enable_padding(pad_id=0, pad_token="<pad>")
    made.save(str(folder / "tokenizer.json"), pretty=False)
    return made, len(vocabulary)


def write(folder, name, value):
    (folder / name).write_text(json.dumps(value, indent=1) + "\n")


def vision_answers(folder, processor, path, pool):
    write(folder, "preprocessor_config.json", processor)
    return unit(pool(run(path, {"pixel_values": prepared(processor)})))


def text_answers(made, path, context, pad):
    answers = []
    for text in TEXTS:
        made.enable_truncation(context)
        ids = made.encode(text).ids
        ids = ids + [pad] * (context - len(ids))
        answers.append({"text": text, "vector": unit(run(path, {"input_ids": np.int64([ids])}))})
    return answers


def two_towers(folder, kind, vision, text, outputs, processor, context, pad, vocabulary, made):
    ids = torch.ones((1, context), dtype=torch.int64)
    ids[0, 1] = 2
    pixels = torch.zeros((1, 3, SIDE, SIDE))
    vision_path, text_path = folder / "onnx/vision_model.onnx", folder / "onnx/text_model.onnx"
    export(Only(vision, outputs[0]), pixels, vision_path, ["pixel_values"], [outputs[0]])
    export(Only(text, outputs[1]), ids, text_path, ["input_ids"], [outputs[1]])
    config = {
        "model_type": kind,
        "vision_config": {"image_size": SIDE},
        "text_config": {
            "max_position_embeddings": context, "vocab_size": vocabulary, "pad_token_id": pad,
        },
    }
    write(folder, "config.json", config)
    expected = {
        "picture": vision_answers(folder, processor, vision_path, lambda v: v),
        "texts": text_answers(made, text_path, context, pad),
    }
    write(folder, "expected.json", expected)


def clip():
    folder = OUT / "clip"
    folder.mkdir(parents=True)
    made, size = tokenizer(folder, lowercase=True, pad=False)
    text = {"vocab_size": size, "max_position_embeddings": 12, "eos_token_id": 2, "bos_token_id": 1, "pad_token_id": 0}
    config = hf.CLIPConfig(
        text_config=SMALL | text | {"projection_dim": 8},
        vision_config=VISION | {"projection_dim": 8}, projection_dim=8,
    )
    config._attn_implementation = "eager"
    processor = {
        "size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE},
        "do_resize": True, "do_center_crop": True, "do_rescale": True, "do_normalize": True,
        "rescale_factor": 1 / 255, "resample": 3,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    }
    two_towers(
        folder, "clip", hf.CLIPVisionModelWithProjection(config.vision_config),
        hf.CLIPTextModelWithProjection(config.text_config), ["image_embeds", "text_embeds"],
        processor, 12, 0, size, made,
    )


def siglip():
    folder = OUT / "siglip"
    folder.mkdir(parents=True)
    made, size = tokenizer(folder, lowercase=True, pad=True)
    text = {"vocab_size": size, "max_position_embeddings": 8, "pad_token_id": 0, "projection_size": 16}
    config = hf.SiglipConfig(text_config=SMALL | text, vision_config=VISION)
    processor = {
        "size": {"height": SIDE, "width": SIDE}, "do_resize": True, "do_rescale": True,
        "do_normalize": True, "rescale_factor": 1 / 255, "resample": 3,
        "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
    }
    two_towers(
        folder, "siglip", hf.SiglipVisionModel(config.vision_config),
        hf.SiglipTextModel(config.text_config), ["pooler_output", "pooler_output"],
        processor, 8, 0, size, made,
    )


def one_tower(name, model, processor):
    folder = OUT / name
    folder.mkdir(parents=True)
    path = folder / "onnx/model.onnx"
    pixels = torch.zeros((1, 3, SIDE, SIDE))
    output = "last_hidden_state"
    export(Only(model, output), pixels, path, ["pixel_values"], [output])
    write(folder, "config.json", {"model_type": name, "image_size": SIDE})
    expected = {
        "picture": vision_answers(folder, processor, path, lambda tokens: tokens[0]),
        "mean-no-cls": unit(run(path, {"pixel_values": prepared(processor)})[1:].mean(0)),
    }
    write(folder, "expected.json", expected)


def dinov2():
    processor = {
        "size": {"shortest_edge": 36}, "crop_size": {"height": SIDE, "width": SIDE},
        "do_resize": True, "do_center_crop": True, "do_rescale": True, "do_normalize": True,
        "rescale_factor": 1 / 255, "resample": 3,
        "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
    }
    one_tower("dinov2", hf.Dinov2Model(hf.Dinov2Config(**VISION | {"mlp_ratio": 2})), processor)


def vit():
    processor = {
        "size": {"height": SIDE, "width": SIDE}, "do_resize": True, "do_rescale": True,
        "do_normalize": True, "rescale_factor": 1 / 255, "resample": 2,
        "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
    }
    one_tower("vit", hf.ViTModel(hf.ViTConfig(**VISION), add_pooling_layer=False), processor)


def byte_map():
    """Bytes with the channels last in, a map of [1, 4, 8, 8] out; once for pictures of any size."""
    folder = OUT / "bytes"
    folder.mkdir(parents=True)
    weights = np.random.default_rng(1).normal(size=(4, 3, 4, 4)).astype(np.float32) / 255
    nodes = [
        helper.make_node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "w"], ["sums"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Relu", ["sums"], ["features"]),
    ]
    for name, rows, columns in ("bytes", SIDE, SIDE), ("dynamic", "rows", "columns"):
        shape = ["batch", rows, columns, 3]
        graph = helper.make_graph(
            nodes, name,
            [helper.make_tensor_value_info("image", TensorProto.UINT8, shape)],
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 4, "y", "x"])],
            [numpy_helper.from_array(weights, "w")],
        )
        opset = [helper.make_opsetid("", 17)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), folder / f"{name}.onnx")
    pixels = np.asarray(noise().resize((SIDE, SIDE), Image.Resampling.BICUBIC))[None]
    features = run(folder / "bytes.onnx", {"image": pixels}).reshape(4, -1)
    expected = {
        "gap": unit(features.mean(1)),
        "gem:3": unit((np.maximum(features, 1e-6) ** 3).mean(1) ** (1 / 3)),
    }
    write(folder, "expected.json", expected)


def main():
    torch.manual_seed(1)
    shutil.rmtree(OUT, ignore_errors=True)
    for make in clip, siglip, dinov2, vit, byte_map:
        make()


if __name__ == "__main__":
    main()
