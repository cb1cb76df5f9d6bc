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

    Raises OSError, which names the folder, where nothing can be written there.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with drafted(Path(folder, "a.txt")) as draft:
    ...         _ = draft.write_text("all of it")
    ...     Path(folder, "a.txt").read_text()
    'all of it'
    """
    draft = _draft(path)
    try:
        yield draft
        mask = os.umask(0)  # drafts are private, what a user saves is as readable as his other files
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _draft(path: Path) -> Path:
    """An empty file beside ``path``; what goes wrong is said of the folder, for nobody asked for that file."""
    try:
        handle, name = tempfile.mkstemp(suffix=path.suffix, prefix=f".{path.stem}-", dir=path.parent)
    except OSError as error:
        lacking = error.errno == errno.ENOENT and not path.parent.exists()
        why = "there is no such folder, make it first" if lacking else error.strerror
        problem = OSError(error.errno, why, str(path.parent))
    else:
        os.close(handle)
        return Path(name)
    raise problem
