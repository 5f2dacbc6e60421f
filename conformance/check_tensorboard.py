"""Lets Markhor train with its TensorBoard callback, reads the event files with TensorBoard's own loader (which verifies each record's
checksums) and compares every value with the run's history. Exit status 1 where one is missing or differs.

    conformance/venv/bin/pip install tensorboard
    conformance/venv/bin/python conformance/check_tensorboard.py"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from common import ROOT, need, table
from networks import fashion, network

PROGRAM = ROOT / "build/release/benchmarks/training_runs"
EPOCHS = 3


def main():
    need(PROGRAM, "cmake --build build/release --target training_runs")
    (images, labels), _ = fashion()
    rows, wrong = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        np.savez(scratch / "data.npz", x=np.round(images[:1280] * 255).astype("uint8"), y=labels[:1280].astype("int32"))
        network("gap").save(scratch / "model.keras")
        ran = subprocess.run(
            [PROGRAM, "events", scratch / "model.keras", scratch / "data.npz", scratch / "logs", str(EPOCHS)],
            capture_output=True, text=True, check=True,
        )
        history = json.loads(ran.stdout)
        for part in ("train", "validation"):
            loaded = EventAccumulator(str(scratch / "logs" / part)).Reload()
            wanted = {
                "epoch_" + name.removeprefix("val_"): values
                for name, values in history.items()
                if name.startswith("val_") == (part == "validation")
            }
            for tag in sorted(set(wanted) | set(loaded.Tags()["scalars"])):
                events = loaded.Scalars(tag) if tag in loaded.Tags()["scalars"] else []
                values = wanted.get(tag, [])
                good = [event.step for event in events] == list(range(EPOCHS)) and all(
                    np.float32(event.value) == np.float32(value) for event, value in zip(events, values, strict=False)
                ) and len(events) == len(values)
                wrong += not good
                rows.append([f"{part}/{tag}", len(events), " ".join(f"{event.value:.5f}" for event in events), "equal" if good else "WRONG"])
    print(table(["tag", "values", "as TensorBoard reads them", "against the history"], rows))
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
