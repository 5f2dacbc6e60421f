"""Times Markhor, Keras on TensorFlow, and PyTorch on the same work, on this machine, in this run.

    python time_peers.py                                   # all workloads, all frameworks installed; about 20 minutes
    python time_peers.py --workloads first --rounds 5
    python time_peers.py --frameworks markhor keras --workloads fashion train

Workloads: fashion (an epoch of Fashion-MNIST at 28x28, batch 128), train (a training step at 224x224x3, batch 32), first
(process start to first prediction at 224x224x3: seconds and peak memory). Each is a process of its own; the frameworks
take turns, --rounds times, so that a slow minute of the machine strikes all. The table shows medians over the rounds. Two
cores busy with something else make every figure worthless: "load_before" in the JSON should be near 0.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import WORKLOADS, commit, machine, need, table, write

HERE = Path(__file__).resolve().parent
PEERS = {"keras": ("tensorflow", HERE / "peer_keras.py"), "torch": ("torch", HERE / "peer_torch.py")}


def command(framework: str, workload: str, head: str, options) -> list:
    own = {"fashion": [str(options.epochs)], "train": [str(options.batch)], "first": []}[workload]
    program = [str(options.markhor)] if framework == "markhor" else [sys.executable, str(PEERS[framework][1])]
    return program + [workload, head] + own


def run(arguments: list) -> tuple:
    """(its JSON lines, seconds from process start to the last of them, peak memory in MB, what went wrong or "")."""
    environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", PYTHONWARNINGS="ignore")
    began = time.perf_counter()
    noise = tempfile.TemporaryFile(mode="w+")  # a file, because a full pipe would stop the process being timed
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=noise, text=True, env=environment)
    lines, at = [], began
    for line in process.stdout:
        if line.startswith("{"):
            lines.append(json.loads(line))
            at = time.perf_counter()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    noise.seek(0)
    errors = noise.read()
    failed = process.returncode != 0 or not lines
    error = f"{' '.join(arguments)}: exit status {process.returncode}: {errors.strip()[-600:]}" if failed else ""
    return lines, at - began, usage.ru_maxrss / 1024, error


def main():
    installed = [name for name, (module, _) in PEERS.items() if importlib.util.find_spec(module)]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", nargs="+", choices=("fashion", "train", "first"), default=["fashion", "train", "first"])
    parser.add_argument("--frameworks", nargs="+", choices=("markhor", *PEERS), default=["markhor", *installed])
    parser.add_argument("--head", choices=("gap", "flatten"), default="gap")
    parser.add_argument("--epochs", type=int, default=3, help="of fashion; the fastest one counts")
    parser.add_argument("--batch", type=int, default=32, help="of train")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--markhor", type=Path, default=WORKLOADS, help="default: build/release/benchmarks/workloads")
    parser.add_argument("--out", type=Path, default=HERE / "results/peers.json")
    options = parser.parse_args()
    if "markhor" in options.frameworks:
        need(options.markhor, "cmake --preset release && cmake --build --preset release --target workloads")

    result = {"commit": commit(), "machine": machine(), "head": options.head, "runs": []}
    for workload in options.workloads:
        for turn in range(options.rounds):
            for framework in options.frameworks:
                arguments = command(framework, workload, options.head, options)
                print(f"+ round {turn + 1}/{options.rounds}:", *arguments, file=sys.stderr)
                lines, wall, peak, error = run(arguments)
                if error:  # the modes that it did print stay valid
                    print(error, file=sys.stderr)
                    result["runs"].append({"framework": framework, "workload": workload, "error": error})
                for line in lines:
                    figure = {"fashion": lambda: min(line["epoch_s"]), "train": lambda: line["median_s"], "first": lambda: wall}
                    result["runs"].append(
                        {"framework": framework, "mode": line.get("mode", ""), "workload": workload}
                        | {"round": turn, "seconds": figure[workload](), "peak_mb": round(peak, 1), "said": line}
                    )
                write(options.out, result)  # after each run, so that an interrupted one keeps what was done

    units = {"fashion": "s an epoch", "train": f"s a step of {options.batch}", "first": "s to first prediction"}
    rows = []
    for workload in options.workloads:
        kinds = {}
        for entry in result["runs"]:
            if entry["workload"] == workload and "error" not in entry:
                kinds.setdefault((entry["framework"], entry["mode"]), []).append(entry)
        ours = [entry["seconds"] for entry in kinds.get(("markhor", ""), [])]
        for (framework, mode), entries in kinds.items():
            median = statistics.median(entry["seconds"] for entry in entries)
            # A process that runs several modes has one peak for all of them: shown where it means something.
            peak = f"{statistics.median(entry['peak_mb'] for entry in entries):.0f}" if workload == "first" else ""
            ratio = f"{median / statistics.median(ours):.2f}" if ours else ""
            rows.append([f"{workload}: {framework} {mode}".rstrip(), units[workload], f"{median:.3f}", ratio, peak])
    print(table(["work", "unit", "median", "x markhor", "peak MB"], rows))
    return 1 if any("error" in entry for entry in result["runs"]) else 0


if __name__ == "__main__":
    sys.exit(main())
