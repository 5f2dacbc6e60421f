"""Writes small HDF5 files with real HDF5 (h5py), each with one way to store a thing that files have: superblocks, groups,
attributes, types, layouts, chunk indexes, filters. usage: record_hdf5.py tests/golden/hdf5 fuzz/corpus

In the first folder go NAME.h5 and index.json, which says what each holds: of a dataset its shape, and its values unless they are
the pattern (7919 i) mod 251; of a group its attributes' texts and its members' count; or a part of the error that is wanted.
Into the second go a small network's weights, in both of Keras's formats, stored in these ways too."""

import ctypes
import json
import pathlib
import sys

import h5py
import numpy as np
from h5py import h5d, h5f, h5p, h5s, h5t

LATEST = {"libver": "latest"}
# The library that h5py uses itself, for what h5py has no name for.
libhdf5 = ctypes.CDLL(str(next((pathlib.Path(h5py.__file__).parent.parent / "h5py.libs").glob("libhdf5-*.so*"))))
folder, corpus = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
index = {}


def pattern(shape):
    return (np.arange(np.prod(shape, dtype=int)) * 7919 % 251).reshape(shape)


class Recorded:
    """A file and what it should be read as."""

    def __init__(self, name, fcpl=None, **options):
        self.name, self.path = name, folder / f"{name}.h5"
        self.entry = index[name] = {}
        if fcpl is not None:
            self.path.unlink(missing_ok=True)
            h5f.create(str(self.path).encode(), fcpl=fcpl).close()
            self.file = h5py.File(self.path, "r+")
        else:
            self.file = h5py.File(self.path, "w", **options)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def expect(self, name, what=None):
        """That the dataset is read as h5py reads it, or refused with an error that holds `what`."""
        datasets = self.entry.setdefault("datasets", {})
        if what is not None:
            datasets[name] = {"error": what}
            return
        value = np.asarray(self.file[name][()])
        datasets[name] = {"shape": list(value.shape)}
        values = value.astype("float64").reshape(-1)
        if np.array_equal(values, pattern(values.shape)):
            return
        if values.size > 200:  # mostly the fill value
            fill = float(np.bincount(values.astype(int)).argmax())
            datasets[name]["fill"] = fill
            datasets[name]["only"] = {str(i): float(values[i]) for i in np.flatnonzero(values != fill)}
        else:
            datasets[name]["values"] = [float(v) if np.isfinite(v) else str(v) for v in values]

    def data(self, name, shape=(5, 7), dtype="float32", **options):
        self.file.create_dataset(name, data=pattern(shape).astype(dtype), **options)
        self.expect(name)

    def texts(self, name, values):
        short = [v if len(v) < 1000 else {"repeat": v[0], "times": len(v)} for v in values]
        self.entry.setdefault("texts", {})[name] = short

    def attribute(self, name, value, texts=None, **options):
        self.file.attrs.create(name, value, **options)
        if texts is not None:
            self.texts(name, texts)


# Superblocks, and the widths of addresses.
with Recorded("superblock_0", libver="earliest") as f:
    f.data("x")
fcpl = h5p.create(h5p.FILE_CREATE)
libhdf5.H5Pset_istore_k(ctypes.c_int64(fcpl.id), ctypes.c_uint(20))
with Recorded("superblock_1", fcpl) as f:
    f.data("x", chunks=(2, 3))
with Recorded("superblock_2", libver=("v108", "v108")) as f:
    f.data("x")
with Recorded("superblock_3", **LATEST) as f:
    f.data("x")
with Recorded("user_block", userblock_size=1024) as f:
    f.data("x")
with Recorded("user_block_latest", userblock_size=512, **LATEST) as f:
    f.data("x", chunks=(2, 3))
for width in (2, 4):
    fcpl = h5p.create(h5p.FILE_CREATE)
    fcpl.set_sizes(width, width)
    with Recorded(f"widths_{width}", fcpl) as f:
        f.data("x")
        f.data("chunked", chunks=(2, 3), compression="gzip")
        f.attribute("names", ["a", "bc"], ["a", "bc"], dtype=h5py.string_dtype())

# Groups and their links.
for label, options in (("old", {}), ("new", LATEST)):
    with Recorded(f"groups_{label}", **options) as f:
        f.data("a/b/c")
        f.file.create_group("empty")
        f.file["a/again"] = f.file["a/b"]
        f.expect("a/again/c")
        f.file["soft"] = h5py.SoftLink("/a/b/c")
        f.file["outside"] = h5py.ExternalLink("other.h5", "/x")
        f.expect("soft", "a soft, external or user-defined link, which is not followed")
        f.expect("outside", "a soft, external or user-defined link, which is not followed")
        f.expect("a/none", "missing; a dataset is wanted here")
        f.expect("a/b", "a dataset is wanted here")
        f.entry["members"] = 4
    with Recorded(f"many_links_{label}", **options) as f:
        f.data("last")
        for i in range(450):
            f.file[f"a_rather_long_name_of_a_link_{i}"] = f.file["last"]
        f.expect("a_rather_long_name_of_a_link_0")
        f.expect("a_rather_long_name_of_a_link_449")
        f.entry["members"] = 451
    with Recorded(f"some_links_{label}", **options) as f:
        f.data("x", (3,))
        for i in range(20):
            f.file[f"{i}"] = f.file["x"]
        f.expect("19")
        f.entry["members"] = 21
with Recorded("tracked_order", track_order=True, **LATEST) as f:
    for i in range(20):
        f.data(f"x{i}", (2,))
        f.attribute(f"a{i}", f"text {i}", [f"text {i}"])
with Recorded("tracked_times", **LATEST) as f:
    dcpl = h5p.create(h5p.DATASET_CREATE)
    dcpl.set_obj_track_times(True)
    space = h5s.create_simple((3,))
    h5d.create(f.file.id, b"x", h5t.IEEE_F32LE, space, dcpl).write(h5s.ALL, h5s.ALL, pattern((3,)).astype("float32"))
    f.expect("x")

# Attributes.
for label, options in (("old", {}), ("new", LATEST)):
    with Recorded(f"attributes_{label}", **options) as f:
        f.attribute("text", "für alle", ["für alle"])
        f.attribute("bytes", np.bytes_(b"ascii"), ["ascii"])
        f.attribute("list", ["conv2d", "", "dense_1"], ["conv2d", "", "dense_1"], dtype=h5py.string_dtype("ascii"))
        f.attribute("fixed", np.array([b"ab", b"cde"]), ["ab", "cde"])
        f.attribute("empty", np.array([]), [])
        f.attribute("number", 3.0)
        f.attribute("object", np.zeros(1, dtype=[("a", "i4"), ("b", "f8")]))
        f.attribute("nothing", h5py.Empty("f4"), [])
        for padding, letter in ((h5t.STR_NULLTERM, "t"), (h5t.STR_SPACEPAD, "s")):
            kind = h5t.C_S1.copy()
            kind.set_size(4)
            kind.set_strpad(padding)
            space = h5s.create(h5s.SCALAR)
            attribute = h5py.h5a.create(f.file.id, b"padded_" + letter.encode(), kind, space)
            attribute.write(np.array(b"abc" if letter == "t" else b"abcd", dtype="S4"))
            f.texts("padded_" + letter, ["abc" if letter == "t" else "abcd"])
    with Recorded(f"many_attributes_{label}", **options) as f:
        for i in range(60):
            f.attribute(f"attribute_{i}", f"value {i}" * (i % 7), [f"value {i}" * (i % 7)])
    with Recorded(f"long_text_{label}", **options) as f:
        f.attribute("model_config", "{" * 20000, ["{" * 20000])
        f.attribute("second", "}" * 3000, ["}" * 3000])
with Recorded("huge_attributes", **LATEST) as f:
    f.attribute("fixed", np.bytes_(b"h" * 70000), ["h" * 70000])
    for i in range(12):
        f.attribute(f"a{i}", np.bytes_(b"m" * 700), ["m" * 700])
with Recorded("committed_type") as f:
    f.file["type"] = np.dtype(">f4")
    f.file["text"] = h5py.string_dtype()
    f.file.create_dataset("x", data=pattern((4,)), dtype=f.file["type"])
    f.file.attrs.create("name", "shared", dtype=f.file["text"])
    f.expect("x")
    f.texts("name", ["shared"])
with Recorded("committed_type_new", **LATEST) as f:
    f.file["type"] = np.dtype("<i2")
    f.file.create_dataset("x", data=pattern((4,)), dtype=f.file["type"])
    f.expect("x")

# Types.
with Recorded("types") as f:
    for order in "<>":
        for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
            dtype = np.dtype(order + kind)
            low = 0 if kind[0] == "u" else -100
            values = np.array([low, 0, 1, 2, 100], dtype)
            name = {"<": "little_", ">": "big_"}[order] + kind
            f.file.create_dataset(name, data=values)
            f.expect(name)
    f.file["booleans"] = np.array([True, False, True])
    f.expect("booleans")
    f.file["special"] = np.array([np.inf, -np.inf, np.nan, -0.0, 1e-45, 1.17549435e-38, 3.4028235e38], "float32")
    f.expect("special")
    f.file["halves"] = np.array([np.inf, np.nan, 6e-8, 6.1e-5, 65504, -0.1], "float16")
    f.expect("halves")
    brain = h5t.IEEE_F32LE.copy()
    brain.set_fields(15, 7, 8, 0, 7)
    brain.set_size(2)
    brain.set_ebias(127)
    h5d.create(f.file.id, b"brain", brain, h5s.create_simple((3,))).write(
        h5s.ALL, h5s.ALL, np.array([1.5, -2, 1e30], "float32"), h5t.IEEE_F32LE
    )
    f.expect("brain")
    import ml_dtypes

    f.file["bfloat16"] = np.array([1.5, -2, 0.1], ml_dtypes.bfloat16)
    f.file["bfloat16"].attrs["dtype"] = "bfloat16"
    f.entry["datasets"]["bfloat16"] = {"shape": [3], "values": [1.5, -2.0, 0.10009765625]}
    refused = "its elements are no numbers of at most 64 bits"
    f.file["texts"] = ["a", "b"]
    f.file["record"] = np.zeros(2, dtype=[("a", "i4")])
    f.file["complex"] = np.zeros(2, "complex64")
    f.file["opaque"] = np.zeros(2, "V2")
    f.file["extended"] = np.zeros(2, "longdouble")
    for name in ("texts", "record", "complex", "opaque", "extended"):
        f.expect(name, refused)

# Layouts and chunk indexes: the newest library chooses among five.
for label, options in (("old", {}), ("new", LATEST)):
    with Recorded(f"layouts_{label}", **options) as f:
        f.data("contiguous", (3, 5, 7))
        f.data("scalar", ())
        f.data("empty", (0, 3))
        dcpl = h5p.create(h5p.DATASET_CREATE)
        dcpl.set_layout(h5d.COMPACT)
        h5d.create(f.file.id, b"compact", h5t.IEEE_F32LE, h5s.create_simple((6,)), dcpl).write(
            h5s.ALL, h5s.ALL, pattern((6,)).astype("float32")
        )
        f.expect("compact")
        f.file.create_dataset("unwritten", (3, 2), "float32", fillvalue=2.5)
        f.expect("unwritten")
        f.file.create_dataset("zeros", (3, 2), "float32")
        f.expect("zeros")
        f.file.create_dataset("chunks_missing", (10, 10), "int16", chunks=(3, 4), fillvalue=-7)
        f.file["chunks_missing"][4:6, 5:9] = 1
        f.expect("chunks_missing")
        f.file.create_dataset("too_large", (1 << 20, 1 << 20), "float32")
        f.expect("too_large", "needs 4398046511104 bytes; 0 are stored")
        f.file.create_dataset("virtual", (2,), "float32")
        del f.file["virtual"]
        layout = h5py.VirtualLayout((2,), "float32")
        layout[:] = h5py.VirtualSource("other.h5", "x", (2,))
        f.file.create_virtual_dataset("virtual", layout)
        f.expect("virtual", "a virtual dataset, which is not followed")
        f.file.create_dataset("external", (2,), "float32", external=[("other.bin", 0, 8)])
        f.expect("external", "data in another file, which is not followed")
    with Recorded(f"filters_{label}", **options) as f:
        shape, chunks = (20, 9), (7, 4)
        f.data("gzip", shape, chunks=chunks, compression="gzip")
        f.data("shuffled", shape, chunks=chunks, compression="gzip", shuffle=True)
        f.data("summed", shape, chunks=chunks, fletcher32=True)
        f.data("all", shape, chunks=chunks, compression="gzip", shuffle=True, fletcher32=True)
        f.data("one_chunk", shape, chunks=shape, compression="gzip")
        f.data("bytes", shape, "uint8", chunks=chunks, compression="gzip", shuffle=True)
        dcpl = h5p.create(h5p.DATASET_CREATE)
        dcpl.set_chunk((5,))
        dcpl.set_fletcher32()
        dcpl.set_deflate(6)
        dcpl.set_shuffle()
        h5d.create(f.file.id, b"other_order", h5t.STD_I32LE, h5s.create_simple((23,)), dcpl).write(
            h5s.ALL, h5s.ALL, pattern((23,)).astype("int32")
        )
        f.expect("other_order")
        f.file.create_dataset("skipped", (4,), "float32", chunks=(2,), compression="gzip")
        f.file["skipped"].id.write_direct_chunk((0,), np.array([1, 2], "float32").tobytes(), 1)
        f.file["skipped"][2:] = [3, 4]
        f.expect("skipped")
        f.file.create_dataset("lzf", data=pattern((8,)), chunks=(4,), compression="lzf")
        f.expect("lzf", "a filter other than deflate, shuffle and fletcher32")
    for name, chunk_options in (
        ("one", {"chunks": (20, 9)}),
        ("fixed", {"chunks": (3, 2)}),
        ("fixed_larger", {"chunks": (3, 2), "maxshape": (31, 12)}),
        ("growing_first", {"chunks": (3, 2), "maxshape": (None, 9)}),
        ("growing_second", {"chunks": (3, 2), "maxshape": (40, None)}),
        ("growing_both", {"chunks": (3, 2), "maxshape": (None, None)}),
    ):
        with Recorded(f"chunks_{name}_{label}", **options) as f:
            f.data("plain", (20, 9), **chunk_options)
            f.data("packed", (20, 9), compression="gzip", **chunk_options)
            if name == "growing_first":
                f.file["plain"].resize((5, 9))
                f.expect("plain")
    with Recorded(f"many_chunks_{label}", **options) as f:
        f.data("fixed", (50, 10), "uint8", chunks=(1, 2))
        f.data("growing", (250,), "uint8", chunks=(1,), maxshape=(None,))
        f.data("growing_both", (30, 10), "uint8", chunks=(1, 1), maxshape=(None, None))
with Recorded("implicit_chunks", **LATEST) as f:
    dcpl = h5p.create(h5p.DATASET_CREATE)
    dcpl.set_chunk((3, 2))
    dcpl.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    h5d.create(f.file.id, b"x", h5t.IEEE_F32LE, h5s.create_simple((10, 5), (14, 9)), dcpl).write(
        h5s.ALL, h5s.ALL, pattern((10, 5)).astype("float32")
    )
    f.expect("x")
with Recorded("edges_unfiltered", **LATEST) as f:
    for name, most in (("fixed", None), ("growing", (None, 9))):
        dcpl = h5p.create(h5p.DATASET_CREATE)
        dcpl.set_chunk((7, 4))
        dcpl.set_deflate(6)
        libhdf5.H5Pset_chunk_opts(ctypes.c_int64(dcpl.id), ctypes.c_uint(2))
        space = h5s.create_simple((20, 9), most and (h5s.UNLIMITED, 9))
        h5d.create(f.file.id, name.encode(), h5t.IEEE_F32LE, space, dcpl).write(
            h5s.ALL, h5s.ALL, pattern((20, 9)).astype("float32")
        )
        f.expect(name)
with Recorded("paged_fixed_array", **LATEST) as f:
    f.data("whole", (2100,), "uint8", chunks=(1,))
    f.file.create_dataset("sparse", (5000,), "uint8", chunks=(1,), fillvalue=9)
    f.file["sparse"][2500] = 1
    f.expect("sparse")
    f.file.create_dataset("packed", (1500,), "uint8", chunks=(1,), compression="gzip")
    f.file["packed"][1400] = 1
    f.expect("packed")
with Recorded("paged_extensible_array", **LATEST) as f:
    f.file.create_dataset("sparse", (150000,), "uint8", chunks=(1,), maxshape=(None,))
    for i in (0, 3, 100, 5000, 140000, 149999):
        f.file["sparse"][i] = i % 250
    f.expect("sparse")

(folder / "index.json").write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n")


# Seeds for fuzzing: the same weights, stored otherwise.
def copy(source, target, options):
    target.attrs.update(source.attrs)
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            copy(item, target.create_group(name), options)
        else:
            target.create_dataset(name, data=item[()], **(options if item.shape else {}))


ways = {
    "latest": (LATEST, {}),
    "latest_packed": (LATEST, {"compression": "gzip", "shuffle": True}),
    "latest_growing": (LATEST, {"maxshape": True, "chunks": True}),
    "v108": ({"libver": ("v108", "v108")}, {}),
    "summed": ({}, {"fletcher32": True}),
    "user_block": ({"userblock_size": 512}, {}),
}
for target, seed in (("weights_h5_fuzz", "base.weights.h5"), ("legacy_h5_fuzz", "_base.h5")):
    for way, (file_options, options) in ways.items():
        with h5py.File(corpus / target / seed) as source, h5py.File(corpus / target / f"{way}.h5", "w", **file_options) as to:
            if options.get("maxshape") is True:
                to.attrs.update(source.attrs)
                to_copy = {"chunks": True}
            else:
                to_copy = options
            copy(source, to, to_copy)
