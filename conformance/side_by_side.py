"""Markhor beside Keras/TensorFlow, PyTorch, ONNX Runtime and OpenVINO on the same work, alternately, in this run.

    python side_by_side.py                          # everything, about 20 minutes on two cores
    python side_by_side.py --only "infer VGG16" "train gap"
    python side_by_side.py --peers keras torch --turns 9 --seconds 0.5

For each workload all frameworks are started and warmed up at once, then take turns, --turns times (at least 7): each calls for
--seconds while the others wait. A framework's figure is the median over its turns of the fastest call of a turn; a slow
moment of the machine strikes all. Float32, or bfloat16 in the rows -bf16 (Keras and Markhor: the policy mixed_bfloat16; PyTorch:
autocast in training, a bfloat16 network at inference), the machine's cores, each peer's faster layout. Prints a table and writes the
figures as JSON beside this script (results/side_by_side.json). --out docs/benchmarks.md puts the table there, above the file's own
sections ("## …"), which stay. Needs the packages of requirements-peers.txt; a peer that isn't installed or cannot do a workload is left
out and named.
"""

import argparse
import importlib.util
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import WORKLOADS, commit, machine, need, write

HERE = Path(__file__).resolve().parent
MODULES = {
    "keras": "tensorflow",
    "keras-xla": "tensorflow",
    "torch": "torch",
    "torch-compiled": "torch",
    "onnxruntime": "onnxruntime",
    "openvino": "openvino",
}
TITLES = {
    "keras": "Keras/TensorFlow",
    "keras-xla": "the same, XLA",
    "torch": "PyTorch",
    "torch-compiled": "the same, compiled",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
}
# (kind, network, batch, the ratio to the best peer that is aimed at)
PLAN = [
    ("infer", "gap", 1, 1.8),
    ("infer", "gap", 32, 1.9),
    ("infer", "flatten", 32, 1.9),
    ("infer", "VGG16", 1, 2.2),
    ("infer", "VGG16", 16, 2.2),
    ("infer", "ResNet50", 1, 1.2),
    ("infer", "ResNet50", 16, 1.2),
    ("infer", "MobileNetV2", 1, 1.0),
    ("infer", "MobileNetV2", 16, 1.0),
    ("infer", "EfficientNetB0", 1, 1.0),
    ("infer", "EfficientNetB0", 16, 1.0),
    ("train", "gap", 32, 2.0),
    ("train", "flatten", 32, 2.0),
    ("train", "lenet", 32, 5.0),
    ("train", "ResNet50", 16, 1.3),
    ("infer-bf16", "gap", 1, 1.1),
    ("infer-bf16", "gap", 32, 1.1),
    ("infer-bf16", "VGG16", 16, 1.1),
    ("infer-bf16", "ResNet50", 16, 1.1),
    ("infer-bf16", "MobileNetV2", 16, 1.1),
    ("train-bf16", "gap", 32, 1.7),
    ("train-bf16", "flatten", 32, 1.7),
]
# A turn of training steps is long enough for a few: the first one of a turn finds the caches cold.
LEAST_TRAINING_SECONDS = 2.0
# Compiling a training step for a few calls of it takes longer than all else here.
SKIPPED = {("torch-compiled", "train", "ResNet50"), ("keras-xla", "train", "ResNet50")}


class Framework:
    """A process that gets ready to be timed."""

    def __init__(self, name, arguments):
        self.name, self.version = name, ""
        self.errors = tempfile.TemporaryFile(mode="w+")
        environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", PYTHONWARNINGS="ignore")
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment
        )
        self.turns, self.peak_mb = [], 0

    def wait_until_ready(self):
        self.version = self.read()["version"]

    def read(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines() or ["no message"]
        raise RuntimeError(f"exit status {self.process.returncode}: {lines[-1][-200:]}")

    def turn(self, seconds):
        print(seconds, file=self.process.stdin, flush=True)
        answer = self.read()
        self.turns.append(min(answer["seconds"]))
        self.peak_mb = answer["peak_mb"]

    def stop(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait()


def measure(kind, network, batch, options):
    commands = {"markhor": [str(options.markhor), "serve", kind, network, str(batch)]}
    for peer in options.peers:
        if kind.startswith("train") and peer in ("onnxruntime", "openvino") or (peer, kind, network) in SKIPPED:
            continue
        if kind.endswith("-bf16") and peer == "onnxruntime":  # has no bfloat16 kernels on CPUs
            continue
        commands[peer] = [sys.executable, str(HERE / "side_by_side_peer.py"), peer, kind, network, str(batch)]
    ready, missing = [], {}
    for framework in [Framework(name, arguments) for name, arguments in commands.items()]:
        try:
            framework.wait_until_ready()
            ready.append(framework)
        except RuntimeError as error:
            missing[framework.name] = str(error)
            print(f"  {framework.name}: {error}", file=sys.stderr)
    try:
        for _ in range(options.turns):
            for framework in ready:
                framework.turn(options.seconds if kind.startswith("infer") else max(options.seconds, LEAST_TRAINING_SECONDS))
                time.sleep(0.05)  # threads that still look for work go to sleep
    finally:
        for framework in ready:
            framework.stop()
    figures = {
        framework.name: {
            "version": framework.version,
            "images_per_s": batch / statistics.median(framework.turns),
            "best_images_per_s": batch / min(framework.turns),
            "peak_mb": framework.peak_mb,
        }
        for framework in ready
    }
    return {"kind": kind, "network": network, "batch": batch, "figures": figures, "missing": missing}


def gflop(kind, network, batch, options):
    """Of one image, as the network's ops count it; 0 where unknown."""
    answer = subprocess.run(
        [str(options.markhor), "flops", kind, network, str(batch)], capture_output=True, text=True, check=False
    )
    return json.loads(answer.stdout)["gflop"] / batch if answer.returncode == 0 else 0


def ceiling(options):
    answer = subprocess.run([str(options.markhor), "ceiling"], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def markdown(result):
    peers = [peer for peer in MODULES if any(peer in row["figures"] for row in result["rows"])]
    top = result["ceiling"]
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
    lines = [
        "# Benchmarks",
        "",
        f"Written by `conformance/{command}` on {time.strftime('%Y-%m-%d')}, commit {result['commit']}: {result['machine']['cpu']}, "
        f"{result['machine']['cores']} cores, load {result['machine']['load_before']} before. Measured ceiling: "
        f"{top['gflops']:.0f} GFLOP/s of float32 multiply-adds, {top['gbytes']:.1f} GB/s of a copy.",
        "",
        f"Images a second in float32 (rows -bf16: bfloat16), all frameworks taking turns: medians of {result['turns']} turns. Ratio: "
        "Markhor to the best peer of the row. Of the ceiling: the network's arithmetic as a direct sum, so Winograd may be above 100 %. Memory: the peak of the "
        "process, MB, Markhor and the least of the peers.",
        "",
        "| work | batch | Markhor | " + " | ".join(TITLES[peer] for peer in peers) + " | ratio | aim | of the ceiling | memory |",
        "| --- | --- | --- | " + "--- | " * len(peers) + "--- | --- | --- | --- |",
    ]
    for row in result["rows"]:
        figures = row["figures"]
        rates = [figures[peer]["images_per_s"] for peer in peers if peer in figures]
        if "markhor" not in figures:
            continue
        own = figures["markhor"]
        cells = [f"{figures[peer]['images_per_s']:.4g}" if peer in figures else "–" for peer in peers]
        ratio = f"**{own['images_per_s'] / max(rates):.2f}**" if rates else "–"
        share = f"{100 * row['gflop'] * own['images_per_s'] / top['gflops']:.0f} %" if row["gflop"] else "–"
        least = min((figures[peer]["peak_mb"] for peer in peers if peer in figures), default=0)
        lines.append(
            f"| {row['kind']} {row['network']} | {row['batch']} | {own['images_per_s']:.4g} | " + " | ".join(cells)
            + f" | {ratio} | {row['aim']} | {share} | {own['peak_mb']:.0f} / {least:.0f} |"
        )
    versions = sorted({figure["version"] for row in result["rows"] for figure in row["figures"].values()})
    lines += ["", "Versions: " + "; ".join(versions) + "."]
    lines += [
        f"Left out: {row['kind']} {row['network']} {row['batch']}, {TITLES[peer]}: {why}."
        for row in result["rows"]
        for peer, why in row["missing"].items()
        if peer in TITLES
    ]
    return "\n".join(lines) + "\n"


def sections_of(file):
    """What others have written below the table."""
    text = file.read_text() if file.exists() else ""
    begin = text.find("\n## ")
    return text[begin:] if begin >= 0 else ""


def main():
    installed = [peer for peer, module in MODULES.items() if importlib.util.find_spec(module)]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[""], help='rows that begin so: "infer VGG16", "train"')
    parser.add_argument("--peers", nargs="+", choices=list(MODULES), default=installed)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.4, help="of a turn; at least one call")
    parser.add_argument("--markhor", type=Path, default=WORKLOADS, help="default: build/release/benchmarks/workloads")
    parser.add_argument("--out", type=Path, help="a Markdown file to put the table into")
    parser.add_argument("--json", type=Path, default=HERE / "results/side_by_side.json")
    options = parser.parse_args()
    need(options.markhor, "cmake --preset release && cmake --build --preset release --target workloads")

    result = {"commit": commit(), "machine": machine(), "ceiling": ceiling(options), "turns": options.turns, "rows": []}
    for kind, network, batch, aim in PLAN:
        words = [kind, network, str(batch)]
        if not any(words[: len(start.split())] == start.split() for start in options.only):
            continue
        print(f"+ {kind} {network}, batch {batch}", file=sys.stderr)
        row = measure(kind, network, batch, options)
        row |= {"aim": aim, "gflop": gflop(kind, network, batch, options)}
        result["rows"].append(row)
        write(options.json, result)
        if options.out:
            options.out.write_text(markdown(result) + sections_of(options.out))
    print(markdown(result))


main()
