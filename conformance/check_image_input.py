"""Keras opens models that carry Markhor's record of what they were trained for, as if it was not there:
conformance/check_image_input.py build/release/cli/markhor.

The golden models are converted with a record (a run of train's) to .keras and .h5, opened by Keras and, where it is
installed, by tf_keras 2, and compared with the original; Keras's own copies of them lose the record and nothing else."""
import os
import subprocess
import sys
import tempfile
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import keras
import numpy as np

markhor = os.path.abspath(sys.argv[1])
golden = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/golden/image_input")
loaders = [("Keras " + keras.__version__, keras.models.load_model)]
try:
    import tf_keras

    loaders.append(("tf_keras " + tf_keras.__version__, tf_keras.models.load_model))
except ImportError:
    print("tf_keras is not installed: .h5 is opened by Keras 3 alone")

with tempfile.TemporaryDirectory() as scratch:
    run = os.path.join(scratch, "run")
    subprocess.run([markhor, "train", "--data", os.path.join(golden, "photos"), "--epochs", "1", "--batch-size", "4",
                    "--out", run], check=True, stdout=subprocess.DEVNULL)
    saved = os.path.join(run, "model.keras")
    assert "markhor.json" in zipfile.ZipFile(saved).namelist()
    old = os.path.join(scratch, "model.h5")
    subprocess.run([markhor, "convert", saved, old], check=True)
    assert "markhor" in h5py.File(old).attrs
    x = np.random.default_rng(1).uniform(0, 1, (4, 24, 24, 3)).astype(np.float32)

    # The archive without the member: what Keras reads must be equal in all it has.
    bare = os.path.join(scratch, "bare.keras")
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(bare, "w") as target:
        for name in source.namelist():
            if name != "markhor.json":
                target.writestr(name, source.read(name))
    with_record, without = keras.models.load_model(saved), keras.models.load_model(bare)
    assert with_record.to_json() == without.to_json()
    assert all(np.array_equal(a, b) for a, b in zip(with_record.get_weights(), without.get_weights()))
    y = without.predict(x, verbose=0)
    for name, load in loaders:
        for file in [saved, old] if load is keras.models.load_model else [old]:
            found = load(file).predict(x, verbose=0)
            assert np.allclose(found, y, atol=1e-6), (name, file)
            print(f"{name}: {os.path.basename(file)} predicts as without the record, to {abs(found - y).max():.1e}")
    again = os.path.join(scratch, "again.keras")
    with_record.save(again)
    assert "markhor.json" not in zipfile.ZipFile(again).namelist()
print("all as it should be")
