"""Records keras.utils.model_to_dot, for tests/model: python conformance/record_plots.py (wants pydot, not Graphviz)

tests/golden/plots.json: for models of tests/golden/models and each set of options, the boxes' labels, sorted, and the arrows and the
frames of nested models (their name, then the boxes in them) by the labels' places.
"""

import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras

GOLDEN = pathlib.Path(__file__).parent.parent / "tests" / "golden"
MODELS = ["conv3d", "multi_io", "nested", "residual", "shared"]
OPTIONS = {
    "plain": {},
    "all": {"show_shapes": True, "show_dtype": True, "show_layer_activations": True, "show_trainable": True},
    "expanded": {"expand_nested": True, "show_shapes": True},
    "nameless": {"show_layer_names": False},
}


def label(node):
    return node.get("label")[1:-1]


def walk(graph, labels, frames):
    for node in graph.get_node_list():
        if node.get_name() != "node":
            labels[node.get_name().strip('"')] = label(node)
    for frame in graph.get_subgraph_list():
        inner = {}
        walk(frame, inner, frames)
        frames.append([frame.get("label"), sorted(inner.values())])
        labels.update(inner)


def facts(dot):
    labels, frames = {}, []
    walk(dot, labels, frames)
    edges = []
    graphs = [dot]
    while graphs:
        graph = graphs.pop()
        edges += [[labels[e.get_source().strip('"')], labels[e.get_destination().strip('"')]] for e in graph.get_edge_list()]
        graphs += graph.get_subgraph_list()
    names = sorted(labels.values())
    return {
        "labels": names,
        "edges": sorted([names.index(end) for end in edge] for edge in edges),
        "frames": sorted([name, *(names.index(inner) for inner in inside)] for name, inside in frames),
    }


def main():
    plots = {}
    for name in MODELS:
        model = keras.models.model_from_json((GOLDEN / "models" / f"{name}.json").read_text())
        plots[name] = {key: facts(keras.utils.model_to_dot(model, **options)) for key, options in OPTIONS.items()}
    (GOLDEN / "plots.json").write_text(json.dumps(plots, indent=0, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
