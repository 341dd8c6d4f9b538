"""The programs in docs/howto/clients.md do what they show."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import client, clip, connect, project  # noqa: F401
from tests.docs.conftest import DOCS, blocks

PAGE = DOCS / "howto" / "clients.md"
SERVER = "http://localhost:8000"
PROGRAMS = {
    "bash": ["bash", "-c"],
    "python": [sys.executable, "-c"],
    "javascript": ["node", "--input-type=module", "--eval"],
}
# What each block prints, in order.
SAYS = {
    "bash": [
        '"prediction":{"product":"beras","quantity":"3"}',
        '"filename":"order.wav","result":{"request_id"',
    ],
    "python": ["{'product': 'beras', 'quantity': '3'} 100% sure", "recording kept: True"],
    "javascript": ["{ product: 'beras', quantity: '3' }"],
}
BLOCKS = [
    (language, block, said)
    for language in PROGRAMS
    for block, said in zip(blocks(PAGE, language), SAYS[language], strict=True)
]


@pytest.mark.parametrize(("language", "block", "said"), BLOCKS)
def test_an_example_works(
    language: str,
    block: str,
    said: str,
    client: httpx.Client,  # noqa: F811
    clip: bytes,  # noqa: F811
    tmp_path: Path,
) -> None:
    program, *arguments = PROGRAMS[language]
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    (tmp_path / "order.wav").write_bytes(clip)
    text = block.replace(SERVER, str(client.base_url).rstrip("/"))
    done = subprocess.run(
        [program, *arguments, text],
        cwd=tmp_path,
        env={**os.environ, "SLU_API_KEY": "any"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
