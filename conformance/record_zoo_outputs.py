"""Records what real Keras's applications compute, for tests/zoo: python conformance/record_zoo_outputs.py [NAME ...]

tests/golden/zoo/outputs.json, an entry a network: its softmax, its logits, and the mean and mean square of some maps on the
way, for two inputs. Neither weights nor inputs are stored: both sides compute them by one rule (weights_by_rule and
input_by_rule here, tests/zoo/rule.cpp there), a counter-based hash of the weight's name. Kernels are scaled by a gain for each
network, found here so that the logits' spread is about 1: otherwise a deep network's outputs hardly depend on its input, or are one
class alone, and prove nothing.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

TARGET = pathlib.Path(__file__).parent.parent / "tests" / "golden" / "zoo" / "outputs.json"
CLASSES = 10
MAPS = 6  # recorded on the way
# The side of the square input: small, but each network's stages still see maps of several pixels.
SIDES = {
    "VGG16": 32, "VGG19": 32, "ResNet50": 64, "ResNet50V2": 64, "MobileNet": 64, "MobileNetV2": 64, "MobileNetV3Small": 64,
    "MobileNetV3Large": 64, "EfficientNetB0": 64, "EfficientNetV2B0": 64, "EfficientNetV2S": 64, "DenseNet121": 64,
    "InceptionV3": 75, "InceptionResNetV2": 75, "Xception": 71, "NASNetMobile": 64, "ConvNeXtTiny": 64,
}
TAKES_PIXELS = ("MobileNetV3", "EfficientNet", "ConvNeXt")  # with values in [0, 255]


def fnv(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


def uniform(name, size):
    """`size` numbers in [-1, 1), each a multiple of 2^-23: exact in float32."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv(name)) + np.arange(1, size + 1, dtype="uint64") * np.uint64(0x9E3779B97F4A7C15)  # SplitMix64
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype("float64") / 2**23 - 1


def value_by_rule(weight, gain):
    layer, name = weight.path.split("/")[-2:]
    if name.startswith("variable"):  # what ConvNeXt's LayerScale leaves unnamed
        name = "gamma"
    shape = tuple(weight.shape)
    u = uniform(f"{layer}/{name}", int(np.prod(shape))).reshape(shape)
    if len(shape) > 1:
        # So that sums over what a kernel sees keep the variance. A depthwise kernel (.., channels, 1) sees one channel.
        inputs = shape[0] * shape[1] if len(shape) == 4 and shape[3] == 1 else np.prod(shape[:-1])
        return u * (gain * np.sqrt(3 / inputs))
    return 1 + 0.25 * u if name == "gamma" or name.endswith("variance") else 0.125 * u


def weights_by_rule(model, gain):
    for weight in model.weights:
        if weight.name != "count":
            weight.assign(value_by_rule(weight, gain).astype("float32"))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with copies of its weights


def input_by_rule(name, side):
    """Two images of 8x8 squares of one colour each, so that averages over a map still tell them apart."""
    squares = -(-side // 8)
    images = uniform("input", 2 * squares * squares * 3).reshape(2, squares, squares, 3)
    images = images.repeat(8, axis=1).repeat(8, axis=2)[:, :side, :side]
    return (images * 127.5 + 127.5 if name.startswith(TAKES_PIXELS) else images).astype("float32")


def make(name, activation):
    keras.backend.clear_session()
    side = SIDES[name]
    return getattr(keras.applications, name)(
        weights=None, input_shape=(side, side, 3), classes=CLASSES, classifier_activation=activation
    )


def run(model, x):
    return [np.asarray(y, dtype="float64") for y in keras.tree.flatten(model(x, training=False))]


def gain_for(model, x):
    """The gain at which the logits' deviation is 1."""
    low, high = np.log(0.05), np.log(8.0)
    for _ in range(14):
        middle = (low + high) / 2
        weights_by_rule(model, np.round(np.exp(middle), 4))
        spread = run(model, x)[0].std()
        if np.isfinite(spread) and spread < 1:
            low = middle
        else:
            high = middle
        if 0.8 < spread < 1.25:
            break
    return float(np.round(np.exp(middle), 4))


def rounded(values):
    return [float(f"{value:.9g}") for value in np.ravel(values)]


def record(name):
    x = input_by_rule(name, SIDES[name])
    linear = make(name, None)
    gain = gain_for(linear, x)
    maps = [layer for layer in linear.layers if len(layer.output.shape) == 4]
    chosen = [maps[round(i * (len(maps) - 1) / (MAPS - 1))] for i in range(MAPS)]
    logits, *seen = run(keras.Model(linear.inputs, [linear.output, *(layer.output for layer in chosen)]), x)
    classifier = make(name, "softmax")
    weights_by_rule(classifier, gain)
    softmax = run(classifier, x)[0]
    told_apart = np.abs(logits[0] - logits[1]).max() / np.abs(logits).max()
    print(f"{name}: gain {gain}, logits' deviation {logits.std():.2f}, images apart {told_apart:.3f}", flush=True)
    assert np.isfinite(logits).all() and told_apart > 0.01, name
    return {
        "side": SIDES[name],
        "pixels": name.startswith(TAKES_PIXELS),
        "gain": gain,
        "softmax": rounded(softmax),
        "logits": rounded(logits),
        "maps": [
            {"layer": layer.name, "mean": rounded(y.mean()), "square": rounded((y * y).mean())}
            for layer, y in zip(chosen, seen)
        ],
    }


def main():
    networks = json.loads(TARGET.read_text()) if sys.argv[1:] else {}
    for name in sys.argv[1:] or SIDES:
        networks[name] = record(name)
    TARGET.write_text(json.dumps(networks, indent=0, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
