"""Gathers the recorded layer cases that tests/layers reads into tests/golden/layers: one .npz a class and one manifest.

    python conformance/collect_layers.py RECORDED [RECORDED ...]

Each RECORDED is a folder of cases from real Keras, in either of its two layouts: one .npz a case with a list as manifest, or
one .npz a class with a dictionary. Cases of classes and functions that the library does not have are left out. Needs NumPy alone.
"""

import json
import pathlib
import sys

import numpy as np

TARGET = pathlib.Path(__file__).parent.parent / "tests" / "golden" / "layers"
MISSING_CLASSES = {"Embedding"}
FUNCTION_LAYERS = {"relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU", "softmax": "Softmax"}  # those that take arguments


def as_layer(class_name, config):
    """A case of a plain function, as the layer that computes it; None where there is no such layer."""
    if not class_name.startswith("activations."):
        return class_name, config
    function = class_name.removeprefix("activations.")
    if not config:
        return "Activation", {"activation": function}
    return FUNCTION_LAYERS.get(function), config


def slim(config):
    """Without what the library reads but never acts on."""
    plain = {key: value for key, value in config.items() if key not in ("name", "dtype")}
    return {key: value for key, value in plain.items() if value is not None and (key, value) != ("trainable", True)}


def cases_of_list(folder, manifest):
    for case in manifest:
        arrays = dict(np.load(folder / case["file"]))
        kept = {}
        for key, value in arrays.items():
            key, train = key.removesuffix("_train"), key.endswith("_train") or key.endswith("_after")
            mode = "train." if train else "infer."
            if key in ("x", "y_infer", "y", "dx"):
                key = {"x": "x0", "y_infer": "y", "dx": "gx0"}.get(key, key)
            elif key.startswith("d"):
                key = "g" + key[1:]
            kept[key if key[0] == "x" or (key[0] == "w" and "after" not in key) else mode + key] = value
        yield case["name"], case["class_name"], case["config"], case, kept


def cases_of_dictionary(folder, manifest):
    for case in manifest["cases"]:
        arrays = np.load(folder / case["file"])
        kept = {}
        for key in arrays:
            if not key.startswith(case["id"] + "."):
                continue
            short = key.removeprefix(case["id"] + ".")
            if short == "g":
                for mode in case["outputs"]:
                    kept[mode + ".g"] = arrays[key]
            else:
                kept[short] = arrays[key]
        yield case["id"], case["class_name"], case["config"], case, kept


def main():
    manifest, files, seen = [], {}, set()
    for folder in map(pathlib.Path, sys.argv[1:]):
        recorded = json.loads((folder / "manifest.json").read_text())
        cases = cases_of_list if isinstance(recorded, list) else cases_of_dictionary
        for name, class_name, config, case, arrays in cases(folder, recorded):
            class_name, config = as_layer(class_name, config)
            if class_name is None or class_name in MISSING_CLASSES:
                continue
            # What the two sets both have is kept once.
            shapes = [arrays[key].shape for key in sorted(arrays) if key.startswith("x")]
            identity = (class_name, json.dumps(slim(config), sort_keys=True), str(shapes), bool(case.get("kinks")))
            if identity in seen:
                continue
            seen.add(identity)
            output = next(value for key, value in arrays.items() if key.endswith(".y"))
            entry = {"id": name, "class_name": class_name, "config": slim(config), "output_shape": output.shape}
            for key in ("note", "kinks", "nonfinite"):
                if case.get(key):
                    entry[key] = case[key]
            manifest.append(entry)
            files.setdefault(class_name, {}).update({f"{name}.{key}": value for key, value in arrays.items()})
    TARGET.mkdir(parents=True, exist_ok=True)
    for class_name, arrays in files.items():
        np.savez_compressed(TARGET / f"{class_name}.npz", **arrays)
    text = ",\n".join(json.dumps(entry) for entry in manifest)
    (TARGET / "manifest.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
