"""Evil names (of files, layers, models) through every output of the command, read back by a parser of its kind.

    python conformance/check_names.py build/release/cli/markhor

Needs the standard library alone; ONNX files are read too where the package onnx is installed, and C++ headers compiled where
there is a c++.
"""
import csv, html.parser, io, json, pathlib, subprocess, sys, tempfile, unicodedata, zipfile, struct, zlib
import xml.etree.ElementTree as xml

try:
    import onnx
except ImportError:
    onnx = None

NAMES = [
    b"plain", b"\x1b[31mred\x1b[0m", b"\x1b]0;title\x07", b"a\nb", b"a\r\nb", b"\ttab", b"\rhome", b"\x7f", "\u009b31m".encode(),
    b"caf\xe9", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", "gpj.\u202eexe".encode(), "\u200bzero".encode(),
    "zero\u200d".encode(), "\ufeffmark".encode(), "\u2066in\u2069".encode(), "\U000e0041tag".encode(), "日本語".encode(), "a\u2028b".encode(),
    b"<script>alert(1)<", b"\"><img src=x onerror=alert(1)>", b"' onmouseover='x", b"&lt;", b"&#60;", b"]]>", b"-->", b"<!--", b"<svg>",
    b"=1+1", b"+1", b"-1.5", b"-cmd|' C calc'!A0", b"@SUM(1)", b"  =1", "＝1+1".encode(), b"a,b", b"a;b", b'a"b', b'"', b"'", b"''",
    b"| pipe |", b"`code`", b"**bold**", b"[link](x)", b"![image](x)", b"# heading", b"- item", b"_x_", b"https:x.y", b"www.x.y", b"a@b.c",
    b"\\", b"a\\", b"\\N", b"*)", b"class", b"std", b"__x", b"9lives", b"%s%n", b"{}", b"{0}", b"$(id)", b"x" * 200,
]  # no "/" and no NUL: these are file names too
failures = []


def check(good, what, detail=""):
    if not good:
        failures.append(f"{what}: {detail!r}"[:300])


def shows(data, what):
    """UTF-8 without anything invisible but line ends."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return check(False, what, str(error))
    hidden = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cn", "Cs")]
    check(not hidden, what + " has invisible characters", hidden[:5])


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = set()

    def handle_starttag(self, tag, attributes):
        self.tags.add((tag, tuple(sorted(name for name, _ in attributes if name.startswith("on")))))


def png(path):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(range(8)) for _ in range(8))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def run(*arguments, status=0):
    done = subprocess.run([command, *arguments], capture_output=True)
    check(done.returncode == status, f"status {done.returncode}", done.stderr)
    shows(done.stderr, f"stderr of {arguments[0]}")
    return done.stdout


def with_names(source, target, layer, model):
    """A copy of a .keras archive with its model's and its first Dense layer's names replaced."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as copy:
        for member in archive.namelist():
            data = archive.read(member)
            if member == "config.json":
                config = json.loads(data)
                config["config"]["name"] = model
                dense = [each for each in config["config"]["layers"] if each["class_name"] == "Dense"][0]
                dense["config"]["name"] = layer
                data = json.dumps(config).encode()
            copy.writestr(member, data)


command = str(pathlib.Path(sys.argv[1]).resolve())
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    photos = folder / "photos"
    for shown in (b"light", b"dark"):
        (photos / shown.decode()).mkdir(parents=True)
        for number in range(4):
            png(photos / shown.decode() / f"{number}.png")
    run("train", "--data", str(photos), "--head", "gap", "--epochs", "1", "--image-size", "16", "--out", str(folder / "run"))
    model = folder / "run" / "model.keras"

    images = []
    for each in NAMES:
        path = bytes(folder) + b"/" + each + b".png"
        png(path)
        images.append(path)
    told = json.loads(run("predict", str(folder / "run"), *images, "--format", "json"))
    check(len(told) == len(images), "predict json", len(told))
    for each, path in zip(told, images):
        try:
            check(each["file"] == path.decode(), "predict json", each["file"])
        except UnicodeDecodeError:
            check("\ufffd" in each["file"], "predict json", each["file"])
    output = run("predict", str(folder / "run"), *images, "--format", "csv")
    shows(output, "predict csv")
    rows = list(csv.reader(io.StringIO(output.decode(), newline="")))
    check(len(rows) == len(images) + 1 and all(len(row) == 5 for row in rows), "predict csv", len(rows))
    shows(run("predict", str(folder / "run"), *images), "predict table")
    # Relative names begin the cell.
    relative = [each + b".png" for each in NAMES if not each.startswith((b"-", b"--"))]
    done = subprocess.run([command, "predict", "run", *relative, "--format", "csv"], capture_output=True, cwd=folder)
    cells = [row[0] for row in csv.reader(io.StringIO(done.stdout.decode(), newline=""))][1:]
    check(len(cells) == len(relative), "predict csv of relative names", done.stderr)
    check(not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@\t\r")], "formulas", cells)

    evil = folder / "evil.keras"
    for number, each in enumerate(NAMES):
        text = each.decode(errors="surrogateescape").encode("utf-8", "replace").decode()
        with_names(model, evil, text, text)
        where = f"name {number} {text[:30]!r}"
        for arguments in (["summary"], ["summary", "--classic", "--cost"], ["audit"]):
            shows(run(arguments[0], str(evil), *arguments[1:]), f"{arguments} of {where}")
        output = run("audit", str(evil), "--json")
        shows(output, f"audit --json of {where}")
        layers = json.loads(output)["layers"]
        check(any(layer["name"] == text for layer in layers), f"audit --json of {where}", [layer["name"] for layer in layers][-2:])
        run("plot", str(evil), "-o", str(folder / "plot.dot"))
        dot = (folder / "plot.dot").read_bytes()
        shows(dot, f"dot of {where}")
        for label in dot.decode().split("label=<")[1:]:
            try:
                xml.fromstring(label.split(">, fontname")[0])
            except xml.ParseError as error:
                check(False, f"dot of {where}", str(error))
        run("export", str(evil), "-o", str(folder / "out.onnx"))
        if onnx:
            read = onnx.load(folder / "out.onnx")
            onnx.checker.check_model(read)
            shows(read.graph.name.encode(), f"onnx of {where}")
        run("export", str(evil), "-o", str(folder / "out.hpp"))
        shows((folder / "out.hpp").read_bytes(), f"header of {where}")
        if number % 10 == 0 or text in ("class", "std", "9lives", "a\\"):
            done = subprocess.run(["c++", "-std=c++17", "-fsyntax-only", "-x", "c++", str(folder / "out.hpp")], capture_output=True)
            check(done.returncode == 0, f"header of {where}", done.stderr[:200])

    # Class names: of folders, through train's report.
    classes = folder / "classes"
    for each in NAMES:
        inside = bytes(classes) + b"/" + each
        subprocess.run([b"mkdir", b"-p", b"--", inside])
        for number in range(2):
            png(inside + b"/%d.png" % number)
    done = subprocess.run([command, "train", "--data", str(classes), "--head", "gap", "--epochs", "1", "--image-size", "16", "--out", str(folder / "named")], capture_output=True)
    if done.returncode == 0:
        for path in sorted((folder / "named").glob("*")):
            if path.suffix in (".html", ".md", ".json", ".txt"):
                shows(path.read_bytes(), path.name)
            if path.suffix == ".json":
                json.loads(path.read_bytes())
            if path.suffix == ".html":
                tags = Tags()
                tags.feed(path.read_text())
                check(not [tag for tag in tags.tags if tag[1] or tag[0] == "script"], path.name, [tag for tag in tags.tags if tag[1]])
    else:
        shows(done.stderr, "stderr of train")
        check(done.returncode == 1, "train on evil classes", done.stderr)
        print("train on folders of evil names:", done.stderr.decode().strip()[:200])

print(f"{len(NAMES)} names, {len(failures)} failures")
for failure in failures[:20]:
    print("  " + failure)
sys.exit(bool(failures))
