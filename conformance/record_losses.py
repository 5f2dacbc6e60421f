"""Asks real Keras for losses and metrics with options and shapes that other recorded cases lack, in the layout with named arrays
that collect_losses.py reads.

    python conformance/record_losses.py FOLDER
"""

import json
import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(20)


def f(*shape, low=-1.0, high=1.0):
    return rng.uniform(low, high, shape).astype(np.float32)


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return (e / e.sum(axis=axis, keepdims=True)).astype(np.float32)


def one_hot(labels, classes):
    return np.eye(classes, dtype=np.float32)[labels]


embeddings = f(8, 5)
LOSS_INPUTS = {
    "embeddings": (embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)).astype(np.float32),
    "groups": np.array([0, 1, 2, 0, 1, 2, 3, 0], np.int32),
    "weights": f(8, low=0.1, high=2.0),
    "labels": rng.integers(0, 4, 8).astype(np.int32),
    "probs": softmax(f(8, 4, low=-3, high=3)),
    "logits": f(8, 4, low=-3, high=3),
    "bits": rng.integers(0, 2, (8, 4)).astype(np.float32),
    "sigmoids": f(8, 4, low=0.01, high=0.99),
    "signs": rng.integers(-1, 2, (8, 4)).astype(np.float32),
    "first_axis_probs": softmax(f(3, 4, 5), axis=1),
    "first_axis_logits": f(3, 4, 5, low=-3, high=3),
    "first_axis_onehot": np.moveaxis(one_hot(rng.integers(0, 4, (3, 5)), 4), -1, 1).copy(),
    "image_bits": rng.integers(0, 2, (2, 3, 4, 2)).astype(np.float32),
    "image_sigmoids": f(2, 3, 4, 2, low=0.01, high=0.99),
    "image_weights": f(2, 3, 4, low=0.1, high=2.0),
    "image_labels": rng.integers(-1, 3, (2, 3, 4)).astype(np.int32),
    "image_probs": softmax(f(2, 3, 4, 3)),
    "column": f(8, 1),
    "flat": f(8),
}
LOSS_INPUTS["onehot"] = one_hot(LOSS_INPUTS["labels"], 4)

LOSSES = [
    ("Circle", {}, "groups", "embeddings", "weights"),
    ("Circle", {"remove_diagonal": False, "gamma": 20.0, "margin": 0.3}, "groups", "embeddings", "weights"),
    ("CategoricalGeneralizedCrossEntropy", {}, "labels", "probs", "weights"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, "labels", "probs", "weights"),
    ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.5, "label_smoothing": 0.1}, "bits", "logits", "weights"),
    ("BinaryFocalCrossentropy", {"axis": 1}, "image_bits", "image_sigmoids", None),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "alpha": 0.4, "label_smoothing": 0.1}, "onehot", "logits", "weights"),
    ("CategoricalFocalCrossentropy", {"axis": 1, "gamma": 0.5}, "first_axis_onehot", "first_axis_probs", None),
    ("CategoricalCrossentropy", {"axis": 1}, "first_axis_onehot", "first_axis_probs", None),
    ("CategoricalCrossentropy", {"axis": 1, "from_logits": True}, "first_axis_onehot", "first_axis_logits", None),
    ("BinaryCrossentropy", {"axis": 1}, "image_bits", "image_sigmoids", None),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, "image_labels", "image_probs", "image_weights"),
    ("CosineSimilarity", {"axis": 1}, "image_bits", "image_sigmoids", None),
    ("Dice", {"axis": [1, 2, 3]}, "image_bits", "image_sigmoids", None),
    ("Dice", {"axis": -1}, "bits", "sigmoids", "weights"),
    ("Tversky", {"axis": [1, 2], "alpha": 0.3, "beta": 0.6}, "image_bits", "image_sigmoids", None),
    ("Huber", {"delta": 2.0}, "image_bits", "image_sigmoids", "image_weights"),
    ("Hinge", {}, "signs", "logits", "weights"),
    ("SquaredHinge", {}, "bits", "logits", "weights"),
    ("CategoricalHinge", {}, "image_bits", "image_sigmoids", "image_weights"),
    ("MeanSquaredError", {}, "image_bits", "image_sigmoids", "image_weights"),
    ("MeanSquaredError", {}, "flat", "column", "weights"),
    ("MeanAbsoluteError", {}, "column", "flat", "weights"),
    ("MeanSquaredError", {}, "column", "logits", "weights"),
]


def batches(make, count=3):
    return [make(size) for size in (7, 5, 3)[:count]]


METRIC_INPUTS = {
    "labels": batches(lambda n: rng.integers(0, 4, n).astype(np.int32)),
    "labels_ignored": batches(lambda n: rng.integers(-1, 4, n).astype(np.int32)),
    "predicted": batches(lambda n: rng.integers(0, 4, n).astype(np.int32)),
    "probs": batches(lambda n: softmax(f(n, 4, low=-2, high=2))),
    "bits": batches(lambda n: rng.integers(0, 2, (n, 3)).astype(np.float32)),
    "sigmoids": batches(lambda n: f(n, 3, low=0.0, high=1.0)),
    "logits": batches(lambda n: f(n, 3, low=-3, high=3)),
    "numbers": batches(lambda n: f(n, 3)),
    "guesses": batches(lambda n: f(n, 3)),
    "positive": batches(lambda n: f(n, 3, low=0.1, high=2)),
    "weights": batches(lambda n: f(n, low=0.2, high=2)),
    "counts": batches(lambda n: rng.integers(0, 4, n).astype(np.int32)),
    "images": batches(lambda n: f(n, 2, 3, 2)),
    "image_guesses": batches(lambda n: f(n, 2, 3, 2)),
    "image_weights": batches(lambda n: f(n, 2, 3, low=0.2, high=2)),
    "image_labels": batches(lambda n: rng.integers(0, 4, (n, 2, 3)).astype(np.int32)),
    "image_probs": batches(lambda n: softmax(f(n, 2, 3, 4))),
    "ranked": batches(lambda n: np.argsort(rng.random((n, 4)), axis=1).astype(np.float32)),
}
METRIC_INPUTS["onehot"] = [one_hot(labels, 4) for labels in METRIC_INPUTS["labels"]]

METRICS = [
    ("BinaryIoU", {"threshold": 0.4}, "bits", "sigmoids", None),
    ("BinaryIoU", {"target_class_ids": [1]}, "bits", "sigmoids", None),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, "labels", "predicted", "counts"),
    ("MeanIoU", {"num_classes": 4, "ignore_class": 1}, "labels_ignored", "predicted", "counts"),
    ("MeanIoU", {"num_classes": 4, "sparse_y_pred": False}, "image_labels", "image_probs", None),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [1, 3]}, "onehot", "probs", "counts"),
    ("OneHotMeanIoU", {"num_classes": 4, "sparse_y_pred": True}, "onehot", "predicted", "counts"),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5}, "bits", "sigmoids", "weights"),
    ("SensitivityAtSpecificity", {"specificity": 0.4, "class_id": 1, "num_thresholds": 20}, "bits", "sigmoids", "weights"),
    ("PrecisionAtRecall", {"recall": 0.4, "num_thresholds": 1}, "bits", "sigmoids", "weights"),
    ("Hinge", {}, "bits", "logits", "weights"),
    ("SquaredHinge", {}, "bits", "logits", "weights"),
    ("CategoricalHinge", {}, "onehot", "probs", "weights"),
    ("MeanSquaredLogarithmicError", {}, "positive", "sigmoids", "weights"),
    ("MeanAbsolutePercentageError", {}, "positive", "sigmoids", "weights"),
    ("Poisson", {}, "positive", "sigmoids", "weights"),
    ("LogCoshError", {}, "numbers", "guesses", "weights"),
    ("PearsonCorrelation", {}, "numbers", "guesses", "weights"),
    ("PearsonCorrelation", {"axis": 1}, "images", "image_guesses", None),
    ("ConcordanceCorrelation", {}, "numbers", "guesses", "weights"),
    ("R2Score", {"class_aggregation": None}, "numbers", "guesses", "weights"),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, "numbers", "guesses", None),
    ("R2Score", {"num_regressors": 2}, "numbers", "guesses", None),
    ("FalseNegatives", {"thresholds": [0.2, 0.6]}, "bits", "sigmoids", "weights"),
    ("TruePositives", {"thresholds": [0.0, 0.5, 1.0]}, "bits", "sigmoids", "weights"),
    ("AUC", {"curve": "PRGAIN"}, "bits", "sigmoids", "weights"),
    ("AUC", {"from_logits": True, "num_thresholds": 50}, "bits", "logits", "weights"),
    ("AUC", {"label_weights": [0.5, 1.0, 2.0]}, "bits", "sigmoids", "weights"),
    ("AUC", {"multi_label": True, "label_weights": [0.5, 1.0, 2.0], "curve": "PR"}, "bits", "sigmoids", "weights"),
    ("AUC", {"thresholds": [0.3, 0.9, 0.5], "summation_method": "majoring"}, "bits", "sigmoids", "weights"),
    ("F1Score", {"threshold": 0.4, "average": "micro"}, "bits", "sigmoids", "weights"),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, "labels", "ranked", "weights"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "image_labels", "image_probs", "image_weights"),
    ("SparseCategoricalAccuracy", {}, "image_labels", "image_probs", "image_weights"),
    ("MeanSquaredError", {}, "images", "image_guesses", "image_weights"),
    ("RootMeanSquaredError", {}, "images", "image_guesses", "weights"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "labels", "probs", "weights"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "labels", "probs", None),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "onehot", "probs", "weights"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, "bits", "logits", "weights"),
    ("CosineSimilarity", {"axis": 1}, "images", "image_guesses", None),
]


def record_loss(name, kwargs, y_true, y_pred, weights, reduction):
    loss = getattr(keras.losses, name)(reduction=reduction, **kwargs)
    prediction = tf.Variable(LOSS_INPUTS[y_pred])
    with tf.GradientTape() as tape:
        value = loss(LOSS_INPUTS[y_true], prediction, LOSS_INPUTS[weights] if weights else None)
        total = tf.reduce_sum(value)
    gradient = tape.gradient(total, prediction)
    return {"loss": name, "kwargs": {**kwargs, "reduction": reduction}, "y_true": y_true, "y_pred": y_pred,
            "sample_weight": weights, "value": np.asarray(value).tolist(), "grad": np.asarray(gradient).tolist()}


def record_metric(name, kwargs, y_true, y_pred, weights):
    keras.utils.clear_session()
    metric = getattr(keras.metrics, name)(**kwargs)
    running = []
    for i in range(3):
        metric.update_state(METRIC_INPUTS[y_true][i], METRIC_INPUTS[y_pred][i], METRIC_INPUTS[weights][i] if weights else None)
        running.append(np.asarray(metric.result()).tolist())
    return {"metric": name, "kwargs": kwargs, "default_name": metric.name, "y_true": y_true, "y_pred": y_pred,
            "sample_weight": weights, "running_result": running}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    losses = []
    for name, kwargs, y_true, y_pred, weights in LOSSES:
        for given in sorted({None, weights}, key=str):
            for reduction in ("sum_over_batch_size", "none", "mean_with_sample_weight"):
                losses.append(record_loss(name, kwargs, y_true, y_pred, given, reduction))
    metrics = []
    for name, kwargs, y_true, y_pred, weights in METRICS:
        for given in sorted({None, weights}, key=str):
            metrics.append(record_metric(name, kwargs, y_true, y_pred, given))
    np.savez(folder / "losses_inputs.npz", **LOSS_INPUTS)
    np.savez(folder / "metrics_inputs.npz", **{f"{k}_{i}": a for k, all in METRIC_INPUTS.items() for i, a in enumerate(all)})
    (folder / "losses.json").write_text(json.dumps(losses))
    (folder / "metrics.json").write_text(json.dumps(metrics))


if __name__ == "__main__":
    main()
