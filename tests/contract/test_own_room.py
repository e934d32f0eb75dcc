"""Into one's own room with the head that was read as the login was asked for."""

from datetime import timedelta

import pytest

from actions.accounts import create_user
from actions.projects import NewProject, create_project
from actions.sessions import end_session, start_session
from models.refusals import Unauthenticated
from models.user import Session
from rooms.follow import Entry
from server.auth import Login, Tokens
from server.sockets.desk import Desk
from server.sockets.handlers.resume import enter_own_room
from tests.support.ear import Ear
from tests.support.house import House

pytestmark = pytest.mark.usefixtures("database")

TOKENS = Tokens("k" * 32, access_lifetime=900, refresh_lifetime=900)


class Guest(Ear):
    """A socket that may be told to go."""

    told = ""

    def close(self, code: str, message: str) -> None:  # noqa: ARG002
        self.told = code
        self.closed = True


class Home:
    """Ada's login, and the server that she comes to."""

    def __init__(self, house: House, session: Session) -> None:
        self.house, self.session = house, session

    async def logs_in(self) -> Login:
        return await TOKENS.log_in(TOKENS.access(self.session))

    async def logs_out(self) -> None:
        await end_session(self.session.id, self.house.owner.id)

    async def enters(self, ear: Ear, entry: Entry | None = None) -> None:
        desk = Desk(self.house.doorkeeper, TOKENS)
        ear.session_id = self.session.id
        await enter_own_room(desk, ear, None, ear.answer, entry=entry)  # type: ignore[arg-type] # without a wire


@pytest.fixture
async def home() -> Home:
    ada = await create_user(username="ada", email="ada@example.com", password_hash="-")
    project = await create_project(ada, NewProject(title="Launch"))
    return Home(House(ada, project.id), await start_session(ada, timedelta(days=1)))


async def test_a_login_that_ends_after_it_was_asked_for_is_ended(home: Home) -> None:
    ear, login = Guest(home.house.owner.id), await home.logs_in()
    await home.logs_out()
    async with home.house.comparing():
        await home.enters(ear, Entry(login.user.head))
        await ear.is_sent_away()
    assert ear.told == "logged_out"
    assert [frame["seq"] for frame in ear.acks()] == [login.user.head]


async def test_a_login_that_has_ended_opens_nothing(home: Home) -> None:
    await home.logs_out()
    with pytest.raises(Unauthenticated):
        await home.logs_in()
    with pytest.raises(Unauthenticated):
        await home.enters(Ear(home.house.owner.id))


async def test_another_persons_session_is_none_of_ours(home: Home) -> None:
    jane = await create_user(username="jane", email="jane@example.com", password_hash="-")
    home.session.user_id = jane.id
    with pytest.raises(Unauthenticated):
        await home.logs_in()


async def test_a_closed_account_opens_nothing(home: Home) -> None:
    home.house.owner.is_active = False
    await home.house.owner.save()
    with pytest.raises(Unauthenticated):
        await home.logs_in()
    with pytest.raises(Unauthenticated):
        await TOKENS.authenticate(TOKENS.access(home.session))
