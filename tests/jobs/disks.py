"""Small disks, and what stands for them where none can be mounted."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

SIZE_BYTES = 2_000_000
# Where no disk can be mounted: a limit that one clip does not meet, but small files do.
FILE_SIZE_BYTES = 30_000


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Put what a folder holds on a disk of its own; without the right to mount one, nothing."""
    content = folder.with_name(f"{folder.name} before")
    shutil.copytree(folder, content)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if mounted:
        shutil.copytree(content, folder, dirs_exist_ok=True)
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Fill what is left of a small disk."""
    filler = folder / "filler"
    with suppress(OSError):
        filler.write_bytes(b"0" * SIZE_BYTES)
    try:
        yield
    finally:
        filler.unlink()


def limited(program: Sequence[str]) -> tuple[str, ...]:
    """The program, unable to write larger files."""
    limit = f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({FILE_SIZE_BYTES},) * 2)"
    become = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
    return (sys.executable, "-c", f"{limit}; {become}", *program)
