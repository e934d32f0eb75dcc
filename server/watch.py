"""`roomcast watch`: a project's frames in a terminal, live, across reconnects."""

import asyncio
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson
from rich.console import Console
from rich.text import Text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI

from models.refusals import Refusal

BACKOFF = (1, 2, 4, 8, 16)
"""Seconds between attempts (seed 003)."""
FINAL = (400, 401, 403, 404)
"""Handshakes refused for good; a full server or an outage is tried again."""
COLOURS = {
    "notification_received": "bold yellow",
    "notification_summary": "bold magenta",
    "error": "bold red",
    "resync": "red",
}


async def watch_project(url: str, project: int, token: str, out: Console) -> None:
    """Print a project's frames until interrupted. Raises Refusal where it may not be watched."""
    address = url.replace("http", "ws", 1).rstrip("/") + f"/ws/notifications/?token={quote(token)}"
    seen: int | None = None
    attempt = 0
    while True:
        try:
            async with connect(address, max_size=None) as socket:
                attempt = 0
                seen = await _subscribe(socket, project, seen, out)
                async for text in socket:
                    seen = _show(orjson.loads(text), f"project_{project}", seen, out)
        except InvalidURI as error:
            raise Refusal("invalid_url", "--url: write http://HOST:PORT of the server.") from error
        except (OSError, ConnectionClosed, TimeoutError, InvalidStatus) as error:
            if isinstance(error, InvalidStatus) and error.response.status_code in FINAL:
                raise _refused(error) from error
            pause = BACKOFF[min(attempt, len(BACKOFF) - 1)]
            attempt += 1
            out.print(f"[dim]connection lost ({error}); trying again in {pause} s[/]")
            await asyncio.sleep(pause)
        else:
            raise Refusal("closed", "The server closed the connection for good.")


async def _subscribe(socket: ClientConnection, project: int, seen: int | None, out: Console) -> int:
    since = {} if seen is None else {"since": seen}
    request = {"type": "subscribe_project", "project_id": project, "request_id": "watch", **since}
    await socket.send(orjson.dumps(request).decode())
    while (answer := orjson.loads(await socket.recv())).get("type") != "ack":
        if answer["type"] != "room_head":  # where the person's own room stands
            _show(answer, "", None, out)
    if not answer["ok"]:
        raise Refusal(answer["error"]["code"], answer["error"]["message"])
    out.print(f"[green]watching {answer['room']} from seq {answer['seq']}[/]")
    return answer["seq"] if seen is None else seen


def _show(frame: dict[str, Any], room: str, seen: int | None, out: Console) -> int | None:
    """Print a frame; returns the cursor, which only cursor frames of the room move."""
    kind = frame["type"]
    moves = frame.get("room") == room and kind != "notification_received"
    if moves and kind != "resync" and seen is not None and frame["seq"] <= seen:
        return seen
    line = Text(f"{datetime.now().astimezone():%H:%M:%S} ", style="dim")
    line.append(f"{kind:<22}", COLOURS.get(kind, "cyan"))
    line.append(f" {_place(frame):<16} ", "dim")
    line.append(_summary(frame))
    out.print(line)
    return frame["seq"] if moves else seen


def _place(frame: dict[str, Any]) -> str:
    return f"{frame['room']} #{frame['seq']}" if "room" in frame else ""


def _summary(frame: dict[str, Any]) -> str:
    match frame:
        case {"type": "notification_received", "message": text, "actor": {"username": name}}:
            said = f"{text}, by {name}"
        case {"type": "milestone_changed", "action": action, "title": title, "progress": progress}:
            said = f"{action}: {title} ({progress} %)"
        case {"type": "project_updated", "action": action, "title": title, "status": status}:
            said = f"{action}: {title} ({status})"
        case {"type": "team_member_changed", "action": action, "user": user, "role": role}:
            said = f"{action}: {user['username']} ({role})"
        case _:
            said = str(frame.get("message", frame.get("reason", "")))
    return said


def _refused(error: InvalidStatus) -> Refusal:
    try:
        problem = orjson.loads(error.response.body or b"")
        return Refusal(problem["code"], problem["detail"])
    except (orjson.JSONDecodeError, KeyError):
        return Refusal("refused", f"The server refused the connection: {error}.")
