"""Records tests/golden/data: what real Keras and TensorFlow make of small images (decoding, every interpolation, crop and pad) and in
which order image_dataset_from_directory takes the files of a folder. usage: record_image_dataset.py tests/golden/data"""
import json, os, pathlib, struct, sys, tempfile

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


def bmp(pixels):
    """24 or 32 bits, rows from the bottom up, each padded to four bytes."""
    height, width, channels = pixels.shape
    rows = [row[:, [2, 1, 0, 3][:channels]].tobytes() for row in pixels[::-1]]
    body = b"".join(row + bytes(-len(row) % 4) for row in rows)
    head = struct.pack("<2sIHHI", b"BM", 54 + len(body), 0, 0, 54)
    return head + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8 * channels, 0, len(body), 0, 0, 0, 0) + body


def gif(indices, palette, interlaced=False):
    """One frame, compressed by LZW with growing codes."""
    height, width = indices.shape
    bits, clear = 8, 256
    table, codes, text = {}, [(clear, 9)], b""
    size, following = 9, clear + 2
    rows = [indices[y] for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(first, height, step)] if interlaced else indices
    for value in np.concatenate(list(rows)):
        longer = text + bytes([value])
        if len(longer) == 1 or longer in table:
            text = longer
            continue
        codes.append((table[text] if len(text) > 1 else text[0], size))
        if following < 4096:
            table[longer] = following
            following += 1
            if following > 1 << size and size < 12:
                size += 1
        text = bytes([value])
    codes += [(table[text] if len(text) > 1 else text[0], size), (clear + 1, size)]
    number = shift = 0
    for code, width_of_code in codes:
        number |= code << shift
        shift += width_of_code
    data = number.to_bytes((shift + 7) // 8, "little")
    blocks = b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\0"
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + palette.tobytes()
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0x40 if interlaced else 0)
    return head + frame + bytes([bits]) + blocks + b";"


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
random = np.random.RandomState(3)
palette = random.randint(0, 256, (256, 3)).astype("uint8")
slopes = ((np.mgrid[0:60, 0:70].sum(0) // 3) % 200 + (random.rand(60, 70) < 0.1)).astype("uint8")
files["gif"] = tf.constant(gif(slopes, palette))
files["gifinterlaced"] = tf.constant(gif(slopes[:19, :21], palette, interlaced=True))
files["bmp24"] = tf.constant(bmp(picture(5, 7)))
files["bmp32"] = tf.constant(bmp(picture(4, 3, 4)))
cmyk = pathlib.Path(__file__).parent.parent / "fuzz/corpus/image_fuzz/jpeg_cmyk"
files["jpegcmyk"] = tf.constant(cmyk.read_bytes())
for name, data in files.items():
    data = data.numpy() if hasattr(data, "numpy") else data
    arrays[f"file_{name}"] = np.frombuffer(data, "uint8")
    for channels in (1, 3, 4):
        if name.startswith("jpeg") and channels == 4 or name == "jpegcmyk" and channels == 1:
            continue  # TensorFlow has no such decoding
        if name.startswith("gif") and channels != 3 or name == "bmp24" and channels != 3 or name == "bmp32" and channels != 4:
            continue
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
# keras.ops.image.affine_transform. Keys: affine_TRANSFORM_MODE_INTERPOLATION; transformN holds the eight numbers.
transforms = [[0.9, -0.43, 2.2, 0.43, 0.9, -1.1, 0, 0], [1, 0, -9.5, 0, 1, 14.25, 0, 0], [1.7, 0.1, -2.4, -0.2, 2.3, -6, 0, 0]]
for number, transform in enumerate(transforms):
    arrays[f"transform{number}"] = np.array(transform, "float32")
    for mode in ("constant", "nearest", "reflect", "wrap"):
        for method in ("nearest", "bilinear"):
            result = keras.ops.image.affine_transform(
                source[None].astype("float32"), np.array([transform], "float32"), interpolation=method, fill_mode=mode, fill_value=7)
            arrays[f"affine_{number}_{mode}_{method}"] = np.array(result)[0]
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
