"""Records tests/golden/bfloat16: real Keras under the policy mixed_bfloat16. Two networks with their weights (NAME.keras), and in
values.npz for each: images, what Keras predicts for them, what it predicts from the same weights in float32, and the losses of 12 steps
of training in both. usage: record_bfloat16.py tests/golden/bfloat16"""
import os, pathlib, sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import numpy as np
from keras import layers

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
random = np.random.RandomState(5)
STEPS, BATCH = 12, 16


def plain():
    """Convolutions and two heads' layers; the last one's probabilities in float32, as Keras's guide advises."""
    image = x = keras.Input((18, 18, 3))
    for filters in (16, 32):
        x = layers.Conv2D(filters, 3, activation="relu")(x)
        x = layers.BatchNormalization()(layers.MaxPooling2D()(x))
    x = layers.Dense(24, activation="relu")(layers.Flatten()(x))
    return keras.Model(image, layers.Dense(5, activation="softmax", dtype="float32")(x))


def residual():
    """BatchNormalization after convolutions, a sum, overlapping and average pooling; the probabilities are bfloat16 too."""
    image = keras.Input((18, 18, 3))
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(image)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    x = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    y = layers.Activation("silu")(layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same")(x)))
    y = layers.BatchNormalization()(layers.Conv2D(16, 1)(y))
    x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(layers.AveragePooling2D(2)(x))
    return keras.Model(image, layers.Dense(5, activation="softmax")(x))


values = {}
for build in (plain, residual):
    models = {}
    for policy in ("mixed_bfloat16", "float32"):
        keras.utils.clear_session()
        keras.utils.set_random_seed(2)
        keras.config.set_dtype_policy(policy)
        models[policy] = build()
    for weight in models["float32"].weights:
        if "moving_variance" in weight.path or "gamma" in weight.path:
            weight.assign(random.uniform(0.5, 2, weight.shape))
        elif "moving_mean" in weight.path or "beta" in weight.path:
            weight.assign(random.normal(size=weight.shape) * 0.3)
    models["mixed_bfloat16"].set_weights(models["float32"].get_weights())
    name = build.__name__
    x = random.normal(size=(BATCH, 18, 18, 3)).astype("float32")
    y = random.randint(0, 5, BATCH).astype("int32")
    values |= {f"{name}.x": x, f"{name}.y": y}
    models["mixed_bfloat16"].save(folder / f"{name}.keras")
    for policy, model in models.items():
        values[f"{name}.{policy}.predicted"] = np.asarray(model.predict(x, verbose=0)).astype("float32")
        model.compile(optimizer=keras.optimizers.SGD(0.05), loss="sparse_categorical_crossentropy")
        losses = [float(model.train_on_batch(x, y)) for _ in range(STEPS) if model.reset_metrics() is None]
        values[f"{name}.{policy}.losses"] = np.array(losses, "float32")
    error = np.abs(values[f"{name}.mixed_bfloat16.predicted"] - values[f"{name}.float32.predicted"]).max()
    print(name, "bfloat16 against float32:", error, *(values[f"{name}.{p}.losses"] for p in models))
np.savez(folder / "values.npz", **values)
