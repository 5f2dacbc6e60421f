"""Records what Keras does with sample weights of any shape, class weights and steps: tests/golden/sample_weights.

    python conformance/record_sample_weights.py
"""
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from keras import layers

folder = pathlib.Path(__file__).parent.parent / "tests/golden/sample_weights"
random = np.random.default_rng(5)
arrays, cases = {}, []


def number(values):
    return {name: [float(v) for v in np.atleast_1d(value)] for name, value in values.items()}


def save(name, value):
    arrays[name] = value
    return name


def model_of(name, build):
    keras.utils.set_random_seed(3)
    model = build()
    model.save(folder / f"{name}.keras")
    return model


def maps():
    i = keras.Input((4, 4, 2), name="image")
    return keras.Model(i, layers.Conv2D(3, 3, padding="same", activation="softmax", name="classes")(i), name="maps")


def steps():
    i = keras.Input((5, 2), name="sequence")
    return keras.Model(i, layers.Conv1D(3, 2, padding="same", activation="sigmoid", name="values")(i), name="steps")


def two():
    i = keras.Input((4, 4, 2), name="image")
    m = layers.Conv2D(3, 3, padding="same", activation="softmax", name="classes")(i)
    v = layers.Dense(1, name="value")(layers.GlobalAveragePooling2D(name="pool")(m))
    return keras.Model(i, [m, v], name="two")


def vector():
    i = keras.Input((3,), name="numbers")
    return keras.Model(i, layers.Dense(1, name="out")(i), name="vector")


for name, build in (("maps", maps), ("steps", steps), ("two", two), ("vector", vector)):
    model_of(name, build)

x_maps = save("x_maps", random.random((6, 4, 4, 2), np.float32))
x_steps = save("x_steps", random.random((6, 5, 2), np.float32))
x_vector = save("x_vector", random.random((20, 3), np.float32))
y_classes = save("y_classes", random.integers(0, 3, (6, 4, 4)).astype("int32"))
y_one_hot = save("y_one_hot", keras.utils.to_categorical(arrays["y_classes"], 3).astype("float32"))
y_steps = save("y_steps", random.random((6, 5, 3), np.float32))
y_value = save("y_value", random.random((6, 1), np.float32))
y_vector = save("y_vector", random.random((20, 1), np.float32))
w_pixels = save("w_pixels", random.random((6, 4, 4), np.float32))
w_images = save("w_images", random.random((6, 1, 1), np.float32))
w_columns = save("w_columns", random.random((6, 1, 4), np.float32))
w_examples = save("w_examples", random.random((6,), np.float32))
w_column_one = save("w_column_one", random.random((6, 1), np.float32))
w_steps = save("w_steps", random.random((6, 5), np.float32))
w_pixels_one = save("w_pixels_one", arrays["w_pixels"][..., None])


def case(model, x, y, weights=None, loss=None, metrics=(), weighted=(), loss_weights=None, class_weight=None, **fit):
    entry = dict(model=model, x=x, y=y, weights=weights, loss=loss, metrics=list(metrics), weighted=list(weighted),
                 loss_weights=loss_weights, class_weight=class_weight, fit=fit)
    of = lambda v: None if v is None else arrays[v] if isinstance(v, str) else [arrays[i] for i in v]
    net = keras.models.load_model(folder / f"{model}.keras")
    net.compile(keras.optimizers.SGD(0.1), loss, loss_weights=loss_weights, metrics=list(metrics),
                weighted_metrics=list(weighted))
    try:
        history = net.fit(of(x), of(y), sample_weight=of(weights), shuffle=False, verbose=0,
                          class_weight=None if class_weight is None else {int(k): v for k, v in class_weight.items()},
                          **{"batch_size": 4, "epochs": 2, **fit})
        entry["history"] = number(history.history)
        entry["evaluate"] = number(net.evaluate(of(x), of(y), sample_weight=of(weights), verbose=0, batch_size=4,
                                                return_dict=True))
    except Exception as error:
        entry["error"] = str(error).split("\n")[0][:200]
    cases.append(entry)


for w in (w_pixels, w_images, w_columns, w_pixels_one, w_examples, w_column_one):
    case("maps", x_maps, y_classes, w, "sparse_categorical_crossentropy", ["accuracy"], ["accuracy"])
for loss, y in (("categorical_crossentropy", y_one_hot), ("mse", y_one_hot), ("mae", y_one_hot), ("huber", y_one_hot),
                ("binary_crossentropy", y_one_hot), ("kl_divergence", y_one_hot)):
    case("maps", x_maps, y, w_pixels, loss, ["mse"], ["mse", "categorical_accuracy"])
for w in (w_steps, w_examples, w_column_one):
    case("steps", x_steps, y_steps, w, "mse", ["mae"], ["mae"])
case("steps", x_steps, y_steps, w_steps, "binary_crossentropy", [], ["mse"])
losses = ["sparse_categorical_crossentropy", "mse"]
case("two", x_maps, [y_classes, y_value], [w_pixels, w_examples], losses, weighted=[["accuracy"], ["mae"]],
     loss_weights=[1.0, 0.5])
case("two", x_maps, [y_classes, y_value], [w_images, w_column_one], losses, weighted=[["accuracy"], ["mae"]])
case("two", x_maps, [y_classes, y_value], w_examples, losses)
case("two", x_maps, [y_classes, y_value], w_pixels, losses)
case("maps", x_maps, y_classes, None, "sparse_categorical_crossentropy", class_weight={"1": 2.0})
case("maps", x_maps, y_classes, w_pixels, "sparse_categorical_crossentropy", class_weight={"1": 2.0})
case("maps", x_maps, y_classes, w_pixels, "sparse_categorical_crossentropy", ["accuracy"], ["accuracy"],
     validation_split=0.34)
for extra in (dict(steps_per_epoch=2, epochs=4), dict(steps_per_epoch=5, epochs=2), dict(steps_per_epoch=7, epochs=2),
              dict(steps_per_epoch=3, epochs=3, initial_epoch=1),
              dict(steps_per_epoch=4, epochs=2, batch_size=None), dict(validation_split=0.4, validation_steps=1),
              dict(validation_split=0.4, validation_steps=1, validation_batch_size=2, steps_per_epoch=2, epochs=4),
              dict(validation_split=0.4, validation_freq=2, epochs=3)):
    case("vector", x_vector, y_vector, None, "mse", ["mae"], **extra)

net = keras.models.load_model(folder / "vector.keras")
net.compile("sgd", "mse")
steps = dict(evaluate=[[s, b, net.evaluate(arrays[x_vector], arrays[y_vector], steps=s, batch_size=b, verbose=0)]
                       for s, b in ((2, 4), (3, None), (9, 4))],
             predict=[[s, b, int(net.predict(arrays[x_vector], steps=s, batch_size=b, verbose=0).shape[0])]
                      for s, b in ((2, 4), (3, None), (9, 4))])
np.savez(folder / "arrays.npz", **arrays)
(folder / "cases.json").write_text(json.dumps({"keras": keras.__version__, "cases": cases, "steps": steps}, indent=1))
for each in cases:
    print(each["model"], each["loss"], each["weights"], each["fit"], each.get("error") or each["history"]["loss"])
print(steps)
