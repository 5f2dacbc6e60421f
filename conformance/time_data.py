"""Images a second of training from a folder of JPEG files: Markhor, Keras with tf.data, PyTorch with its DataLoader, all with the same
work (decode, bilinear resize, random horizontal flip, batch, one training step of the pooled network), and the same from memory.

    conformance/venv/bin/pip install pillow      # the DataLoader's decoder
    conformance/venv/bin/python conformance/time_data.py [--images 384] [--size 112] [--batch 32] [--epochs 2]

`busy` is the share of an epoch in which the engine computes; the rest it waits for data. Takes some 3 minutes on 2 cores; each figure is
the faster of the epochs after a first one to warm up."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

from common import ROOT, machine, need, table

PROGRAM = ROOT / "build/release/benchmarks/training_runs"
PEER = "--peer"


def write_pictures(folder: Path, count: int, width: int = 500, height: int = 375):
    """Slopes and noise of an ImageNet picture's size, in ten class folders."""
    from PIL import Image

    random = np.random.RandomState(0)
    y, x = np.mgrid[0:height, 0:width]
    for i in range(count):
        slopes = [110 + 80 * np.sin((x + 7 * i) / (13 + 3 * c)) * np.cos(y / (23 - i % 10)) for c in range(3)]
        pixels = np.stack(slopes, -1) + random.normal(0, 14, (height, width, 3))
        target = folder / str(i % 10)
        target.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.clip(pixels, 0, 255).astype("uint8")).save(target / f"{i:05}.jpg", quality=90)


def epochs_of(count, epochs, one_epoch):
    """one_epoch() -> seconds computing; the first epoch warms up."""
    best = None
    for epoch in range(epochs + 1):
        began = time.perf_counter()
        busy = one_epoch()
        seconds = time.perf_counter() - began
        if epoch > 0 and (best is None or seconds < best[0]):
            best = (seconds, busy)
    return {"images_per_s": count / best[0], "engine_busy": None if best[1] is None else best[1] / best[0]}


def with_keras(folder, size, batch, epochs):
    import keras
    import tensorflow as tf

    from networks import network

    def ready(data, cached):
        if cached:
            data = data.cache()
        flip = lambda x, y: (tf.image.random_flip_left_right(x) / 255, y)
        return data.shuffle(4 * batch).map(flip, num_parallel_calls=tf.data.AUTOTUNE).batch(batch).prefetch(tf.data.AUTOTUNE)

    result = {}
    for name in ("folder", "memory"):
        files = keras.utils.image_dataset_from_directory(folder, image_size=(size, size), batch_size=None, verbose=False)
        count = int(files.cardinality())
        data = ready(files, name == "memory")
        model = network("gap", (size, size, 3))
        result[name] = epochs_of(count, epochs, lambda: model.fit(data, verbose=0) and None)
    return result


def with_torch(folder, size, batch, epochs):
    import torch
    from PIL import Image
    from torch.nn import functional as F

    from peer_torch import NHWC, stepper

    files = sorted(folder.rglob("*.jpg"))

    class Pictures(torch.utils.data.Dataset):
        def __init__(self, cached):
            self.cached = [self.decode(i) for i in range(len(files))] if cached else None

        def decode(self, i):
            pixels = torch.from_numpy(np.asarray(Image.open(files[i]).convert("RGB")).copy()).permute(2, 0, 1)[None].float()
            return F.interpolate(pixels, (size, size), mode="bilinear", align_corners=False)[0]

        def __len__(self):
            return len(files)

        def __getitem__(self, i):
            x = self.decode(i) if self.cached is None else self.cached[i]
            if torch.rand(()) < 0.5:
                x = x.flip(-1)
            return x / 255, int(files[i].parent.name)

    result = {}
    for name in ("folder", "memory"):
        workers = 2 if name == "folder" else 0
        loader = torch.utils.data.DataLoader(
            Pictures(name == "memory"), batch, shuffle=True, num_workers=workers, persistent_workers=workers > 0
        )
        _, step = stepper("gap", (size, size, 3), False)

        def one_epoch(loader=loader, step=step):
            busy = 0
            for x, y in loader:
                began = time.perf_counter()
                step(x.to(memory_format=NHWC), y)
                busy += time.perf_counter() - began
            return busy

        result[name] = epochs_of(len(files), epochs, one_epoch)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=384)
    parser.add_argument("--size", type=int, default=112)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument(PEER, nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:  # each peer in a process of its own: both want all cores
        run = {"keras": with_keras, "torch": with_torch}[options.peer[0]]
        print(json.dumps(run(Path(options.peer[1]), options.size, options.batch, options.epochs)))
        return
    need(PROGRAM, "cmake --build build/release --target training_runs")
    print(json.dumps(machine()))
    sizes = ["--size", str(options.size), "--batch", str(options.batch), "--epochs", str(options.epochs)]
    with tempfile.TemporaryDirectory() as scratch:
        write_pictures(Path(scratch), options.images)
        commands = {
            "Markhor": [PROGRAM, "folder", scratch, *map(str, (options.size, options.batch, options.epochs))],
            "Keras, tf.data": [sys.executable, __file__, PEER, "keras", scratch, *sizes],
            "PyTorch, DataLoader": [sys.executable, __file__, PEER, "torch", scratch, *sizes],
        }
        rows = []
        for name, command in commands.items():
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            if ran.returncode:
                raise SystemExit(f"{name}: {ran.stderr[-2000:]}")
            result = json.loads(ran.stdout.splitlines()[-1])
            share = lambda part: "" if result[part]["engine_busy"] is None else f"{100 * result[part]['engine_busy']:.0f} %"
            rows.append([
                name, f"{result['folder']['images_per_s']:.1f}", share("folder"), f"{result['memory']['images_per_s']:.1f}",
                share("memory"), f"{result['folder']['images_per_s'] / result['memory']['images_per_s']:.2f}",
            ])
    print(table(["", "from files, images/s", "busy", "from memory, images/s", "busy", "files / memory"], rows))


if __name__ == "__main__":
    main()
