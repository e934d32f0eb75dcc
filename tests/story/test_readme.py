"""What the README says is so: its JavaScript runs, its settings are the settings."""

import asyncio
import re
from pathlib import Path

import httpx
from pydantic_core import PydanticUndefined

from server.settings import Settings
from tests.support.clients import PATIENCE
from tests.support.server import running

README = Path(__file__).parents[2] / "README.md"
NODE = Path(__file__).parents[1] / "node"


async def test_its_javascript_client_hears_the_demo_and_resumes(tmp_path: Path) -> None:
    code = re.search(r"```js\n(.*?)```", README.read_text(), re.DOTALL)
    assert code
    assert len(code[1].strip().splitlines()) <= 12
    with running(tmp_path, "") as server:
        server.run("seed")
        token = server.run("token", "ada")
        process = await asyncio.create_subprocess_exec(
            *("node", "--input-type=module", "-e", code[1]),
            cwd=NODE,
            env={**server.environment, "TOKEN": token, "URL": server.url},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout

        async def says(text: str) -> None:
            assert process.stdout
            line = await asyncio.wait_for(process.stdout.readline(), 2 * PATIENCE)
            assert line.decode().strip() == text

        try:
            await _until_connected(server.url)
            notify = ["notify", "--project", "1", "--actor", "ci-bot", "--title", "T", "--message"]
            server.run(*notify, "one")
            await says("one (ci-bot)")
            server.kill()
            server.run(*notify, "while it was down")
            server.start()
            await says("while it was down (ci-bot)")
        finally:
            process.terminate()
            await process.wait()


def test_its_table_of_settings_is_true() -> None:
    rows = dict(
        re.findall(r"^\| `ROOMCAST_(\w+)` \| `?(.*?)`? \|", README.read_text(), re.MULTILINE)
    )
    known = {}
    for name, field in Settings.model_fields.items():
        default = "" if name == "secret" else field.default
        assert default is not PydanticUndefined
        if isinstance(default, list):
            default = ",".join(default)
        known[name.upper()] = str(default).removesuffix(".0")
    assert rows == known


async def _until_connected(url: str) -> None:
    """The demo's client is in two rooms: its user's own, and the project's."""
    async with httpx.AsyncClient() as http, asyncio.timeout(2 * PATIENCE):
        while True:
            if "roomcast_rooms 2.0" in (await http.get(f"{url}/metrics")).text:
                return
            await asyncio.sleep(0.05)
