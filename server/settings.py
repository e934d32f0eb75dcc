"""Everything that can be set, and the only reader of the environment."""

import hashlib
import secrets
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIN_SECRET = 32
"""Characters; HS256 wants a key as long as its hash (RFC 7518, 3.2)."""


def house_of(secret: str) -> str:
    """Not secret, and nothing can be learnt from it about the secret."""
    return hashlib.blake2s(secret.encode(), digest_size=8, person=b"roomcast").hexdigest()


class Settings(BaseSettings):
    """`ROOMCAST_*`. Times are in seconds, sizes in bytes. The README's table is made from this."""

    model_config = SettingsConfigDict(env_prefix="ROOMCAST_", extra="ignore", frozen=True)

    database_url: str = Field(
        "",
        pattern=r"^$|^postgres(ql)?://|^sqlite://",
        description="`postgres://USER:PASSWORD@HOST:PORT/NAME`; empty: SQLite in the data folder",
    )
    redis_url: str = Field(
        "",
        description="`redis://HOST:PORT/DB`, where servers call each other and count together; "
        "empty: one server alone",
    )
    data_dir: Path = Field(Path("data"), description="where SQLite and the made secret are kept")
    secret: SecretStr = Field(
        SecretStr(""),
        description="signs the tokens, 32 characters at least; made and kept where the database "
        "is SQLite, demanded otherwise",
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")
    cors_origins: Annotated[list[str], NoDecode] = Field(
        ["http://localhost:3000", "http://localhost:5173"],
        description="origins of the web apps that may call from a browser, separated by commas",
    )
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="least level logged"
    )

    access_token_lifetime: int = Field(900, ge=1, description="how long an access token is good")
    refresh_token_lifetime: int = Field(
        1_209_600, ge=1, description="how long a refresh token is good"
    )

    ping_interval: float = Field(25, gt=0, description="a connection is pinged this often")
    ping_timeout: float = Field(
        35, gt=0, description="and closed when it is silent this long after"
    )
    connect_timeout: float = Field(
        10, gt=0, description="a Socket.IO client must send CONNECT in this time"
    )
    max_message_bytes: int = Field(
        1_048_576, ge=1024, description="a larger message closes the connection (1009)"
    )
    advised_message_bytes: int = Field(
        10_240, ge=1, description="larger messages are counted in /metrics"
    )
    max_buffered_bytes: int = Field(
        1_048_576,
        ge=1024,
        description="a client for whom more waits unread is cut (`slow_consumer`), and may resume",
    )
    max_connections: int = Field(1000, ge=1, description="connections a server")
    max_connections_per_project: int = Field(
        100, ge=1, description="connections that watch one project, over all servers"
    )
    max_connections_per_user: int = Field(
        20, ge=1, description="connections a user, over all servers"
    )
    messages_per_second: int = Field(
        30, ge=1, description="messages a user may send over sockets, over all servers, sustained"
    )
    message_burst: int = Field(60, ge=1, description="and at once")
    notifications_per_window: int = Field(
        10, ge=1, description="`notification_received` a user and window; the rest is folded"
    )
    notification_window: int = Field(60, ge=1, description="that window")

    heads_interval: float = Field(
        0.5, gt=0, description="how often rooms are compared with the log"
    )
    replay_limit: int = Field(
        1000, ge=1, description="missed events that are replayed; beyond: `resync`"
    )
    event_retention: int = Field(
        2_592_000, ge=1, description="how long events are kept for replays: 30 days"
    )
    shutdown_timeout: int = Field(10, ge=1, description="how long a stop waits for requests")

    @model_validator(mode="before")
    @classmethod
    def _split_origins(cls, values: dict[str, object]) -> dict[str, object]:
        origins = values.get("cors_origins")
        if isinstance(origins, str):
            values["cors_origins"] = [part.strip() for part in origins.split(",") if part.strip()]
        return values

    @model_validator(mode="after")
    def _demand_a_secret(self) -> Self:
        length = len(self.secret.get_secret_value())
        if 0 < length < MIN_SECRET or (length == 0 and not self.embedded):
            raise ValueError(
                f"ROOMCAST_SECRET must be set to at least {MIN_SECRET} characters, the same on "
                "every server. Make one with: openssl rand -hex 32"
            )
        return self

    @property
    def embedded(self) -> bool:
        """One process with SQLite in the data folder, and nothing to install or to configure."""
        return not self.database_url

    @property
    def database(self) -> str:
        """The database's URL, the embedded one included."""
        return self.database_url or f"sqlite://{self.data_dir.resolve() / 'roomcast.db'}"

    @property
    def url(self) -> str:
        """Where a person on this machine finds the server."""
        here = self.host in ("127.0.0.1", "0.0.0.0")  # noqa: S104 - compared, not listened on
        return f"http://{'localhost' if here else self.host}:{self.port}"

    @property
    def redis_prefix(self) -> str:
        """What every name in Redis begins with: one for each house, the same on all its servers."""
        return f"roomcast:{house_of(self.signing_key())}:"

    def signing_key(self) -> str:
        """The secret; the embedded start makes one and keeps it beside its database."""
        if given := self.secret.get_secret_value():
            return given
        path = self.data_dir / "secret.key"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(32))
            draft.rename(path)  # whole or not at all
        return path.read_text()
