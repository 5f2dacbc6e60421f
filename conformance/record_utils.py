"""Records what NumPy prints of arrays and what keras.utils makes of images: tests/golden/utils.

    python conformance/record_utils.py
"""
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from PIL import Image

folder = pathlib.Path(__file__).parent.parent / "tests/golden/utils"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(7)

f, i = np.float32, np.int32
printed = [f([1, 2, 3]), f([[1, 2.5], [-3, 0.1]]), f([0.1, 0.25, 1 / 3]), f([1e-5, 1]), f([1e8, 1]), f([1e-10, -5e10]),
           f([np.nan, 1, np.inf]), f([np.nan, -np.inf]), f([-np.inf, 1.5]), f([]), f(3.5), f(2), f([0, 0]), f([1000, 1]), f([1001, 1]),
           f([123456.789, 0.5]), f([16777216, 12345.678]), np.float64([1 / 3, 2 / 3]), np.float64([1e-5, 1 / 3]),
           np.float64([1e300, 1]), np.float64(0.1), i([1, -20, 300]), i([[1, 2], [3, 400]]), np.int64([2**40, 1]),
           np.uint8([[0, 255], [7, 70]]), i(5), random.standard_normal(20).astype(f), random.random((3, 30)).astype(f),
           random.standard_normal((2, 3, 4)).astype(f), np.arange(1001, dtype=i), np.arange(1000, dtype=i),
           random.standard_normal((40, 50)).astype(f), random.standard_normal((8, 8, 8, 3)).astype(f),
           np.arange(1200, dtype=f).reshape(2, 600), np.zeros((2, 0, 3), f), f([[np.nan, 1e-7], [1, 2]])]
texts, arrays = [], {}
for k, array in enumerate(printed):
    array = np.asarray(array)
    arrays[f"printed_{k}"] = array
    texts.append(str(array) if array.ndim else str(array[()]))

pixels = random.integers(0, 256, (23, 31, 4)).astype("uint8")
yy, xx = np.mgrid[0:23, 0:31]
pixels[..., 0] = (xx * 8) % 256
pixels[..., 1] = (yy * 11) % 256
Image.fromarray(pixels).save(folder / "image.png", optimize=True)
images = []
for mode in ("rgb", "grayscale", "rgba"):
    for size in (None, (10, 12), (46, 40), (23, 12), (7, 31)):
        for how in ("nearest", "bilinear", "bicubic", "lanczos", "box", "hamming"):
            for keep in (False, True):
                if size is None and (how != "nearest" or keep):
                    continue
                name = f"image_{len(images)}"
                image = keras.utils.load_img(folder / "image.png", color_mode=mode, target_size=size, interpolation=how,
                                             keep_aspect_ratio=keep)
                array = keras.utils.img_to_array(image).astype("uint8")
                images.append(dict(color_mode=mode, size=size, interpolation=how, keep=keep, array=name))
                arrays[name] = array
for name, x in (("scaled", random.standard_normal((3, 4, 3)).astype(f)), ("flat", np.full((2, 2, 1), 7, f)),
                ("zeros", np.zeros((2, 2, 1), f))):
    arrays[name] = x
    arrays[name + "_image"] = keras.utils.img_to_array(keras.utils.array_to_img(x)).astype("uint8")
np.savez_compressed(folder / "arrays.npz", **arrays)
(folder / "cases.json").write_text(json.dumps({"printed": texts, "images": images}, indent=0))
