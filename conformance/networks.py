"""The case study's two networks and its data, in real Keras. Shared by the scripts of this folder; not a script itself."""

import gzip
import os
from pathlib import Path

import numpy as np

BATCH_SIZE = 128
LEARNING_RATE = 1e-3
HEADS = ("flatten", "gap")
FASHION = Path(os.environ.get("FASHION", "/usr/share/datasets/fashion-mnist"))


def read_idx(folder: Path, name: str) -> np.ndarray:
    """One idx file of unsigned bytes, plain or .gz: magic (0, 0, 8, rank), big-endian extents, then the bytes."""
    found = sorted(folder.rglob(name + "*"))
    if not found:
        raise SystemExit(f"{folder}: no {name}; install dataset-fashion-mnist or set FASHION to the folder of its idx files")
    opened = gzip.open(found[0]) if found[0].suffix == ".gz" else found[0].open("rb")
    with opened as file:
        data = file.read()
    rank = data[3]
    extents = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(extents)


def fashion(folder: Path = FASHION):
    """((images, labels) to train, (images, labels) to test); images (n, 28, 28, 1) in float32, 0 to 1."""

    def half(prefix):
        images = (read_idx(folder, prefix + "-images")[..., None] / 255).astype("float32")
        return images, read_idx(folder, prefix + "-labels")

    return half("train"), half("t10k")


def network(head: str, shape=(28, 28, 1), classes: int = 10):
    """The backbone of the case study under one of its two heads: "flatten" or "gap"."""
    import keras
    from keras import layers

    backbone = [
        layers.Input(shape),
        layers.Conv2D(32, (3, 3), activation="relu"),
        layers.Conv2D(32, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2), strides=(2, 2)),
        layers.BatchNormalization(),
        layers.Conv2D(64, (3, 3), activation="relu"),
        layers.Conv2D(64, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2), strides=(2, 2)),
        layers.BatchNormalization(),
    ]
    top = {
        "flatten": lambda: [
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dense(32, activation="relu"),
        ],
        "gap": lambda: [layers.GlobalAveragePooling2D(), layers.Dropout(0.3)],
    }[head]()
    model = keras.Sequential(backbone + top + [layers.Dense(classes, activation="softmax")])
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model
