"""Small models that take their pixels in six ways, what Keras measures and predicts on photos, for
tests/cli/image_input_test.cpp: conformance/record_image_input.py FOLDER (tests/golden/image_input).

Each model is trained for a moment, so that another scale gives other numbers."""
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from PIL import Image

folder = sys.argv[1]
rng = np.random.default_rng(7)
side, count = 24, 8
photos = os.path.join(folder, "photos")
for label, name in enumerate(["dark", "light"]):
    os.makedirs(os.path.join(photos, "train", name), exist_ok=True)
    os.makedirs(os.path.join(photos, "test", name), exist_ok=True)
    for i in range(count):
        colour = rng.integers(0, 256, 3)
        picture = np.clip(colour * 0.3 + (40 if label == 0 else 150) + rng.normal(0, 25, (side, side, 3)), 0, 255)
        part = "test" if i % 2 else "train"
        blocks = picture.reshape(side // 4, 4, side // 4, 4, 3).mean((1, 3)).astype(np.uint8)
        Image.fromarray(np.kron(blocks, np.ones((4, 4, 1), np.uint8))).save(os.path.join(photos, part, name, f"{i}.png"))


def data(part):
    return keras.utils.image_dataset_from_directory(
        os.path.join(photos, part), image_size=(side, side), shuffle=False, batch_size=32)


def arrays(part):
    x, y = next(iter(data(part)))
    return x.numpy(), y.numpy()


x_train, y_train = arrays("train")
x_test, y_test = arrays("test")
layers = keras.layers
applications = keras.applications
normalization = layers.Normalization()
normalization.adapt(x_train)
# name: (layers in front, what Keras's user does to the pixels, --scale or None)
ways = {
    "rescaling": ([layers.Rescaling(1 / 255)], lambda x: x, None),
    "unit": ([], lambda x: x / 255, None),
    "tf": ([], lambda x: applications.imagenet_utils.preprocess_input(x.copy(), mode="tf"), "tf"),
    "caffe": ([], lambda x: applications.imagenet_utils.preprocess_input(x.copy(), mode="caffe"), "caffe"),
    "torch": ([], lambda x: applications.imagenet_utils.preprocess_input(x.copy(), mode="torch"), "torch"),
    "normalization": ([normalization], lambda x: x, None),
}
recorded = {}
for name, (front, scale, option) in ways.items():
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((side, side, 3)), *front, layers.Conv2D(4, 3, strides=2, activation="relu"),
                              layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.Adam(3e-4 if name == "caffe" else 0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(np.asarray(scale(x_train), np.float32), y_train, epochs=10, verbose=0)
    loss, accuracy = model.evaluate(scale(x_test), y_test, verbose=0)
    model.compile("sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.save(os.path.join(folder, name + ".keras"))
    recorded[name] = {"scale": option, "loss": loss, "accuracy": accuracy,
                      "predictions": model.predict(scale(x_test), verbose=0).tolist()}
with open(os.path.join(folder, "keras.json"), "w") as file:
    json.dump(recorded, file, indent=1)
print({name: (value["loss"], value["accuracy"]) for name, value in recorded.items()})
