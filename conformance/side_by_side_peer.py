"""One network in one peer, ready to be timed; side_by_side.py starts it and talks to it.

    python side_by_side_peer.py PEER infer|train[-bf16] NETWORK BATCH

PEER: keras, keras-xla, torch, torch-compiled, onnxruntime, openvino. Prints a JSON line when it is ready, then one with the
seconds of each call for every line SECONDS on its input: calls for so long, at least one.
"""

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

THREADS = len(os.sched_getaffinity(0))
ARTICLE = ("flatten", "gap")


def keras_caller(kind, name, batch, jit, bf16):
    import keras
    import numpy as np
    import tensorflow as tf

    from networks import network

    if bf16:
        keras.config.set_dtype_policy("mixed_bfloat16")
    if name == "lenet":
        model, shape, classes = keras_lenet(), (28, 28, 1), 10
    elif name in ARTICLE:
        shape, classes = (224, 224, 3), 10
        model = network(name, shape, classes)
    else:
        shape, classes = (224, 224, 3), 1000
        model = getattr(keras.applications, name)(weights=None)
    x = np.random.rand(batch, *shape).astype("float32")
    version = f"Keras {keras.__version__}, TensorFlow {tf.__version__}"
    if kind == "train":
        y = tf.constant(np.arange(batch) % classes)
        x = tf.constant(x)
        model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", jit_compile=jit)
        return version, lambda: model.train_on_batch(x, y)
    call = tf.function(lambda a: model(a, training=False), jit_compile=jit)
    x = tf.constant(x)
    return version, lambda: call(x).numpy()


def keras_lenet():
    import keras
    from keras import layers

    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(6, 5, padding="same", activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(120, activation="tanh"),
            layers.Dense(84, activation="tanh"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def torch_network(name):
    """(the network, logits at its end; the shape of an image; classes)."""
    import torch
    from torch import nn

    if name == "lenet":
        net = nn.Sequential(
            *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
            *(nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
        )
        return net, (1, 28, 28), 10
    if name in ARTICLE:
        from torch_networks import Network

        return Network(name), (3, 224, 224), 10
    import torchvision

    builder = {"VGG16": "vgg16", "ResNet50": "resnet50", "MobileNetV2": "mobilenet_v2", "EfficientNetB0": "efficientnet_b0"}[name]
    return getattr(torchvision.models, builder)(weights=None), (3, 224, 224), 1000


def torch_caller(kind, name, batch, compiled, bf16):
    import torch

    torch.set_num_threads(THREADS)
    net, shape, classes = torch_network(name)
    net = net.to(memory_format=torch.channels_last)  # the faster layout on a CPU
    x = torch.rand(batch, *shape).to(memory_format=torch.channels_last)
    version = f"PyTorch {torch.__version__}"
    if kind == "infer":
        net.eval()
        if bf16:
            net, x = net.to(torch.bfloat16), x.to(torch.bfloat16)
        call = torch.compile(net) if compiled else net

        def infer():
            with torch.inference_mode():
                return torch.softmax(call(x), 1)

        return version, infer
    y = torch.arange(batch) % classes
    optimizer = torch.optim.Adam(net.train().parameters(), 1e-3)
    forward = torch.compile(net) if compiled else net

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            logits = forward(x)
        loss = torch.nn.functional.cross_entropy(logits.float(), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return version, step


def onnx_file(name, batch):
    """The peer's own network for one batch size, exported once and kept for the next round."""
    import torch

    path = Path(tempfile.gettempdir()) / f"markhor_peer_{name}_{batch}.onnx"
    if not path.exists():
        net, shape, _ = torch_network(name)
        with torch.inference_mode():
            torch.onnx.export(torch.nn.Sequential(net, torch.nn.Softmax(1)).eval(), (torch.rand(batch, *shape),), str(path), verbose=False)
    return str(path), (batch, *torch_network(name)[1])


def onnxruntime_caller(name, batch):
    import numpy as np
    import onnxruntime

    path, shape = onnx_file(name, batch)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    x = {session.get_inputs()[0].name: np.random.rand(*shape).astype("float32")}
    return f"ONNX Runtime {onnxruntime.__version__}", lambda: session.run(None, x)


def openvino_caller(name, batch, bf16):
    import numpy as np
    import openvino

    path, shape = onnx_file(name, batch)
    settings = {"INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32", "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": THREADS}
    request = openvino.Core().compile_model(path, "CPU", settings).create_infer_request()
    x = np.random.rand(*shape).astype("float32")
    return f"OpenVINO {openvino.__version__.split('-')[0]}", lambda: request.infer([x])


def main():
    peer, kind, name, batch = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    kind, bf16 = kind.removesuffix("-bf16"), kind.endswith("-bf16")
    if peer.startswith("keras"):
        version, call = keras_caller(kind, name, batch, peer == "keras-xla", bf16)
    elif peer.startswith("torch"):
        version, call = torch_caller(kind, name, batch, peer == "torch-compiled", bf16)
    elif peer == "openvino":
        version, call = openvino_caller(name, batch, bf16)
    else:
        version, call = onnxruntime_caller(name, batch)
    call()
    call()
    say = lambda **line: print(json.dumps(line), flush=True)
    say(version=version)
    for line in sys.stdin:
        seconds, end = [], time.perf_counter() + float(line)
        while not seconds or time.perf_counter() < end:
            began = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - began)
        say(seconds=seconds, peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


main()
