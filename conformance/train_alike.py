"""Three networks trained by Keras and by Markhor from the same initial weights on the same batches: Fashion-MNIST, one epoch. Prints how
far the losses of the steps and the final figures lie apart, and draws docs/loss_curves.svg, one curve laid over the other.

    conformance/venv/bin/python conformance/train_alike.py [--batches 469] [--out docs/loss_curves.svg]

Without dropout, whose random numbers are each library's own. Rounding alone drives two runs apart, the faster the more a network
amplifies it, so there is a yardstick: Keras once more with TensorFlow's own kernels in place of oneDNN's. Takes some 5 minutes on 2
cores."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

from common import ROOT, need, table
from networks import BATCH_SIZE, fashion

PROGRAM = ROOT / "build/release/benchmarks/training_runs"


def networks():
    import keras
    from keras import layers

    def conv(x, filters, **options):
        return layers.Conv2D(filters, 3, activation="relu", **options)(x)

    def backbone(x):
        for filters in (32, 64):
            x = conv(conv(x, filters), filters)
            x = layers.BatchNormalization()(layers.MaxPooling2D()(x))
        return x

    def residual(x):
        x = layers.Conv2D(24, 3, padding="same", use_bias=False)(x)
        for stride in (2, 2):
            x = layers.Activation("relu")(layers.BatchNormalization()(x))
            y = layers.Conv2D(24, 3, strides=stride, padding="same", use_bias=False)(x)
            y = layers.Activation("relu")(layers.BatchNormalization()(y))
            y = layers.Conv2D(24, 3, padding="same", use_bias=False)(y)
            x = layers.Add()([layers.Conv2D(24, 1, strides=stride, use_bias=False)(x), y])
        return layers.GlobalAveragePooling2D()(layers.Activation("relu")(layers.BatchNormalization()(x)))

    def flat(x):
        return layers.Dense(32, activation="relu")(layers.Dense(64, activation="relu")(layers.Flatten()(backbone(x))))

    def pooled(x):
        return layers.GlobalAveragePooling2D()(backbone(x))

    for name, body in {"Flatten": flat, "GlobalAveragePooling2D": pooled, "residual": residual}.items():
        keras.utils.set_random_seed(0)
        image = keras.Input((28, 28, 1))
        model = keras.Model(image, layers.Dense(10, activation="softmax")(body(image)))
        model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy")
        yield name, model


def keras_losses(model_file, data_file):
    """One epoch in Keras, in the file's order: the loss of each batch."""
    import keras

    model, data, losses = keras.saving.load_model(model_file), np.load(data_file), []
    x, y = (data["x"] / 255).astype("float32"), data["y"]
    for begin in range(0, len(x), BATCH_SIZE):
        losses.append(float(model.train_on_batch(x[begin : begin + BATCH_SIZE], y[begin : begin + BATCH_SIZE])))
        model.reset_metrics()
    return losses


def losses_of(command, **environment):
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment)
    return json.loads(ran.stdout.splitlines()[-1])


def smooth(values, width=9):
    """Means over so many steps, so that both curves can be told from the noise of batches."""
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.ones(width) / width, mode="valid")


def svg(curves):
    """One panel a network: Keras's curve broad and pale, Markhor's thin and dark upon it; the difference below."""
    width, height, gap, left, top = 300, 200, 46, 50, 44
    below = 70
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + 3 * (width + gap)} {top + height + 34 + below + 40}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="16" font-size="13">Training loss of each batch, Fashion-MNIST, one epoch from equal weights (means over 9 '
        'steps):</text>',
        '<path d="M720 12h26" stroke="#f0a35a" stroke-width="6"/><text x="752" y="16" font-size="13">Keras 3.15.1</text>',
        '<path d="M850 12h26" stroke="#123a63" stroke-width="1.5"/><text x="882" y="16" font-size="13">Markhor</text>',
    ]
    for panel, (name, theirs, ours) in enumerate(curves):
        x0 = left + panel * (width + gap)
        steps = len(theirs)
        highest = max(2.4, float(np.max(smooth(theirs))))
        point = lambda i, v, y0, h, scale: f"{x0 + i * width / max(1, steps - 1):.1f},{y0 + h - v / scale * h:.1f}"
        line = lambda values, y0, h, scale: " ".join(point(i, min(v, scale), y0, h, scale) for i, v in enumerate(values))
        parts.append(f'<text x="{x0}" y="{top - 8}" font-size="12">{name}</text>')
        for value in (0, 0.5, 1, 1.5, 2):
            y = top + height - value / highest * height
            parts.append(f'<path d="M{x0} {y:.1f}h{width}" stroke="#ddd"/><text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{value}</text>')
        for values, colour, stroke in ((theirs, "#f0a35a", 6), (ours, "#123a63", 1.5)):
            parts.append(f'<polyline points="{line(smooth(values), top, height, highest)}" fill="none" stroke="{colour}" stroke-width="{stroke}"/>')
        apart = np.abs(np.asarray(ours) - np.asarray(theirs))
        scale = max(1e-6, float(apart.max()))
        y0 = top + height + 34
        parts.append(f'<text x="{x0}" y="{y0 - 6}">difference of each step, largest {scale:.1e}</text>')
        parts.append(f'<path d="M{x0} {y0 + below}h{width}" stroke="#bbb"/>')
        parts.append(f'<polyline points="{line(apart, y0, below, scale)}" fill="none" stroke="#a33" stroke-width="1"/>')
        parts.append(f'<text x="{x0 + width}" y="{y0 + below + 14}" text-anchor="end">step {steps}</text>')
    return "\n".join(parts) + "\n</svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=469)
    parser.add_argument("--out", type=Path, default=ROOT / "docs/loss_curves.svg")
    parser.add_argument("--keras", nargs=2, metavar=("MODEL", "DATA"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.keras:
        print(json.dumps(keras_losses(*options.keras)))
        return
    need(PROGRAM, "cmake --build build/release --target training_runs")
    (images, labels), _ = fashion()
    count = min(len(images), options.batches * BATCH_SIZE)
    order = np.random.RandomState(0).permutation(len(images))[:count]
    x, y = images[order], labels[order].astype("int32")
    rows, curves = [], []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        np.savez(scratch / "data.npz", x=np.round(x * 255).astype("uint8"), y=y)
        for name, model in networks():
            files = [scratch / "model.keras", scratch / "data.npz"]
            model.save(files[0])
            ours = losses_of([PROGRAM, "losses", *files, str(BATCH_SIZE)])
            again = [sys.executable, __file__, "--keras", *files]
            theirs, others = losses_of(again, TF_ENABLE_ONEDNN_OPTS="1"), losses_of(again, TF_ENABLE_ONEDNN_OPTS="0")
            last = slice(-50, None)
            row = [name, f"{model.count_params():,}"]
            for run in (ours, others):
                apart = np.abs(np.array(run) - np.array(theirs))
                row += [f"{apart[:20].max():.1e}", f"{apart.mean():.1e}"]
            rows.append(row + [f"{np.mean(run[last]):.4f}" for run in (theirs, ours, others)])
            curves.append((name, theirs, ours))
    print(table(["network", "parameters", "Markhor apart, 20 steps", "mean", "Keras apart, 20 steps", "mean", "last 50: Keras", "Markhor", "Keras"], rows))
    options.out.write_text(svg(curves))
    print(f"{options.out}: {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
