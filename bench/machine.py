"""What a table says about the machine, and where it is kept."""

import datetime
import os
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def processor():
    try:
        info = dict(
            line.split(":", 1) for line in open("/proc/cpuinfo") if ":" in line
        )
        info = {key.strip(): value.strip() for key, value in info.items()}
        flags = info.get("flags", "").split()
        best = next((f for f in ("avx512f", "avx2", "sse4_2") if f in flags), "")
        return f"{info.get('model name', platform.machine())} {best}".strip()
    except OSError:
        return platform.processor() or platform.machine()


def describe(versions):
    """A line for the head of a table; `versions` are the libraries compared."""
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip() or "no commit"
    load = f"load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    parts = [datetime.date.today().isoformat(), processor(), f"{os.cpu_count()} cores", load,
             f"lookalike {commit}", *versions]
    return ", ".join(part for part in parts if part)


def publish(name, title, command, versions, body):
    """Prints a table and keeps it as bench/results/NAME.md."""
    text = f"# {title}\n\nMade by `{command}`: {versions}.\n\n{body.rstrip()}\n"
    print(text)
    folder = ROOT / "bench" / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(text)


def table(head, rows):
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
