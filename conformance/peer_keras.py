"""One workload in Keras on TensorFlow (CPU), a JSON line for each way of running it. time_peers.py calls it:

    python peer_keras.py fashion HEAD EPOCHS | train HEAD BATCH | infer HEAD BATCH | first HEAD
"""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from networks import fashion, network  # noqa: E402
from timing import rates  # noqa: E402

NAME = f"keras {keras.__version__}, tensorflow {tf.__version__}"


def say(workload, **figures):
    print(json.dumps({"framework": NAME, "workload": workload, **figures}), flush=True)


def run_fashion(head, epochs):
    from train_fashion import train

    done = train(head, 0, int(epochs), fashion())
    say(f"fashion {head}", epoch_s=done["epoch_seconds"], test_accuracy=done["test_accuracy"])


def run_train(head, batch):
    batch = int(batch)
    x = tf.constant(np.random.rand(batch, 224, 224, 3).astype("float32"))
    y = tf.constant(np.arange(batch) % 10)
    for jit in (False, True):
        model = network(head, (224, 224, 3))
        model.jit_compile = jit
        say(f"train {head} b{batch}", mode="XLA" if jit else "", **rates(batch, lambda: model.train_on_batch(x, y)))


def run_infer(head, batch):
    batch = int(batch)
    x = tf.constant(np.random.rand(batch, 224, 224, 3).astype("float32"))
    model = network(head, (224, 224, 3))
    for jit in (False, True):
        call = tf.function(lambda a: model(a, training=False), jit_compile=jit)
        say(f"infer {head} b{batch}", mode="XLA" if jit else "", **rates(batch, lambda: call(x).numpy()))


def run_first(head):
    predicted = network(head, (224, 224, 3)).predict(np.random.rand(1, 224, 224, 3).astype("float32"), verbose=0)
    say(f"first {head}", predicted=float(predicted[0, 0]))


{"fashion": run_fashion, "train": run_train, "infer": run_infer, "first": run_first}[sys.argv[1]](*sys.argv[2:])
