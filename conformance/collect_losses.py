"""Gathers the recorded losses and metrics that tests/training reads into tests/golden/training: losses.json, metrics.json, each
with one .npz; and the cases of saturated outputs and of metric names.

    python conformance/collect_losses.py RECORDED [RECORDED ...]

Each RECORDED is a folder of cases from real Keras, in either of its two layouts: named arrays that cases refer to, or arrays of
each case's own. Equal arrays are stored once. Needs NumPy alone.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np

TARGET = pathlib.Path(__file__).parent.parent / "tests" / "golden" / "training"


class Store:
    """Arrays under names, equal ones once."""

    def __init__(self):
        self.arrays = {}

    def add(self, array):
        array = np.asarray(array)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        digest = hashlib.sha1(f"{array.dtype}{array.shape}".encode() + array.tobytes()).hexdigest()[:12]
        self.arrays[digest] = array
        return digest

    def write(self, path):
        np.savez_compressed(path, **self.arrays)


def losses_by_name(folder, store):
    """losses.json beside losses_inputs.npz: cases name their arrays; value and gradient are in the JSON."""
    inputs = np.load(folder / "losses_inputs.npz")
    for case in json.loads((folder / "losses.json").read_text()):
        entry = {"loss": case["loss"], "config": case["kwargs"], "value": store.add(np.float32(case["value"]))}
        for key in ("y_true", "y_pred", "sample_weight"):
            if case[key]:
                entry[key] = store.add(inputs[case[key]])
        if case.get("grad") is not None:
            entry["grad"] = store.add(np.float32(case["grad"]))
        yield entry


def losses_by_id(folder, store):
    arrays = np.load(folder / "losses.npz")
    for case in json.loads((folder / "losses.json").read_text()):
        config = dict(case["kwargs"], reduction=case["reduction"])
        entry = {"loss": case["loss"], "config": config}
        for key in ("y_true", "y_pred", "sample_weight", "value", "grad"):
            if f"{case['id']}.{key}" in arrays:
                entry[key] = store.add(arrays[f"{case['id']}.{key}"])
        yield entry


def metrics_by_name(folder, store):
    inputs = np.load(folder / "metrics_inputs.npz")
    for case in json.loads((folder / "metrics.json").read_text()):
        batches = []
        for i in range(len(case["running_result"])):
            keys = [key for key in ("y_true", "y_pred", "sample_weight") if case[key]]
            batches.append({key: store.add(inputs[f"{case[key]}_{i}"]) for key in keys})
        yield {"metric": case["metric"], "config": case["kwargs"], "name": case["default_name"], "batches": batches,
               "results": case["running_result"]}


def metrics_by_id(folder, store):
    arrays = np.load(folder / "metrics.npz")
    for case in json.loads((folder / "metrics.json").read_text()):
        batches = []
        for i in range(case["batches"]):
            stored = {"y_true": "y_true", "y_pred": "y_pred", "sample_weight": "sw"}
            names = {key: f"{case['id']}.{short}{i}" for key, short in stored.items()}
            batches.append({key: store.add(arrays[name]) for key, name in names.items() if name in arrays})
        yield {"metric": case["metric"], "config": case["kwargs"], "name": case["default_name"], "batches": batches,
               "results": case["result_after_each_update"], "full_config": case["config"]}


def write(name, cases, store):
    text = ",\n".join(json.dumps(case) for case in cases)
    (TARGET / f"{name}.json").write_text(f"[\n{text}\n]\n")
    store.write(TARGET / f"{name}.npz")


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    losses, metrics = [], []
    loss_store, metric_store = Store(), Store()
    for folder in map(pathlib.Path, sys.argv[1:]):
        named = (folder / "losses_inputs.npz").exists()
        losses += (losses_by_name if named else losses_by_id)(folder, loss_store)
        metrics += (metrics_by_name if named else metrics_by_id)(folder, metric_store)
        if (folder / "saturation.json").exists():
            saturation = json.loads((folder / "saturation.json").read_text())
            (TARGET / "saturation.json").write_text(json.dumps(saturation, indent=1) + "\n")
        if (folder / "metric_name_resolution.json").exists():
            names = json.loads((folder / "metric_name_resolution.json").read_text())
            kept = ("y_true_shape", "y_pred_shape", "requested", "log_keys", "resolved_class", "error")
            slim = [{key: case[key] for key in kept if key in case} for case in names]
            (TARGET / "metric_names.json").write_text(json.dumps(slim) + "\n")
    write("losses", losses, loss_store)
    write("metrics", metrics, metric_store)


if __name__ == "__main__":
    main()
