"""People of the tests: accounts on a running server, with their tokens and their connections."""

import asyncio
import secrets
import ssl
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from tests.support.clients import Client, Cursors, NodeClient, PlainClient, PythonClient

PASSWORD = "correct horse battery"
JSON = dict[str, Any]
C = TypeVar("C", bound=Client)


class Person:
    """Somebody with an account, who calls REST and holds sockets."""

    def __init__(self, http: httpx.AsyncClient, url: str, account: JSON, tokens: JSON) -> None:
        self._http = http
        self._url = url
        self.id: int = account["id"]
        self.username: str = account["username"]
        self.account = account
        self.access: str = tokens["access"]
        self.refresh: str = tokens["refresh"]
        self.clients: list[Client] = []

    @property
    def as_actor(self) -> JSON:
        """How the others see this person (seed 003's `actor`)."""
        return {key: self.account[key] for key in ("id", "username", "first_name", "last_name")}

    async def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        """Call REST as this person, whatever the answer."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._http.request(
            method,
            f"{self._url}/api/v1/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.access}", **headers},
        )

    async def get(self, path: str) -> Any:
        return await self._done("GET", path, None)

    async def post(self, path: str, body: JSON | None = None) -> Any:
        return await self._done("POST", path, body or {})

    async def patch(self, path: str, body: JSON) -> Any:
        return await self._done("PATCH", path, body)

    async def put(self, path: str, body: JSON) -> Any:
        return await self._done("PUT", path, body)

    async def delete(self, path: str) -> None:
        await self._done("DELETE", path, None)

    async def on_plain(self, resume: Cursors | None = None) -> PlainClient:
        return self._keep(await PlainClient.connect(self._url, self.access, resume))

    async def on_python(self, *transports: str, resume: Cursors | None = None) -> PythonClient:
        chosen = transports or ("polling", "websocket")
        return self._keep(await PythonClient.connect(self._url, self.access, chosen, resume))

    async def on_node(self, resume: Cursors | None = None, **options: Any) -> NodeClient:
        return self._keep(await NodeClient.connect(self._url, self.access, resume, **options))

    async def _done(self, method: str, path: str, body: JSON | None) -> Any:
        response = await self.call(method, path, body)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def _keep(self, client: C) -> C:
        self.clients.append(client)
        return client


class Town:
    """Makes people on one server, and sees them home."""

    def __init__(self, url: str, trust: ssl.SSLContext | None = None) -> None:
        self.url = url
        self.http = httpx.AsyncClient(timeout=20, verify=trust or True)
        self._people: list[Person] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        clients = [client for person in self._people for client in person.clients]
        await asyncio.gather(*(client.leave() for client in clients))
        await self.http.aclose()

    async def person(self, name: str) -> Person:
        """Register somebody, under a username nobody else has, and log them in."""
        username = f"{name}_{secrets.token_hex(4)}"
        account = await self._post(
            "register",
            {
                "username": username,
                "email": f"{username}@example.com",
                "password": PASSWORD,
                "first_name": name.title(),
                "last_name": "Tester",
            },
        )
        person = Person(self.http, self.url, account, await self.log_in(username))
        self._people.append(person)
        return person

    def visitor(self, person: Person) -> Person:
        """The same person, calling this server with the login they have."""
        tokens = {"access": person.access, "refresh": person.refresh}
        visitor = Person(self.http, self.url, person.account, tokens)
        self._people.append(visitor)
        return visitor

    async def people(self, *names: str) -> list[Person]:
        return list(await asyncio.gather(*(self.person(name) for name in names)))

    async def log_in(self, username: str) -> JSON:
        return await self._post("token", {"username": username, "password": PASSWORD})

    async def project(self, owner: Person, *members: Person, **fields: Any) -> JSON:
        """A project of `owner` with these members."""
        team = [{"user_id": member.id, "role": "member"} for member in members]
        project: JSON = await owner.post(
            "projects/", {"title": "Mobile App Development", "members": team, **fields}
        )
        return project

    async def _post(self, what: str, body: JSON) -> JSON:
        response = await self.http.post(f"{self.url}/api/v1/auth/{what}/", json=body)
        assert response.is_success, response.text
        answer: JSON = response.json()
        return answer


def refusal(response: httpx.Response) -> tuple[int, str]:
    """How a request was refused: the status and the code."""
    return response.status_code, response.json()["code"]


def place(person: Person, role: str) -> JSON:
    """Somebody's place on a team, as REST takes it."""
    return {"user_id": person.id, "role": role}


async def head(person: Person, project: JSON) -> int:
    """The seq of the project's last event."""
    seq: int = (await (await person.on_plain()).subscribe(project["id"]))["seq"]
    return seq


async def a_project(town: Town) -> tuple[Person, Person, JSON, str]:
    """Ada's project with Jane, and the path of its milestones."""
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    return ada, jane, project, f"projects/{project['id']}/milestones/"
