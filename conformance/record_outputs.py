"""Records tests/golden/training/outputs.{json,npz}: real Keras training a model of two inputs and two outputs, with losses, weights and
metrics given as lists and by name. usage: record_outputs.py tests/golden/training"""
import json, os, pathlib, sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import numpy as np

folder = pathlib.Path(sys.argv[1])
random = np.random.RandomState(3)
EXAMPLES, BATCH = 48, 8
arrays = {
    "image": random.normal(size=(EXAMPLES, 6, 6, 1)).astype("float32"),
    "numbers": random.normal(size=(EXAMPLES, 4)).astype("float32"),
    "kind": random.randint(0, 3, EXAMPLES).astype("int32"),
    "age": random.normal(size=(EXAMPLES, 1)).astype("float32"),
    "kind_weight": random.uniform(0.2, 2, EXAMPLES).astype("float32"),
    "age_weight": random.uniform(0.2, 2, EXAMPLES).astype("float32"),
}


def network():
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    image, numbers = keras.Input((6, 6, 1), name="image"), keras.Input((4,), name="numbers")
    x = keras.layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2", name="conv")(image)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    y = keras.layers.Dense(5, activation="tanh", name="inner")(numbers)
    both = keras.layers.Concatenate(name="both")([x, y])
    kind = keras.layers.Dense(3, activation="softmax", name="kind")(both)
    age = keras.layers.Dense(1, name="age")(both)
    return keras.Model([image, numbers], [kind, age])


SPARSE = "sparse_categorical_crossentropy"
listed = lambda *names: [arrays[name] for name in names]
# How each run is compiled, how the tests are to give the data ("list", "dict"; Keras takes no names for weights where the outputs are a
# list, so it gets lists), and whose weights there are.
RUNS = {
    "lists": (dict(loss=[SPARSE, "mse"], loss_weights=[1.0, 0.25], metrics=["accuracy", "mae"]), "list", "both"),
    "names": (
        dict(
            loss={"age": keras.losses.LogCosh(), "kind": SPARSE},
            loss_weights={"age": 0.5, "kind": 2.0},
            metrics={"kind": ["accuracy", "sparse_categorical_crossentropy"], "age": ["mae", keras.metrics.MeanSquaredError(name="square")]},
            weighted_metrics={"kind": ["accuracy"], "age": ["mae"]},
        ),
        "dict", "both",
    ),
    "one_weight": (dict(loss=[SPARSE, "mae"], weighted_metrics=[["accuracy"], ["mse", "mse"]]), "list", "one"),
    "one_trained": (dict(loss=[None, "mse"], metrics=[["accuracy"], ["mae"]]), "list", None),
    "for_all": (dict(loss=SPARSE), "list", None),
}

initial = network().get_weights()
arrays |= {f"initial.{i}": w for i, w in enumerate(initial)}
recorded = {"model": json.loads(network().to_json()), "batch": BATCH, "runs": []}
for name, (options, form, weighting) in RUNS.items():
    model = network()
    if name == "for_all":  # both outputs tell classes
        image, numbers = model.inputs
        model = keras.Model([image, numbers], [model.output[0], keras.layers.Dense(2, activation="softmax", name="more")(model.output[0])])
    model.compile(optimizer=keras.optimizers.Adam(0.02), **options)
    if name == "for_all":
        arrays["more"] = (arrays["kind"] // 2).astype("int32")
        recorded["for_all_model"] = json.loads(model.to_json())
        for i, w in enumerate(model.get_weights()):
            arrays[f"for_all_initial.{i}"] = w
        x, y = listed("image", "numbers"), listed("kind", "more")
    else:
        x, y = listed("image", "numbers"), listed("kind", "age")
    weights = None
    if weighting == "one":
        weights = arrays["kind_weight"]
    elif weighting == "both":
        weights = listed("kind_weight", "age_weight")
    config = model.get_compile_config()
    cut = lambda value, part: [v[part] for v in value] if isinstance(value, list) else value[part]
    steps = []
    for step in range(12):
        part = slice((step * BATCH) % EXAMPLES, (step * BATCH) % EXAMPLES + BATCH)
        logs = model.train_on_batch(cut(x, part), cut(y, part), sample_weight=None if weights is None else cut(weights, part), return_dict=True)
        model.reset_metrics()  # the figures of this batch alone
        steps.append({k: float(v) for k, v in logs.items()})
    arrays |= {f"{name}.stepped.{i}": w for i, w in enumerate(model.get_weights())}
    history = model.fit(x, y, sample_weight=weights, batch_size=BATCH, epochs=2, shuffle=False, verbose=0, validation_data=(x, y)).history
    arrays |= {f"{name}.fitted.{i}": w for i, w in enumerate(model.get_weights())}
    # A smaller last batch: as its size is unknown to TensorFlow's function, outputs' own losses are means over batches, while the whole loss
    # is one over examples.
    evaluated = model.evaluate(x, y, sample_weight=weights, batch_size=20, verbose=0, return_dict=True)
    for i, output in enumerate(model.predict(x, verbose=0)):
        arrays[f"{name}.predicted.{i}"] = output
    recorded["runs"].append({
        "name": name, "form": form, "weights": weighting, "compile_config": config, "steps": steps,
        "history": {k: [float(v) for v in values] for k, values in history.items()},
        "evaluated": {k: float(v) for k, v in evaluated.items()},
    })
np.savez_compressed(folder / "outputs.npz", **arrays)
(folder / "outputs.json").write_text(json.dumps(recorded, indent=1) + "\n")
