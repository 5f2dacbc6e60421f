"""Records whole models that Keras saved, for tests/formats: python conformance/record_saved.py

tests/golden/saved/keras3c: NAME.keras, NAME.h5 and NAME.npz (x0 and what Keras predicts of it, y0) of models with activations that are
layers, and with channels first. tests/golden/compiled/optimizer_order.h5: a compiled model whose file lists the optimizer's variables
in another order than Keras's own, as files of 2017 do.
"""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import h5py
import keras
import numpy as np
from keras import layers

FOLDER = pathlib.Path(__file__).parent.parent / "tests" / "golden" / "saved" / "keras3c"


def activation_layers():
    return keras.Sequential(
        [
            keras.Input((7, 6, 3)),
            layers.Conv2D(4, 3, activation=layers.LeakyReLU(negative_slope=0.2)),
            layers.SeparableConv2D(5, 3, padding="same", activation=layers.ReLU(max_value=1.0)),
            layers.Activation(layers.ELU(alpha=0.5)),
            layers.DepthwiseConv2D(2, activation=layers.Activation("gelu")),
            layers.Conv2DTranspose(3, 2, strides=2, activation=layers.Softmax(axis=1)),
            layers.Flatten(),
            layers.Dense(4, activation=layers.Softmax()),
        ]
    )


def channels_first():
    first = {"data_format": "channels_first"}
    x = inputs = keras.Input((3, 12, 10))
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", **first)(x)
    x = layers.BatchNormalization(axis=1)(x)
    x = layers.ZeroPadding2D(((1, 0), (2, 1)), **first)(x)
    x = layers.Conv2D(4, (3, 2), activation="softmax", **first)(x)  # along the last axis: the width
    x = layers.UpSampling2D(2, **first)(x)
    x = layers.AveragePooling2D(2, padding="same", **first)(x)
    x = layers.MaxPooling2D(2, **first)(x)
    kept = layers.GlobalAveragePooling2D(keepdims=True, **first)(x)
    x = layers.Multiply()([x, kept])
    x = layers.Cropping2D(((0, 1), (0, 0)), **first)(x)
    x = layers.Concatenate()([layers.Flatten(**first)(x), layers.GlobalMaxPooling2D(**first)(x)])
    return keras.Model(inputs, layers.Dense(3, activation="sigmoid")(x))


def record_optimizer_order():
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(4), layers.Dense(3)])
    model.compile("adam", "mse")
    model.fit(np.ones((6, 5)), np.ones((6, 3)), verbose=0)
    path = FOLDER.parent.parent / "compiled" / "optimizer_order.h5"
    model.save(path)
    with h5py.File(path, "r+") as file:
        attributes = file["optimizer_weights"].attrs
        names = list(attributes["weight_names"])
        attributes["weight_names"] = names[:1] + names[:0:-1]


def main():
    record_optimizer_order()
    for make in (activation_layers, channels_first):
        keras.utils.set_random_seed(7)
        model = make()
        random = np.random.default_rng(7)
        model.set_weights([random.uniform(0.1, 0.6, w.shape).astype("float32") - 0.2 * (w.ndim > 1) for w in model.get_weights()])
        x = random.uniform(-1, 1, (3, *model.inputs[0].shape[1:])).astype("float32")
        path = FOLDER / make.__name__
        model.save(path.with_suffix(".keras"))
        model.save(path.with_suffix(".h5"))
        np.savez_compressed(path.with_suffix(".npz"), x0=x, y0=model.predict(x, verbose=0))


if __name__ == "__main__":
    main()
