"""Exports models with `markhor export`, has onnx.checker look at each file, runs it in ONNX Runtime, and compares with
what Keras predicts from the same weights.

    conformance/check_onnx.py                    one small network of each family of keras.applications
    conformance/check_onnx.py MODEL.keras ...    these files, on random images

Prints a line a model (largest error, as a share of the largest output) and a last line; exit status 1 if any failed.
Needs requirements-peers.txt."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime

from common import COMMAND, need

TOLERANCE = 1e-4
FAMILIES = {
    "VGG16": 32,
    "ResNet50": 64,
    "ResNet50V2": 64,
    "MobileNet": 64,
    "MobileNetV2": 64,
    "MobileNetV3Small": 64,
    "EfficientNetB0": 64,
    "EfficientNetV2B0": 64,
    "DenseNet121": 64,
    "InceptionV3": 96,
    "InceptionResNetV2": 96,
    "Xception": 96,
    "NASNetMobile": 64,
    "ConvNeXtTiny": 64,
}


def network(name: str, size: int) -> keras.Model:
    """With normalizations that do something: their first values would leave most of them without effect."""
    keras.utils.set_random_seed(1)
    model = getattr(keras.applications, name)(
        weights=None, input_shape=(size, size, 3), classes=10, classifier_activation=None
    )
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.moving_mean.shape
            layer.moving_mean.assign(rng.normal(0, 0.1, shape))
            layer.moving_variance.assign(rng.uniform(0.5, 1.5, shape))
    return model


def check(name: str, model: keras.Model, file: Path, folder: Path) -> bool:
    out = folder / (file.stem + ".onnx")
    ran = subprocess.run([need(COMMAND, "make compare"), "export", file, "-o", out], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        print(f"{name}: {ran.stderr.strip()}")
        return False
    onnx.checker.check_model(out, full_check=True)
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    inputs = [rng.uniform(0, 1, (3,) + tuple(tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]
    expected = model(inputs[0] if len(inputs) == 1 else inputs, training=False)
    expected = [np.asarray(y) for y in (expected if isinstance(expected, (list, tuple)) else [expected])]
    got = session.run(None, {wanted.name: x for wanted, x in zip(session.get_inputs(), inputs)})
    errors = [float(np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-30)) for a, b in zip(got, expected)]
    fine = len(got) == len(expected) and max(errors) <= TOLERANCE
    nodes = len(onnx.load(out).graph.node)
    print(f"{name}: {nodes} nodes, largest error {max(errors):.1e}{'' if fine else '  FAILED'}", flush=True)
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--families", nargs="*", default=list(FAMILIES))
    arguments = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        if arguments.files:
            cases = ((str(file), None, file) for file in arguments.files)
        else:
            cases = ((name, name, Path(folder) / f"{name}.keras") for name in arguments.families)
        for name, family, file in cases:
            keras.backend.clear_session()
            if family:
                model = network(family, FAMILIES[family])
                model.save(file)
            else:
                model = keras.models.load_model(file, compile=False)
            if check(name, model, file, Path(folder)):
                passed += 1
            else:
                failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
