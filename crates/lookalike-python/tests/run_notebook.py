"""Runs a notebook from its first cell to its last; with --save, keeps what they show.

usage: run_notebook.py NOTEBOOK [--save]
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def run(path: Path, save: bool) -> None:
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": path.parent}})
    client.execute()
    shown = sum(bool(cell.get("outputs")) for cell in notebook.cells)
    print(f"{path.name}: {len(notebook.cells)} cells run, {shown} show something")
    if save:
        for cell in notebook.cells:
            cell.metadata.clear()
        notebook.metadata = {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
        nbformat.write(notebook, path)


if __name__ == "__main__":
    run(Path(sys.argv[1]).resolve(), "--save" in sys.argv[2:])
