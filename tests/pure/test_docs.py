"""What the documents point at is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PATH = re.compile(r"`((?:actions|events|models|notifications|rooms|server|tests)/[\w/.]+\.\w+)")
LINK = re.compile(r"\]\((?!http)([^)#]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text()
    paths = [ROOT / name for name in PATH.findall(text)]
    paths += [document.parent / name for name in LINK.findall(text)]
    missing = [path for path in paths if not path.exists()]
    assert not missing
