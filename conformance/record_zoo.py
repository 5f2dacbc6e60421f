"""Records what real Keras's applications are made of, for tests/zoo: python conformance/record_zoo.py [NAME ...]

tests/golden/zoo/networks.json, an entry a network: parameter counts with and without top, and each operation in Keras's order on a
line "name|class|output shape|parameters|inputs". Of one network a family the lines are kept; of the others only their hash
(FNV-1a, 64 bits, over the lines with line ends), which a test computes likewise. Weights are zeros: only their shapes matter.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras

TARGET = pathlib.Path(__file__).parent.parent / "tests" / "golden" / "zoo" / "networks.json"
IN_FULL = {
    "VGG16", "ResNet50", "ResNet50V2", "MobileNet", "MobileNetV2", "MobileNetV3Small", "EfficientNetB0", "EfficientNetV2B0",
    "DenseNet121", "InceptionV3", "InceptionResNetV2", "Xception", "NASNetMobile", "ConvNeXtTiny",
}
NETWORKS = [
    "VGG16", "VGG19", *(f"ResNet{n}{v}" for v in ("", "V2") for n in (50, 101, 152)), "MobileNet", "MobileNetV2",
    "MobileNetV3Small", "MobileNetV3Large", *(f"EfficientNetB{n}" for n in range(8)),
    *(f"EfficientNetV2{n}" for n in ("B0", "B1", "B2", "B3", "S", "M", "L")), *(f"DenseNet{n}" for n in (121, 169, 201)),
    "InceptionV3", "InceptionResNetV2", "Xception", "NASNetMobile", "NASNetLarge",
    *(f"ConvNeXt{n}" for n in ("Tiny", "Small", "Base", "Large", "XLarge")),
]
# Arguments beyond the defaults: each changes layers.
VARIANTS = {
    "MobileNet alpha=0.5 depth_multiplier=2": {"alpha": 0.5, "depth_multiplier": 2, "input_shape": (128, 128, 3)},
    "MobileNetV2 alpha=0.35": {"alpha": 0.35, "input_shape": (96, 96, 3)},
    "MobileNetV2 alpha=1.4": {"alpha": 1.4},
    "MobileNetV3Small alpha=0.75": {"alpha": 0.75},
    "MobileNetV3Large minimalistic": {"minimalistic": True},
    "MobileNetV3Large include_preprocessing=False": {"include_preprocessing": False, "input_shape": (96, 64, 3)},
    "EfficientNetV2B1 include_preprocessing=False": {"include_preprocessing": False},
    "EfficientNetV2S input_shape=(64, 64, 1)": {"input_shape": (64, 64, 1), "classes": 10},
    "ConvNeXtSmall include_preprocessing=False": {"include_preprocessing": False},
    "EfficientNetB3 input_shape=(65, 97, 3)": {"input_shape": (65, 97, 3), "classes": 7},
    "NASNetMobile input_shape=(75, 64, 3)": {"input_shape": (75, 64, 3), "classes": 7},
    "ResNet50 input_shape=(33, 47, 1)": {"input_shape": (33, 47, 1), "classes": 7, "classifier_activation": None},
}


def without_initial_values():
    add_weight = keras.layers.Layer.add_weight

    def zeros(self, *args, **kwargs):
        kwargs["initializer"] = "zeros"
        return add_weight(self, *args, **kwargs)

    keras.layers.Layer.add_weight = zeros


def line(operation):
    output = operation.output
    shape = ",".join("?" if size is None else str(size) for size in output.shape)
    node = operation._inbound_nodes[-1]
    inputs = ",".join(parent.operation.name for parent in node.parent_nodes)
    count = operation.count_params() if isinstance(operation, keras.layers.Layer) else 0
    return f"{operation.name}|{type(operation).__name__}|{shape}|{count}|{inputs}"


def fnv(lines):
    value = 0xCBF29CE484222325
    for byte in "".join(text + "\n" for text in lines).encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return f"{value:016x}"


def facts(model, in_full):
    count = lambda weights: sum(weight._value.shape.num_elements() for weight in weights)
    lines = [line(operation) for operation in model.operations]
    result = {
        "name": model.name,
        "total": model.count_params(),
        "trainable": count(model.trainable_weights),
        "layers": len(model.layers),
        "operations": len(lines),
        "weights": len(model.weights),
        "hash": fnv(lines),
    }
    return result | ({"lines": lines} if in_full else {})


def make(name, **arguments):
    keras.backend.clear_session()
    return getattr(keras.applications, name.split()[0])(weights=None, **arguments)


def main():
    without_initial_values()
    wanted = sys.argv[1:] or [*NETWORKS, *VARIANTS]
    networks = json.loads(TARGET.read_text()) if sys.argv[1:] else {}
    for name in wanted:
        arguments = VARIANTS.get(name, {})
        networks[name] = {"top": facts(make(name, **arguments), name in IN_FULL)}
        if name in NETWORKS:
            networks[name]["pooled"] = facts(make(name, include_top=False, pooling="avg"), False)
        print(name, networks[name]["top"]["total"], flush=True)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(networks, indent=0, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
