"""Trains the case study's two heads on Fashion-MNIST in real Keras and writes what it reached as JSON.

The same network, optimizer (Adam 1e-3), batch (128), shuffling and epochs as `markhor compare`; no validation split.

    python train_fashion.py --seeds 0 1 2 --epochs 3 --out recorded/fashion_keras.json

Times are written unless --no-times is given: give it when anything else runs on the machine.
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

from networks import BATCH_SIZE, FASHION, HEADS, LEARNING_RATE, fashion, network  # noqa: E402


def train(head: str, seed: int, epochs: int, data, times: bool = True) -> dict:
    """One training run: the history an epoch, the accuracy and loss on the test images, seconds an epoch."""
    import keras

    class Clock(keras.callbacks.Callback):
        seconds: list = []

        def on_train_begin(self, logs=None):
            self.seconds = []

        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(round(time.perf_counter() - self.began, 3))
            print(f"keras {head} seed {seed} epoch {epoch + 1}/{epochs} {self.seconds[-1]:.1f}s {logs}", file=sys.stderr)

    (images, labels), (test_images, test_labels) = data
    keras.utils.set_random_seed(seed)
    model = network(head)
    clock = Clock()
    history = model.fit(images, labels, batch_size=BATCH_SIZE, epochs=epochs, shuffle=True, verbose=0, callbacks=[clock])
    loss, accuracy = model.evaluate(test_images, test_labels, batch_size=256, verbose=0)
    run = {
        "head": head,
        "seed": seed,
        "parameters": int(model.count_params()),
        "test_accuracy": float(accuracy),
        "test_loss": float(loss),
        "history": {key: [float(value) for value in values] for key, values in history.history.items()},
    }
    if times:
        run["epoch_seconds"] = clock.seconds
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="S")
    parser.add_argument("--heads", nargs="+", choices=HEADS, default=list(HEADS))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--data", type=Path, default=FASHION, help="folder of the idx files, plain or .gz")
    parser.add_argument("--out", type=Path, help="JSON file to write after each run (else only printed)")
    parser.add_argument("--no-times", action="store_true", help="leave epoch_seconds out: the machine was busy")
    options = parser.parse_args()

    import keras
    import tensorflow

    result = {
        "what": "Fashion-MNIST, the two heads of the case study, in real Keras (conformance/train_fashion.py)",
        "keras": keras.__version__,
        "tensorflow": tensorflow.__version__,
        "python": platform.python_version(),
        "optimizer": "adam",
        "learning_rate": LEARNING_RATE,
        "batch_size": BATCH_SIZE,
        "epochs": options.epochs,
        "runs": [],
    }
    data = fashion(options.data)
    for seed in options.seeds:
        for head in options.heads:
            result["runs"].append(train(head, seed, options.epochs, data, not options.no_times))
            if options.out:  # after each run, so that an interrupted recording keeps what was done
                options.out.parent.mkdir(parents=True, exist_ok=True)
                options.out.write_text(json.dumps(result, indent=1) + "\n")
    if not options.out:
        print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
