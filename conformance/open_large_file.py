"""Time and peak memory to open a large .keras: Markhor's load_model next to Keras's. usage: open_large_file.py [--runs 5] [--mb 100]

Writes a dense network of that size with real Keras into a temporary folder, then opens it in processes of their own, in turns:
`markhor verify` is not it, for that predicts too; `markhor summary FILE` reads the whole file and prints a table. Keras's process
imports Keras first; its time is given with the import and for keras.saving.load_model alone. Prints the medians, with the size of the
weights, which is the least memory that holds them."""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import COMMAND, machine, need, table

KERAS = """
import json, resource, sys, time
import keras
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
keras.saving.load_model(sys.argv[1])
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "before": before}))
"""


def run(command: list) -> dict:
    """Seconds from start to end and the peak of memory in MiB; what it prints last, where that is JSON."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    result = {"total": time.perf_counter() - start, "peak": usage.ru_maxrss / 1024}
    if status != 0:
        raise SystemExit(f"{command}: exit status {status}")
    last = output.strip().rsplit("\n", 1)[-1]
    return result | (json.loads(last) if last.startswith("{") else {})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--mb", type=int, default=100, help="of weights")
    options = parser.parse_args()
    need(COMMAND, "cmake --build build/release --target markhor_cli")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.keras"
        write = (
            "import sys, keras; L = keras.layers; n = int((int(sys.argv[2]) * 1e6 / 4 / 4) ** 0.5);"
            "keras.Sequential([keras.Input((n,))] + [L.Dense(n) for _ in range(4)]).save(sys.argv[1])"
        )
        subprocess.run([sys.executable, "-c", write, file, str(options.mb)], check=True, stderr=subprocess.DEVNULL)
        size = file.stat().st_size / 1e6
        ours, theirs = [], []
        for _ in range(options.runs):
            ours.append(run([str(COMMAND), "summary", str(file)]))
            theirs.append(run([sys.executable, "-c", KERAS, str(file)]))
    small = [run([str(COMMAND), "--version"]) for _ in range(options.runs)]

    def median(runs, key):
        return statistics.median(r[key] for r in runs)

    print(f"{size:.1f} MB .keras, {options.runs} runs in turns, medians; {machine()}")
    rows = [
        ["markhor summary FILE", f"{median(ours, 'total'):.3f}", f"{median(ours, 'peak'):.0f}",
         f"{median(ours, 'peak') - median(small, 'peak'):.0f}"],
        ["Keras: load_model alone", f"{median(theirs, 'seconds'):.3f}", f"{median(theirs, 'peak'):.0f}",
         f"{median(theirs, 'peak') - median(theirs, 'before') / 1024:.0f}"],
        ["Keras: whole process", f"{median(theirs, 'total'):.3f}", f"{median(theirs, 'peak'):.0f}", ""],
    ]
    print(table(["", "seconds", "peak MiB", "of it for the file, MiB"], rows))


if __name__ == "__main__":
    main()
