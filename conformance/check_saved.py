#!/usr/bin/env python3
"""Do files that Markhor saved mean the same to real Keras?

Takes every .keras and whole-model .h5 of the folders (default: tests/golden/saved), lets `markhor convert` read and write it as .keras,
.h5 and .weights.h5, opens what came out with Keras, and compares with the original: predictions, the model's config, how it was
compiled, and the optimizer's state. Then Keras saves the converted model, Markhor converts that, and config and weights must be
what they were: Markhor -> Keras -> Markhor. A file that Keras 3 itself cannot read (an archive of Keras 2) is compared with the
outputs recorded beside it (NAME.io.npz or NAME.npz). What Keras 3 itself loses is not compared through it: the optimizer's variables of
an .h5 and the compilation of its own .h5 with the loss "mse" (both compared in the files instead), how Keras 2 compiled a model,
and operations (x + y) in an .h5, where Markhor writes layers for them.

With --layers, one model more for each layer case of tests/golden/layers, with that case's config.
Exit status 1 where anything differs.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

from common import COMMAND, ROOT, need  # noqa: E402

warnings.filterwarnings("ignore")
# Keys that say nothing about the model: addresses, and defaults that Keras leaves null.
IDLE = {"shared_object_id", "registered_name", "build_config", "module", "quantization_config", "input_axes", "output_axes"}


def convert(source, target):
    done = subprocess.run([COMMAND, "convert", source, target], stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stderr.strip()


def plain(value):
    """The config without what does not matter; tuples are lists, as in the file."""
    if isinstance(value, dict):
        kept = {key: plain(item) for key, item in value.items() if key not in IDLE and item not in (None, {})}
        if kept.keys() <= {"class_name", "config"} and kept.get("class_name") == "DTypePolicy":
            return plain(kept["config"]["name"])
        if kept.get("class_name") == "function":  # of losses and metrics, which Keras also writes by their names alone
            return kept["config"]
        return kept
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def differences(a, b, where=""):
    """Where two plain configs differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        return [d for key in {**a, **b} for d in differences(a.get(key), b.get(key), f"{where}.{key}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [d for i, pair in enumerate(zip(a, b)) for d in differences(*pair, f"{where}[{i}]")]
    return [] if a == b else [f"{where}: {str(a)[:70]} became {str(b)[:70]}"]


def arrays_in(h5):
    arrays = {}
    h5.visititems(lambda name, item: arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return arrays


def saved(file):
    """Config and weights, as they lie in a .keras."""
    with zipfile.ZipFile(file) as archive, tempfile.NamedTemporaryFile(suffix=".h5") as weights:
        weights.write(archive.read("model.weights.h5"))
        weights.flush()
        config = plain(json.loads(archive.read("config.json")))
        config["config"].pop("dtype", None)  # Keras forgets a Sequential's own
        with h5py.File(weights.name) as h5:
            return config, arrays_in(h5)


def inputs_of(model, seed=0):
    random = np.random.default_rng(seed)
    return [random.random((2, *(size or 8 for size in tensor.shape[1:])), dtype="float32") for tensor in model.inputs]


def recorded(file):
    """Inputs and outputs of NAME.io.npz."""
    beside = [file.with_suffix(suffix) for suffix in (".io.npz", ".npz")]
    with np.load(next(path for path in beside if path.exists())) as arrays:
        return [[arrays[key].astype("float32") for key in sorted(arrays) if key.startswith(letter)] for letter in "xy"]


def outputs(model, x):
    y = model(x if len(x) > 1 else x[0], training=False)
    return [np.asarray(leaf, dtype="float64") for leaf in keras.tree.flatten(y)]


def largest(a, b):
    if len(a) != len(b) or any(x.shape != y.shape for x, y in zip(a, b)):
        return float("inf")
    return max((np.abs(x - y).max() / max(np.abs(x).max(), 1e-30) for x, y in zip(a, b) if x.size), default=0.0)


def state(model):
    optimizer = getattr(model, "optimizer", None)
    return [np.asarray(variable, dtype="float64") for variable in optimizer.variables] if optimizer else []


def state_in_h5(file):
    with h5py.File(file) as h5:
        group = h5.get("optimizer_weights")
        return [np.asarray(group[name], dtype="float64") for name in group.attrs["weight_names"]] if group else []


def of_keras_2(file):
    if file.suffix != ".h5":
        return False
    with h5py.File(file) as h5:
        return not str(h5.attrs.get("keras_version", "3")).startswith("3")


def training_config(file):
    """How the model of an .h5 was compiled, as the file has it."""
    with h5py.File(file) as h5:
        return plain(json.loads(h5.attrs.get("training_config", "{}")))


def compile_config(model):
    return plain(model.get_compile_config() or {}) if getattr(model, "compiled", False) else {}


def load(file):
    try:
        return keras.saving.load_model(file, compile=True)
    except ValueError as error:
        if file.suffix == ".h5" and "KerasSaveable" in str(error):  # Keras's own .h5 with the loss "mse" ends like this
            model = keras.saving.load_model(file, compile=False)
            model.compilation_lost = True
            return model
        raise


def changed(before, after):
    """Whether arrays differ, but for the zeros that Keras adds for an optimizer that has not made a step."""
    added = [after[name] for name in after.keys() - before.keys()]
    return (before.keys() - after.keys()) or any((array != 0).any() for array in added) or any(
        (before[name] != after[name]).any() for name in before
    )


def operations(model):
    every = getattr(model, "operations", [])  # a Sequential has none but layers
    return [operation for operation in every if not isinstance(operation, keras.layers.Layer)] if model.built else []


def compare_with(original, source, model, target):
    problems = []
    aspects = []
    if target.suffix == ".keras" or not operations(original):
        aspects.append(("config", lambda m: plain(m.get_config())))
    lost = any(getattr(each, "compilation_lost", False) for each in (original, model))
    if not of_keras_2(source) and not lost:
        aspects.append(("compile config", compile_config))
    for what, of in aspects:
        different = differences(of(original), of(model))
        if different:
            problems.append(f"{target.suffix}: the {what} differs: {'; '.join(different[:3])}")
    if lost and source.suffix == target.suffix:
        different = differences(training_config(source), training_config(target))
        if different:
            problems.append(f"{target.suffix}: the training config differs: {'; '.join(different[:3])}")
    if source.suffix == target.suffix and not of_keras_2(source):
        states = (state(original), state(model)) if source.suffix == ".keras" else (state_in_h5(source), state_in_h5(target))
        if largest(*states) != 0:
            problems.append(f"{target.suffix}: the optimizer's state differs")
    return problems


def check(file, folder):
    """What is wrong; empty where all is the same."""
    problems = []
    targets = [folder / name for name in ("converted.keras", "converted.h5", "converted.weights.h5")]
    for target in targets:
        warning = convert(file, target)
        if warning:
            problems.append(warning)
    try:
        original = load(file)
        x = inputs_of(original)
        want = outputs(original, x)
    except Exception:
        original = None
        x, want = recorded(file)
    tolerance = 1e-6 if original else 1e-5  # recorded by another version, on another machine
    for target in targets[:2]:
        model = load(target)
        error = largest(want, outputs(model, x))
        if not error <= tolerance:
            problems.append(f"{target.suffix}: predictions differ by {error:.1e}")
        if original:
            problems += compare_with(original, file, model, target)
        if target.suffix == ".keras":
            model.save(folder / "by_keras.keras")
    model = original or model
    model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
    model.load_weights(targets[2])
    error = largest(want, outputs(model, x))
    if not error <= tolerance:
        problems.append(f".weights.h5: predictions differ by {error:.1e}")
    convert(folder / "by_keras.keras", folder / "again.keras")
    (config, weights), (config2, weights2) = saved(targets[0]), saved(folder / "again.keras")
    if config != config2:
        problems.append(f"the config changed on the way through Keras: {'; '.join(differences(config, config2)[:3])}")
    if changed(weights, weights2):
        problems.append("the weights changed on the way through Keras")
    return problems


def tried(action, *arguments):
    try:
        return action(*arguments)
    except Exception as error:
        return [f"{type(error).__name__}: {' '.join(str(error).split())[-300:]}"]


def check_files(folders):
    same = {".keras": 0, ".h5": 0}
    bad = 0
    files = [file for folder in folders for file in sorted(folder.rglob("*")) if file.suffix in same]
    for file in files:
        if file.name.endswith(".weights.h5"):
            continue
        keras.backend.clear_session()
        with tempfile.TemporaryDirectory() as folder:
            problems = tried(check, file, pathlib.Path(folder))
        same[file.suffix] += not problems
        bad += bool(problems)
        print(f"{file.parent.name}/{file.name}: {'; '.join(problems) or 'same'}", flush=True)
    print(f"{same['.keras']} .keras and {same['.h5']} .h5 files the same through Markhor, Keras and back, {bad} not")
    return bad


def check_layer(case, arrays, folder):
    keras.backend.clear_session()
    config = case["config"] | {"name": "tested"}
    layer = getattr(keras.layers, case["class_name"]).from_config(config)
    inputs = []
    while f"{case['id']}.x{len(inputs)}" in arrays:
        inputs.append(keras.Input(arrays[f"{case['id']}.x{len(inputs)}"].shape[1:]))
    original = keras.Model(inputs, layer(inputs if len(inputs) > 1 else inputs[0]))
    original.save(folder / "original.keras")
    warning = convert(folder / "original.keras", folder / "converted.keras")
    model = keras.saving.load_model(folder / "converted.keras")
    problems = [warning] if warning else []
    problems += differences(plain(original.get_config()), plain(model.get_config()))
    if largest(original.get_weights(), model.get_weights()) != 0:
        problems.append("the weights differ")
    return problems


def check_layers():
    golden = ROOT / "tests/golden/layers"
    good = bad = 0
    for case in json.loads((golden / "manifest.json").read_text()):
        with np.load(golden / f"{case['class_name']}.npz") as arrays, tempfile.TemporaryDirectory() as folder:
            problems = tried(check_layer, case, arrays, pathlib.Path(folder))
        good, bad = good + (not problems), bad + bool(problems)
        if problems:
            print(f"{case['id']}: {'; '.join(problems[:3])}", flush=True)
    print(f"{good} layer configurations the same through Markhor, {bad} not")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=pathlib.Path, default=[ROOT / "tests/golden/saved"])
    parser.add_argument("--layers", action="store_true", help="check the configs of layers too")
    arguments = parser.parse_args()
    need(COMMAND, "cmake --build --preset release --target markhor_cli")
    bad = check_files(arguments.folders)
    if arguments.layers:
        bad += check_layers()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
