"""Counts multiply-adds of keras.applications independently of Markhor: python conformance/record_flops.py

From the configs and shapes of real Keras's layers: each output of a convolution costs kernel height x width x input channels (over
groups), of a depthwise one height x width, of Dense its inputs. Biases, activations, pooling and normalization are not counted.
Writes tests/golden/insight/flops.json, which tests/insight/audit_test.cpp holds the audit against."""

import json
import math
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
from common import ROOT

NETWORKS = ["VGG16", "ResNet50", "MobileNetV2", "EfficientNetB0", "DenseNet121"]


def multiply_adds(layer) -> int:
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return math.prod(layer.output.shape[1:]) * math.prod(layer.kernel_size)
    if isinstance(layer, keras.layers.Conv2D):
        return math.prod(layer.output.shape[1:]) * math.prod(layer.kernel_size) * layer.input.shape[-1] // layer.groups
    if isinstance(layer, keras.layers.Dense):
        return math.prod(layer.output.shape[1:]) * layer.input.shape[-1]
    return 0


def counted(name: str) -> dict:
    model = getattr(keras.applications, name)(weights=None)
    layers = {layer.name: multiply_adds(layer) for layer in model.layers if multiply_adds(layer)}
    return {"multiply_adds": sum(layers.values()), "layers": layers}


if __name__ == "__main__":
    result = {name: counted(name) for name in NETWORKS}
    for name, entry in result.items():
        print(f"{name:16} {entry['multiply_adds']:>15,}")
    path = ROOT / "tests/golden/insight/flops.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({name: entry["multiply_adds"] for name, entry in result.items()}, indent=1) + "\n")
