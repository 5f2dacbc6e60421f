"""What the scripts of this folder share about the repository and the machine; not a script itself."""

import json
import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ROOT / "build/release/cli/markhor"
WORKLOADS = ROOT / "build/release/benchmarks/workloads"


def machine() -> dict:
    """What a timing means nothing without."""
    model = next(
        (line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    return {"cpu": model, "cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)}


def commit() -> str:
    """The commit measured, marked where files differ from it; "unknown" outside a repository."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return described.stdout.strip() or "unknown"


def need(program: Path, how: str) -> Path:
    """The program, or one line that says how to build it."""
    if not program.exists():
        raise SystemExit(f"{program}: not there; build it with: {how}")
    return program


def table(head: list, rows: list) -> str:
    """Rows of texts as columns: the first to the left, the others to the right."""
    lines = [head] + rows
    widths = [max(len(str(line[i])) for line in lines) for i in range(len(head))]

    def one(line):
        cells = [str(cell).ljust(width) if i == 0 else str(cell).rjust(width) for i, (cell, width) in enumerate(zip(line, widths))]
        return "  ".join(cells).rstrip()

    return "\n".join([one(head), "  ".join("-" * width for width in widths)] + [one(row) for row in rows])


def write(path: Path, result: dict):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")
