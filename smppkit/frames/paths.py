"""Files that appear whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """Give a path to write to; what was written is moved to ``path`` at the end, or removed after an error.

    Raises OSError, which names the folder when that is missing or closed to us, and ``path`` when it is a folder.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with drafted(Path(folder, "a.txt")) as draft:
    ...         _ = draft.write_text("all of it")
    ...     Path(folder, "a.txt").read_text()
    'all of it'
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "This is a folder, not a file to write", str(path))
    try:
        handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=f".{path.stem}-", dir=path.parent)
    except FileNotFoundError:  # that of mkstemp names the draft, which nobody asked for
        raise FileNotFoundError(errno.ENOENT, "There is no such folder, make it first", str(path.parent)) from None
    except OSError as error:
        error.filename = str(path.parent)
        raise
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        mask = os.umask(0)  # drafts are private, what a user saves is as readable as his other files
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
