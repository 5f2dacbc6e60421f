"""Records tests/golden/data: what real Keras and TensorFlow make of small images (decoding, every interpolation, crop and pad) and in
which order image_dataset_from_directory takes the files of a folder. usage: record_image_dataset.py tests/golden/data"""
import json, os, pathlib, sys, tempfile

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import numpy as np
import tensorflow as tf
from keras.src.utils.image_dataset_utils import _load_image_tf

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
methods = ["nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"]
arrays = {}


def picture(height, width, channels=3, seed=0):
    """Slopes with some noise: neither flat nor hopeless for JPEG."""
    random = np.random.RandomState(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [(255 * (np.sin(x / (3 + c)) * np.cos(y / (5 - c)) + 1) / 2) for c in range(channels)]
    noise = random.normal(0, 12, (height, width, channels))
    return np.clip(np.stack(planes, -1) + noise, 0, 255).astype("uint8")


# Decoding. Keys: file_NAME, and NAME_CHANNELS what it decodes to.
files = {
    "jpeg420": tf.io.encode_jpeg(picture(29, 37), quality=85),
    "jpeg444": tf.io.encode_jpeg(picture(20, 23), quality=95, chroma_downsampling=False),
    "jpeggrey": tf.io.encode_jpeg(picture(17, 19, 1), format="grayscale", quality=80),
    "jpegprogressive": tf.io.encode_jpeg(picture(33, 18), progressive=True),
    "png": tf.io.encode_png(picture(7, 5)),
    "pngalpha": tf.io.encode_png(picture(5, 6, 4)),
    "png16": tf.io.encode_png(picture(4, 4).astype("uint16") * 256 + 200),
}
cmyk = pathlib.Path(__file__).parent.parent / "fuzz/corpus/image_fuzz/jpeg_cmyk"
files["jpegcmyk"] = tf.constant(cmyk.read_bytes())
for name, data in files.items():
    data = data.numpy() if hasattr(data, "numpy") else data
    arrays[f"file_{name}"] = np.frombuffer(data, "uint8")
    for channels in (1, 3, 4):
        if name.startswith("jpeg") and channels == 4 or name == "jpegcmyk" and channels == 1:
            continue  # TensorFlow has no such decoding
        arrays[f"{name}_{channels}"] = tf.io.decode_image(data, channels=channels, expand_animations=False).numpy()

# Resizing, through Keras's own loader. Keys: METHOD_HxW[_crop|_pad] of "picture".
source = picture(11, 8)
arrays["picture"] = source
with tempfile.TemporaryDirectory() as temporary:
    file = os.path.join(temporary, "a.png")
    tf.io.write_file(file, tf.io.encode_png(source))
    for method in methods:
        for size in ((5, 6), (17, 13), (11, 8)):
            key = f"{method}_{size[0]}x{size[1]}"
            arrays[key] = _load_image_tf(file, size, 3, method, "channels_last").numpy().astype("float32")
    for method in ("bilinear", "bicubic", "lanczos3", "nearest"):
        for size in ((6, 6), (5, 9), (12, 3)):
            key = f"{method}_{size[0]}x{size[1]}"
            arrays[key + "_crop"] = _load_image_tf(file, size, 3, method, "channels_last", crop_to_aspect_ratio=True).numpy().astype("float32")
            arrays[key + "_pad"] = _load_image_tf(file, size, 3, method, "channels_last", pad_to_aspect_ratio=True).numpy().astype("float32")
np.savez_compressed(folder / "images.npz", **arrays)

# Order and split. The tests make the same (empty) files; Keras looks at no content here.
names = [f"{kind}/{i:02d}.{end}" for kind, end in (("cats", "png"), ("dogs", "JPG"), ("a-b", "bmp")) for i in range(7)]
names += ["cats/more/z.png", "cats/more-deep/y.jpeg", "cats/notes.txt", "dogs/.hidden.png", "top.png", "dogs/B.gif"]
record = {"files": names, "cases": []}
with tempfile.TemporaryDirectory() as temporary:
    root = pathlib.Path(temporary)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    for arguments in (
        dict(shuffle=False),
        dict(shuffle=True, seed=1),
        dict(shuffle=True, seed=123456),
        dict(shuffle=True, seed=7, validation_split=0.2, subset="training"),
        dict(shuffle=True, seed=7, validation_split=0.2, subset="validation"),
        dict(shuffle=False, validation_split=0.35, subset="validation"),
        dict(shuffle=False, class_names=["dogs", "cats"]),
        dict(shuffle=True, seed=5, labels=None),
    ):
        data = keras.utils.image_dataset_from_directory(root, verbose=False, **arguments)
        # data itself shuffles once more, and its labels with it: ask the function below for those in file order.
        _, labels, _ = keras.src.utils.dataset_utils.index_directory(
            root, arguments.get("labels", "inferred"), (".bmp", ".gif", ".jpeg", ".jpg", ".png"),
            class_names=arguments.get("class_names"), shuffle=arguments["shuffle"], seed=arguments.get("seed"), verbose=False)
        if labels is not None and "subset" in arguments:
            _, labels = keras.src.utils.dataset_utils.get_training_or_validation_split(
                labels, labels, arguments["validation_split"], arguments["subset"])
        record["cases"].append({
            "arguments": arguments,
            "files": [os.path.relpath(path, root) for path in data.file_paths],
            "labels": None if labels is None else [int(label) for label in labels],
            "class_names": data.class_names,
        })
(folder / "order.json").write_text(json.dumps(record, indent=1) + "\n")
