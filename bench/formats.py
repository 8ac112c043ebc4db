"""Every file of a folder as Pillow sees it, and as the library does.

usage: bench/run.sh formats FOLDER [--worst 10] [--keep]

Pillow reads with its plugins for HEIF, AVIF and JPEG XL; its look is upright, on white, in sRGB. Told are, by
format: how many files Pillow opens, how many of them the library reads, how many of those look alike
(correlation of the pixels, at a larger side of 128, above .98), the least of these correlations, and what the
embeddings of both looks have in common, by their cosine. What Pillow does not open is counted as more.
`--keep` writes the table to bench/results/formats.md.
"""

import argparse
import io
import json
import pathlib
import subprocess
import tempfile
from collections import defaultdict

import numpy as np
import PIL
from PIL import Image, ImageCms, ImageFile, ImageOps

import machine

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIDE = 128
ALIKE = 0.98


def plugins():
    """Those that are there."""
    try:
        import pillow_heif

        pillow_heif.register_heif_opener()
    except ImportError:
        pass
    for name in ("pillow_avif", "pillow_jxl"):
        try:
            __import__(name)
        except ImportError:
            pass


def in_srgb(picture, profile):
    if not profile:
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, ValueError):
        return picture


def look(path):
    """The first picture in a file, or None."""
    try:
        with Image.open(path) as picture:
            picture.load()
            profile = picture.info.get("icc_profile")
            picture = ImageOps.exif_transpose(picture)
            if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
                rgba = picture.convert("RGBA")
                rgb = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
                return in_srgb(rgb, profile)
            if picture.mode == "CMYK" and profile:
                return in_srgb(picture, profile).convert("RGB")
            return in_srgb(picture.convert("RGB"), profile)
    except Exception:  # what a plugin throws is no concern of ours
        return None


def correlation(a, b):
    a, b = a.astype(float).ravel(), b.astype(float).ravel()
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a * a).sum() * (b * b).sum())
    # What is of one colour has no more to be compared.
    return float((a * b).sum() / scale) if scale > 1e-6 else 1.0


def pixels(answer):
    rgb = np.frombuffer(bytes.fromhex(answer["rgb"]), np.uint8)
    return rgb.reshape(answer["height"], answer["width"], 3)


class Library:
    def __init__(self):
        program = [ROOT / "target/release/lookalike-bench", "looks", "--side", str(SIDE)]
        self.process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def see(self, path):
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Row:
    def __init__(self):
        self.opened = self.read = self.alike = self.more = self.damaged = 0
        self.correlations, self.cosines = [], []


def compare(folder, worst):
    library = Library()
    rows, notes = defaultdict(Row), []
    with tempfile.TemporaryDirectory() as temporary:
        copy = pathlib.Path(temporary) / "look.png"
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            seen = look(path)
            ours = library.see(path)
            kind = ours.get("format") or path.suffix.lower().lstrip(".") or "none"
            row = rows[kind]
            row.damaged += bool(ours.get("damage"))
            if seen is None:
                row.more += "error" not in ours
                continue
            row.opened += 1
            if "error" in ours:
                notes.append((-1, path, ours["error"]))
                continue
            row.read += 1
            # The same steps make both small.
            seen.save(copy)
            theirs = library.see(copy)
            if (ours["width"], ours["height"]) != (theirs["width"], theirs["height"]):
                notes.append((0, path, f"{ours['original']}, not {theirs['original']}"))
                continue
            alike = correlation(pixels(ours), pixels(theirs))
            row.alike += alike > ALIKE
            row.correlations.append(alike)
            row.cosines.append(float(np.dot(ours["vector"], theirs["vector"])))
            notes.append((alike, path, f"correlation {alike:.3f}"))
    notes.sort(key=lambda note: note[0])
    for alike, path, note in notes[:worst]:
        if alike < ALIKE:
            print(f"{path}: {note}")
    return rows


def table(rows):
    lines = ["| format | Pillow opens | read | alike | least correlation | mean cosine | damaged | only we read |"]
    lines.append("|" + "---|" * 8)
    for kind, row in sorted(rows.items(), key=lambda item: -item[1].opened):
        if row.opened + row.more == 0:
            continue
        least = f"{min(row.correlations):.3f}" if row.correlations else "-"
        cosine = f"{np.mean(row.cosines):.4f}" if row.cosines else "-"
        lines.append(f"| {kind} | {row.opened} | {row.read} | {row.alike} | {least} | {cosine} | {row.damaged} | {row.more} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--worst", type=int, default=10)
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    plugins()
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    text = table(compare(args.folder, args.worst))
    print(text)
    if args.keep:
        head = machine.describe([f"Pillow {PIL.__version__}"])
        (ROOT / "bench/results/formats.md").write_text(f"{head}\n\n{text}\n")


if __name__ == "__main__":
    main()
