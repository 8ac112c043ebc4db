"""What can go wrong. Files that are missing or cannot be read are ``OSError`` as everywhere in Python."""

__all__ = [
    "ArgumentError",
    "Error",
    "LibraryError",
    "LibraryLocked",
    "NoLibrary",
    "PictureError",
]


class Error(Exception):
    """An error of this package; the message is one line, and names the file."""


class PictureError(Error, ValueError):
    """A file, some bytes or an array that is no picture, or a damaged one."""


class ArgumentError(Error, ValueError):
    """An argument out of its range, or words that nobody knows."""


class LibraryError(Error):
    """A library or an index that cannot be used: damaged, closed, of another version, or forked."""


class LibraryLocked(LibraryError):
    """Another process is writing to the library, or to the index."""


class NoLibrary(LibraryError, FileNotFoundError):
    """There is no library here."""


for _error in (Error, PictureError, ArgumentError, LibraryError, LibraryLocked, NoLibrary):
    _error.__module__ = "lookalike"
