"""Gathers recorded training runs of real Keras that tests/training reads into tests/golden/training.

    python conformance/collect_training.py RECORDED [RECORDED ...]

Each RECORDED is a folder of trajectories in either of its two layouts: trajectories.json with one .npz a run and one for all runs'
batches, or manifest.json with one .npz a group. Arrays that are equal are kept once: arrays.npz has them by number, and runs.json says
which run's x, y, initial and final weights they are. Needs NumPy alone.
"""

import json
import pathlib
import sys

import numpy as np

TARGET = pathlib.Path(__file__).parent.parent / "tests" / "golden" / "training"
LEFT_OUT = ("loss_",)  # groups of runs that others tests hold


class Arrays:
    """Arrays by number, each content once."""

    def __init__(self):
        self.all, self.numbers = {}, {}

    def add(self, array):
        key = (array.shape, array.dtype.str, array.tobytes())
        if key not in self.numbers:
            self.numbers[key] = len(self.numbers)
            self.all[str(self.numbers[key])] = array
        return self.numbers[key]


def numbered(arrays, pattern):
    """arrays[pattern with 0], [with 1], …"""
    found = []
    while (key := pattern.format(len(found))) in arrays:
        found.append(arrays[key])
    return found


def runs_of_trajectories(folder):
    recorded = json.loads((folder / "trajectories.json").read_text())
    common = dict(np.load(folder / "common.npz"))
    model = json.loads((folder / "tiny.json").read_text())
    for run in recorded["runs"]:
        arrays = dict(np.load(folder / run["file"]))
        options = run["options"]
        yield {
            "id": run["name"], "model": model, "optimizer": run["optimizer"], "loss": run["loss"], "options": options,
            "class_weight": recorded["class_weight"] if options.get("cw") else None,
            "losses": run["loss_per_step"], "evaluate": run["eval_batch0"]["loss"],
            "variables": [path.replace("/tiny_", "/") for path, _ in run["optimizer_vars"]],
            "x": common["x"], "y": common["y"], "sample_weight": common["sample_weight"] if options.get("sw") else None,
            "initial": numbered(common, "w{}"), "final": numbered(arrays, "w{}"), "state": numbered(arrays, "o{}"),
        }


def runs_of_manifest(folder):
    for case in json.loads((folder / "manifest.json").read_text())["cases"]:
        arrays = np.load(folder / case["file"])
        mine = {key.removeprefix(case["name"] + "."): arrays[key] for key in arrays if key.startswith(case["name"] + ".")}
        model = case["model_config"]
        if "class_name" not in model:
            model = {"class_name": "Sequential", "config": model}
        yield {
            "id": "2_" + case["name"], "model": model, "optimizer": case["optimizer"], "loss": case["loss"],
            "options": {"note": case["note"]} if case["note"] else {}, "class_weight": case["class_weight"],
            "losses": case["losses"], "evaluate": case["evaluate_loss_after_on_batch0"],
            "variables": [variable["path"].replace("/sequential_", "/") for variable in case["optimizer_variables"]],
            "x": mine["x"], "y": mine["y"], "sample_weight": mine.get("sample_weight"),
            "initial": numbered(mine, "w{}.init"), "final": numbered(mine, "w{}.final"), "state": numbered(mine, "o{}"),
        }


def fits_of_trajectories(folder):
    recorded = json.loads((folder / "trajectories.json").read_text())
    for run in recorded["fit"]:
        arrays = dict(np.load(folder / run["file"]))
        yield {**{key: run[key] for key in run if key not in ("file", "shuffle")},
               "final": numbered(arrays, "w{}"), "predict": arrays["predict"]}


def main():
    arrays, runs, fits, models = Arrays(), [], [], []
    for folder in map(pathlib.Path, sys.argv[1:]):
        first = (folder / "trajectories.json").exists()
        for run in (runs_of_trajectories if first else runs_of_manifest)(folder):
            if run["id"].removeprefix("2_").startswith(LEFT_OUT):
                continue
            if run["model"] not in models:
                models.append(run["model"])
            run["model"] = models.index(run["model"])
            for key in ("x", "y", "sample_weight"):
                if run[key] is not None:
                    run[key] = arrays.add(run[key])
            for key in ("initial", "final", "state"):
                run[key] = [arrays.add(array) for array in run[key]]
            runs.append({key: value for key, value in run.items() if value not in (None, {})})
        for fit in fits_of_trajectories(folder) if first else []:
            fit["final"] = [arrays.add(array) for array in fit["final"]]
            fit["predict"] = arrays.add(fit["predict"])
            fits.append(fit)
    TARGET.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(TARGET / "arrays.npz", **arrays.all)
    (TARGET / "runs.json").write_text(json.dumps({"models": models, "runs": runs, "fits": fits}, separators=(",", ":")) + "\n")
    schedules = []
    for folder in map(pathlib.Path, sys.argv[1:]):
        for entry in json.loads((folder / "schedules.json").read_text()):
            config = entry["config"]
            if "class_name" in entry:
                config = {"class_name": entry["class_name"], "config": config}
            schedules.append({"schedule": config, "steps": entry["steps"], "values": entry["values"]})
    (TARGET / "schedules.json").write_text(json.dumps(schedules, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
