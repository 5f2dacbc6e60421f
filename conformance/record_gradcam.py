"""Records Grad-CAM and class activation maps of real Keras: python conformance/record_gradcam.py

tests/golden/insight/gradcam.keras is a small network with a branch; gradcam.npz an image, the heat of two layers for a class (as in
https://keras.io/examples/vision/grad_cam, by TensorFlow's GradientTape), and the class activation map."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf
from common import ROOT
from keras import layers

TARGET = ROOT / "tests/golden/insight"
CLASS = 2


def network():
    keras.utils.set_random_seed(7)
    x = keras.Input((20, 16, 3))
    y = layers.Conv2D(6, 3, activation="relu", name="early")(x)
    y = layers.BatchNormalization()(y)
    z = layers.Conv2D(6, 1, padding="same", name="branch")(y)
    y = layers.Conv2D(6, 3, padding="same", activation="gelu", name="late")(y)
    y = layers.Add(name="joined")([y, z])
    y = layers.GlobalAveragePooling2D()(y)
    y = layers.Dropout(0.3)(y)
    return keras.Model(x, layers.Dense(4, activation="softmax", name="scores")(y))


def gradcam(model, image, layer):
    model.get_layer("scores").activation = keras.activations.linear
    both = keras.Model(model.inputs, [model.get_layer(layer).output, model.output])
    with tf.GradientTape() as tape:
        maps, scores = both(image[None])
        score = scores[:, CLASS]
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(0, 1, 2))
    return tf.nn.relu(tf.reduce_sum(maps[0] * weights, axis=-1)).numpy()


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    model = network()
    random = np.random.default_rng(3)
    for weight in model.get_layer("batch_normalization").weights:
        weight.assign(random.uniform(0.5, 1.5, weight.shape))
    model.save(TARGET / "gradcam.keras")
    image = random.uniform(0, 1, (20, 16, 3)).astype("float32")
    said = model.predict(image[None], verbose=0)[0]
    maps = keras.Model(model.inputs, model.get_layer("joined").output)(image[None])[0].numpy()
    np.savez_compressed(
        TARGET / "gradcam.npz",
        image=image,
        said=said,
        early=gradcam(model, image, "early"),
        late=gradcam(model, image, "late"),
        cam=maps @ model.get_layer("scores").kernel.numpy()[:, CLASS],
    )
    print("said", said)
