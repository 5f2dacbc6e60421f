"""Records tests/golden/models/weights.json: what real Keras reads from each NAME.weights.h5 beside its NAME.json, and what
the network then answers to a fixed input. usage: record_weights.py tests/golden/models"""
import json, os, pathlib, sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import numpy as np


def fixed_input(shape):
    """((7919 i) mod 1000) / 1000 - 0.5 for element i of a batch of two; tests compute the same."""
    shape = (2, *shape[1:])
    return (((np.arange(np.prod(shape)) * 7919) % 1000) / 1000 - 0.5).astype("float32").reshape(shape)


folder = pathlib.Path(sys.argv[1])
record = {}
for config in sorted(folder.glob("*.json")):
    if config.name == "weights.json":
        continue
    model = keras.models.model_from_json(config.read_text())
    model.load_weights(config.with_suffix("").with_suffix(".weights.h5"))
    outputs = keras.tree.flatten(model.predict([fixed_input(x.shape) for x in model.inputs], verbose=0))
    record[config.stem] = {
        "sums": [float(np.sum(w.numpy(), dtype="float64")) for w in model.weights],
        "shapes": [list(w.shape) for w in model.weights],
        "outputs": [[float(v) for v in y.reshape(-1)] for y in outputs],
    }
(folder / "weights.json").write_text(json.dumps(record, indent=1) + "\n")
