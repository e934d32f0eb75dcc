"""The frame that every server sends: the cursor frame of a milestone that was changed."""

import json
from functools import cache
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parent / "servers" / "frame.json"
FIRST_SEQ = 1_000_000
"""Where every room begins, so that all frames of a room are equally long."""


def state() -> dict[str, Any]:
    """The state of the milestone, as the log keeps it; a copy, to do with as you like."""
    return dict(_sample())


def body(project: int, seq: int) -> dict[str, Any]:
    """The whole frame: the state, and its place in the room."""
    return {**state(), "project_id": project, "room": f"project_{project}", "seq": seq}


@cache
def _sample() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(SAMPLE.read_text())
    return content
