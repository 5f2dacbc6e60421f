"""One workload in PyTorch (CPU), a JSON line for each way of running it. time_peers.py calls it:

    python peer_torch.py fashion HEAD EPOCHS | train HEAD BATCH | infer HEAD BATCH | first HEAD
"""

import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from networks import BATCH_SIZE, LEARNING_RATE, fashion
from timing import rates
from torch_networks import Network

torch.set_num_threads(len(os.sched_getaffinity(0)))
NHWC = torch.channels_last  # the faster layout on a CPU


def say(workload, **figures):
    print(json.dumps({"framework": f"torch {torch.__version__}", "workload": workload, **figures}), flush=True)


def stepper(head, shape, compiled):
    """(the network, a function that takes one Adam step on a batch and returns its loss)."""
    net = Network(head, shape).train().to(memory_format=NHWC)
    optimizer = torch.optim.Adam(net.parameters(), LEARNING_RATE)
    forward = torch.compile(net) if compiled else net

    def step(x, y):
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(forward(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return net, step


def run_fashion(head, epochs):
    (images, labels), (test_images, test_labels) = fashion()
    x, y = torch.tensor(images).permute(0, 3, 1, 2), torch.tensor(labels.astype("int64"))
    torch.manual_seed(0)
    net, step = stepper(head, (28, 28, 1), False)
    seconds = []
    for _ in range(int(epochs)):
        began = time.perf_counter()
        order = torch.randperm(len(x))
        for start in range(0, len(x), BATCH_SIZE):
            items = order[start : start + BATCH_SIZE]
            step(x[items].to(memory_format=NHWC), y[items])
        seconds.append(round(time.perf_counter() - began, 3))
    net.eval()
    with torch.inference_mode():
        tests = torch.tensor(test_images).permute(0, 3, 1, 2).split(256)
        predicted = np.concatenate([net(part).argmax(1).numpy() for part in tests])
    accuracy = float((predicted == test_labels).mean())
    say(f"fashion {head}", mode="eager", epoch_s=seconds, test_accuracy=accuracy)


def run_train(head, batch):
    batch = int(batch)
    x, y = torch.rand(batch, 3, 224, 224).to(memory_format=NHWC), torch.arange(batch) % 10
    for mode in ("eager", "compiled"):
        _, step = stepper(head, (224, 224, 3), mode == "compiled")
        say(f"train {head} b{batch}", mode=mode, **rates(batch, lambda: step(x, y)))


def run_infer(head, batch):
    batch = int(batch)
    net, x = Network(head).eval().to(memory_format=NHWC), torch.rand(batch, 3, 224, 224).to(memory_format=NHWC)
    for mode in ("eager", "compiled"):
        call = torch.compile(net) if mode == "compiled" else net
        with torch.inference_mode():
            say(f"infer {head} b{batch}", mode=mode, **rates(batch, lambda: call(x)))


def run_first(head):
    with torch.inference_mode():
        predicted = torch.softmax(Network(head).eval()(torch.rand(1, 3, 224, 224)), 1)
    say(f"first {head}", predicted=float(predicted[0, 0]))


if __name__ == "__main__":
    {"fashion": run_fashion, "train": run_train, "infer": run_infer, "first": run_first}[sys.argv[1]](*sys.argv[2:])
