#!/usr/bin/env python3
"""Do files that Markhor saved mean the same to real Keras?

Takes every .keras in a folder (default: tests/golden/saved), lets `markhor convert` read and write it in both formats, opens what
came out with Keras, and compares predictions, the model's config and the optimizer's state with the original's. Then Keras saves
the converted model, Markhor converts that, and config and weights must be what they were: Markhor -> Keras -> Markhor.
Exit status 1 where anything differs.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

from common import COMMAND, ROOT, need  # noqa: E402

# Keys that say nothing about the model: addresses, and defaults that Keras leaves null.
IDLE = {"shared_object_id", "registered_name", "build_config", "module", "quantization_config", "input_axes", "output_axes"}


def convert(source, target):
    subprocess.run([COMMAND, "convert", source, target], check=True, stderr=subprocess.DEVNULL)


def plain(value):
    """The config without what does not matter."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in IDLE and item not in (None, {})}
    return [plain(item) for item in value] if isinstance(value, list) else value


def saved(file):
    """Config and weights, as they lie in a .keras."""
    with zipfile.ZipFile(file) as archive, tempfile.NamedTemporaryFile(suffix=".h5") as weights:
        weights.write(archive.read("model.weights.h5"))
        weights.flush()
        arrays = {}
        with h5py.File(weights.name) as h5:
            h5.visititems(lambda name, item: arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
        return plain(json.loads(archive.read("config.json"))), arrays


def inputs_of(model, seed=0):
    random = np.random.default_rng(seed)
    return [random.random((2, *(size or 8 for size in tensor.shape[1:])), dtype="float32") for tensor in model.inputs]


def outputs(model, x):
    y = model(x if len(x) > 1 else x[0], training=False)
    leaves = keras.tree.flatten(y)
    return [np.asarray(leaf, dtype="float64") for leaf in leaves]


def largest(a, b):
    if len(a) != len(b) or any(x.shape != y.shape for x, y in zip(a, b)):
        return float("inf")
    return max((np.abs(x - y).max() / max(np.abs(x).max(), 1e-30) for x, y in zip(a, b) if x.size), default=0.0)


def check(file, folder):
    problems = []
    new, old_form = folder / "converted.keras", folder / "converted.h5"
    convert(file, new)
    convert(file, old_form)
    original = keras.saving.load_model(file)
    x = inputs_of(original)
    want = outputs(original, x)
    for target, compile_ in ((new, True), (old_form, False)):
        model = keras.saving.load_model(target, compile=compile_)
        error = largest(want, outputs(model, x))
        if error > 1e-6:
            problems.append(f"{target.suffix}: predictions differ by {error:.1e}")
        if compile_:
            if plain(model.get_config()) != plain(original.get_config()):
                problems.append("the config differs")
            state = [[np.asarray(v) for v in m.optimizer.variables] if m.optimizer else [] for m in (original, model)]
            if largest(*state) != 0:
                problems.append("the optimizer's state differs")
            model.save(folder / "by_keras.keras")
    convert(folder / "by_keras.keras", folder / "again.keras")
    (config, weights), (config2, weights2) = saved(new), saved(folder / "again.keras")
    if config != config2:
        problems.append("the config changed on the way through Keras")
    if weights.keys() != weights2.keys() or any((weights[k] != weights2[k]).any() for k in weights):
        problems.append("the weights changed on the way through Keras")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=ROOT / "tests/golden/saved")
    arguments = parser.parse_args()
    need(COMMAND, "cmake --build --preset release --target markhor_cli")
    good = bad = left_out = 0
    for file in sorted(arguments.folder.rglob("*.keras")):
        try:
            keras.saving.load_model(file, compile=False)
        except Exception as error:  # what Keras itself cannot read (Keras 2's archives) is no oracle
            left_out += 1
            print(f"{file.name}: left out, Keras cannot read it: {str(error).splitlines()[0][:80]}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                problems = check(file, pathlib.Path(folder))
            except Exception as error:
                problems = [f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"]
        good, bad = good + (not problems), bad + bool(problems)
        print(f"{file.name}: {'; '.join(problems) or 'same'}")
    print(f"{good} files the same through Markhor, Keras and back, {bad} not, {left_out} left out")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
