"""Markhor's case study and the same in real Keras, side by side: test accuracy, test loss, seconds an epoch.

    python compare_with_keras.py                      # against the recorded run (recorded/fashion_keras.json), no Keras needed
    python compare_with_keras.py --live --seeds 0     # trains in Keras too, in the same run on the same machine

Markhor runs as `markhor compare --epochs E --seed S --out DIR`, whose DIR/results.json is read. The two draw different random
numbers from one seed, so a seed pairs runs, not weights; judge by the means. Exit status 1 where a head's mean test accuracy is
more than --points below Keras's.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

from common import COMMAND, commit, machine, need, table, write  # noqa: E402

HERE = Path(__file__).resolve().parent
RECORDED = HERE / "recorded/fashion_keras.json"
HEADS = ("flatten", "gap")


def run_markhor(command: Path, seed: int, epochs: int, out: Path, extra: list) -> dict:
    """{head: {test_accuracy, test_loss, epoch_seconds, parameters}} of one `markhor compare`."""
    arguments = [str(command), "compare", "--epochs", str(epochs), "--seed", str(seed), "--out", str(out), *extra]
    print("+", *arguments, file=sys.stderr)
    subprocess.run(arguments, check=True, stdout=sys.stderr)
    file = out / "results.json"
    heads = {run["head"]: run for run in json.loads(file.read_text())["heads"]}
    for head in HEADS:
        for key in ("test_accuracy", "test_loss", "epoch_seconds", "parameters"):
            if key not in heads.get(head, {}):
                raise SystemExit(f'{file}: no "{key}" for the head "{head}" (there are: {", ".join(heads)})')
    return {head: heads[head] for head in HEADS}


def run_keras(seeds: list, epochs: int, live: bool) -> dict:
    """{(head, seed): run}, trained now or as recorded."""
    if live:
        from networks import fashion
        from train_fashion import train

        data = fashion()
        return {(head, seed): train(head, seed, epochs, data) for seed in seeds for head in HEADS}
    recorded = json.loads(RECORDED.read_text())
    if recorded["epochs"] != epochs:
        raise SystemExit(f"{RECORDED} holds runs of {recorded['epochs']} epochs, not {epochs}: use --live")
    runs = {(run["head"], run["seed"]): run for run in recorded["runs"]}
    absent = [seed for seed in seeds if any((head, seed) not in runs for head in HEADS)]
    if absent:
        raise SystemExit(f"{RECORDED} has no run of seed {absent[0]}: use --live")
    return runs


def seconds(run: dict) -> str:
    """The fastest epoch: the first one of TensorFlow also compiles."""
    return f"{min(run['epoch_seconds']):.1f}" if run.get("epoch_seconds") else "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="S")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--live", action="store_true", help="train in Keras now (about 3 minutes a seed) for times too")
    parser.add_argument("--points", type=float, default=2.0, help="percentage points that the mean may be below Keras's")
    parser.add_argument("--markhor", type=Path, default=COMMAND, help="the command (default: build/release/cli/markhor)")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="folder for Markhor's results and the comparison")
    parser.add_argument("extra", nargs="*", help="after --: more options for `markhor compare`")
    options = parser.parse_args()
    need(options.markhor, "make compare")

    begun = machine()
    theirs = run_keras(options.seeds, options.epochs, options.live)
    ours = {}
    for seed in options.seeds:
        heads = run_markhor(options.markhor, seed, options.epochs, options.out / f"seed{seed}", options.extra)
        ours.update({(head, seed): run for head, run in heads.items()})

    rows, means, good = [], {}, True
    for head in HEADS:
        for seed in options.seeds:
            our, their = ours[head, seed], theirs[head, seed]
            rows.append(
                [
                    f"{head}, seed {seed}",
                    f"{our['parameters']:,}" if our["parameters"] == their["parameters"] else "DIFFER",
                    f"{100 * our['test_accuracy']:.2f}",
                    f"{100 * their['test_accuracy']:.2f}",
                    f"{100 * (our['test_accuracy'] - their['test_accuracy']):+.2f}",
                    f"{our['test_loss']:.4f}",
                    f"{their['test_loss']:.4f}",
                    f"{our['test_loss'] - their['test_loss']:+.4f}",
                    seconds(our),
                    seconds(their),
                ]
            )
            good = good and our["parameters"] == their["parameters"]
        accuracy = [statistics.mean(100 * runs[head, s]["test_accuracy"] for s in options.seeds) for runs in (ours, theirs)]
        loss = [statistics.mean(runs[head, s]["test_loss"] for s in options.seeds) for runs in (ours, theirs)]
        means[head] = {"accuracy_points": accuracy[0] - accuracy[1], "loss": loss[0] - loss[1]}
        rows.append(
            [f"{head}, mean", "", f"{accuracy[0]:.2f}", f"{accuracy[1]:.2f}", f"{accuracy[0] - accuracy[1]:+.2f}"]
            + [f"{loss[0]:.4f}", f"{loss[1]:.4f}", f"{loss[0] - loss[1]:+.4f}", "", ""]
        )
        good = good and accuracy[0] >= accuracy[1] - options.points
    print(f"Fashion-MNIST, {options.epochs} epochs; Markhor | Keras{'' if options.live else ' (recorded, no times)'}")
    head = ["run", "parameters", "acc %", "Keras", "diff", "loss", "Keras", "diff", "s/epoch", "Keras"]
    print(table(head, rows))
    print(("within" if good else "NOT within") + f" {options.points:g} points of Keras's mean test accuracy, parameters equal")
    write(
        options.out / "compare_with_keras.json",
        {
            "commit": commit(),
            "machine": begun,
            "epochs": options.epochs,
            "keras": "live" if options.live else "recorded",
            "runs": [
                {"head": head, "seed": seed, "markhor": ours[head, seed], "keras_run": theirs[head, seed]}
                for head in HEADS
                for seed in options.seeds
            ],
            "mean_difference": means,
        },
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
