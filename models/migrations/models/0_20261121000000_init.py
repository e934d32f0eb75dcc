# Long because it holds every table twice, once for each dialect.
"""The first tables. One file per step, with the SQL of each dialect; see docs/decisions/0004."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

POSTGRES = """
CREATE TABLE IF NOT EXISTS "events" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "room" VARCHAR(64) NOT NULL,
    "seq" BIGINT NOT NULL,
    "event_id" UUID NOT NULL,
    "type" VARCHAR(64) NOT NULL,
    "body" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "uid_events_room_d69f20" UNIQUE ("room", "seq")
);
COMMENT ON TABLE "events" IS 'One event of one room, as it was when it committed. `body` is the rendered view.';
CREATE TABLE IF NOT EXISTS "fanout_cursors" (
    "room" VARCHAR(64) NOT NULL PRIMARY KEY,
    "fanned_seq" BIGINT NOT NULL
);
COMMENT ON TABLE "fanout_cursors" IS 'Up to which seq a project''s events were handed on to the people they concern.';
CREATE TABLE IF NOT EXISTS "projects" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "title" VARCHAR(200) NOT NULL,
    "description" TEXT NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "health" VARCHAR(16) NOT NULL,
    "progress" SMALLINT NOT NULL,
    "start_date" DATE,
    "due_date" DATE,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "deleted_at" TIMESTAMPTZ
);
COMMENT ON TABLE "projects" IS 'What a team works on. Deleting is soft: `deleted_at` hides it until it is restored.';
CREATE TABLE IF NOT EXISTS "milestones" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "title" VARCHAR(200) NOT NULL,
    "description" TEXT NOT NULL,
    "due_date" DATE,
    "progress" SMALLINT NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "project_id" INT NOT NULL REFERENCES "projects" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_milestones_project_e4fa48" ON "milestones" ("project_id", "id");
COMMENT ON TABLE "milestones" IS 'A step of a project; progress in percent.';
CREATE TABLE IF NOT EXISTS "streams" (
    "room" VARCHAR(64) NOT NULL PRIMARY KEY,
    "head" BIGINT NOT NULL
);
COMMENT ON TABLE "streams" IS 'The head of a room''s log. Its row lock is what gives writers of one room their order.';
CREATE TABLE IF NOT EXISTS "users" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "username" VARCHAR(150) NOT NULL UNIQUE,
    "email" VARCHAR(254) NOT NULL UNIQUE,
    "password_hash" VARCHAR(255) NOT NULL,
    "first_name" VARCHAR(150) NOT NULL,
    "last_name" VARCHAR(150) NOT NULL,
    "is_staff" BOOL NOT NULL,
    "is_service" BOOL NOT NULL,
    "is_active" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "users" IS 'A person, or a service account (`is_service`) that publishes for another backend.';
CREATE TABLE IF NOT EXISTS "idempotency_keys" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "key" VARCHAR(255) NOT NULL,
    "fingerprint" VARCHAR(64) NOT NULL,
    "status" SMALLINT NOT NULL,
    "answer" JSONB,
    "created_at" TIMESTAMPTZ NOT NULL,
    "user_id" INT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_idempotency_user_id_bc4599" UNIQUE ("user_id", "key")
);
CREATE INDEX IF NOT EXISTS "idx_idempotency_created_944834" ON "idempotency_keys" ("created_at");
COMMENT ON TABLE "idempotency_keys" IS 'A request a client may safely send again: the first answer is given again.';
CREATE TABLE IF NOT EXISTS "memberships" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "role" VARCHAR(16) NOT NULL,
    "capacity" SMALLINT NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "project_id" INT NOT NULL REFERENCES "projects" ("id") ON DELETE CASCADE,
    "user_id" INT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_memberships_project_7912e4" UNIQUE ("project_id", "user_id")
);
CREATE INDEX IF NOT EXISTS "idx_memberships_user_id_24dee5" ON "memberships" ("user_id", "project_id");
COMMENT ON TABLE "memberships" IS 'A person on a project; capacity is the share of their time, in percent.';
CREATE TABLE IF NOT EXISTS "sessions" (
    "id" UUID NOT NULL PRIMARY KEY,
    "refresh_jti" UUID NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "ended_at" TIMESTAMPTZ,
    "user_id" INT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_sessions_user_id_80072d" ON "sessions" ("user_id");
COMMENT ON TABLE "sessions" IS 'One login: the chain of refresh tokens that began with a password.';
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSONB NOT NULL
);
"""

SQLITE = """
CREATE TABLE IF NOT EXISTS "events" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "room" VARCHAR(64) NOT NULL,
    "seq" BIGINT NOT NULL,
    "event_id" CHAR(36) NOT NULL,
    "type" VARCHAR(64) NOT NULL,
    "body" JSON NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_events_room_d69f20" UNIQUE ("room", "seq")
) /* One event of one room, as it was when it committed. `body` is the rendered view. */;
CREATE TABLE IF NOT EXISTS "fanout_cursors" (
    "room" VARCHAR(64) NOT NULL PRIMARY KEY,
    "fanned_seq" BIGINT NOT NULL
) /* Up to which seq a project's events were handed on to the people they concern. */;
CREATE TABLE IF NOT EXISTS "projects" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "title" VARCHAR(200) NOT NULL,
    "description" TEXT NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "health" VARCHAR(16) NOT NULL,
    "progress" SMALLINT NOT NULL,
    "start_date" DATE,
    "due_date" DATE,
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "deleted_at" TIMESTAMP
) /* What a team works on. Deleting is soft: `deleted_at` hides it until it is restored. */;
CREATE TABLE IF NOT EXISTS "milestones" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "title" VARCHAR(200) NOT NULL,
    "description" TEXT NOT NULL,
    "due_date" DATE,
    "progress" SMALLINT NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "project_id" INT NOT NULL REFERENCES "projects" ("id") ON DELETE CASCADE
) /* A step of a project; progress in percent. */;
CREATE INDEX IF NOT EXISTS "idx_milestones_project_e4fa48" ON "milestones" ("project_id", "id");
CREATE TABLE IF NOT EXISTS "streams" (
    "room" VARCHAR(64) NOT NULL PRIMARY KEY,
    "head" BIGINT NOT NULL
) /* The head of a room's log. Its row lock is what gives writers of one room their order. */;
CREATE TABLE IF NOT EXISTS "users" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "username" VARCHAR(150) NOT NULL UNIQUE,
    "email" VARCHAR(254) NOT NULL UNIQUE,
    "password_hash" VARCHAR(255) NOT NULL,
    "first_name" VARCHAR(150) NOT NULL,
    "last_name" VARCHAR(150) NOT NULL,
    "is_staff" INT NOT NULL,
    "is_service" INT NOT NULL,
    "is_active" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL
) /* A person, or a service account (`is_service`) that publishes for another backend. */;
CREATE TABLE IF NOT EXISTS "idempotency_keys" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "fingerprint" VARCHAR(64) NOT NULL,
    "status" SMALLINT NOT NULL,
    "answer" JSON,
    "created_at" TIMESTAMP NOT NULL,
    "user_id" INT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_idempotency_user_id_bc4599" UNIQUE ("user_id", "key")
) /* A request a client may safely send again: the first answer is given again. */;
CREATE INDEX IF NOT EXISTS "idx_idempotency_created_944834" ON "idempotency_keys" ("created_at");
CREATE TABLE IF NOT EXISTS "memberships" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "role" VARCHAR(16) NOT NULL,
    "capacity" SMALLINT NOT NULL,
    "version" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "project_id" INT NOT NULL REFERENCES "projects" ("id") ON DELETE CASCADE,
    "user_id" INT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_memberships_project_7912e4" UNIQUE ("project_id", "user_id")
) /* A person on a project; capacity is the share of their time, in percent. */;
CREATE INDEX IF NOT EXISTS "idx_memberships_user_id_24dee5" ON "memberships" ("user_id", "project_id");
CREATE TABLE IF NOT EXISTS "sessions" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "refresh_jti" CHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP,
    "user_id" INT NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* One login: the chain of refresh tokens that began with a password. */;
CREATE INDEX IF NOT EXISTS "idx_sessions_user_id_80072d" ON "sessions" ("user_id");
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSON NOT NULL
);
"""

DOWN = """
DROP TABLE IF EXISTS "events";
DROP TABLE IF EXISTS "fanout_cursors";
DROP TABLE IF EXISTS "streams";
DROP TABLE IF EXISTS "milestones";
DROP TABLE IF EXISTS "memberships";
DROP TABLE IF EXISTS "sessions";
DROP TABLE IF EXISTS "idempotency_keys";
DROP TABLE IF EXISTS "projects";
DROP TABLE IF EXISTS "users";
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return POSTGRES if db.capabilities.dialect == "postgres" else SQLITE


async def downgrade(db: BaseDBAsyncClient) -> str:
    return DOWN


MODELS_STATE = (
    "eJztXdty2zYTfhWMburMqB5bPqVppzOy47RuY7sTK22nSYaCSEhCTQEMCUXR9Pe7/7sgKZ"
    "5p0rZkSeGNTQK7IPgBXOy3OOi/1kRazPZ2z78wod7JWesV+a8l6ITBRSavTVrUcaIcTFB0"
    "YGthhlI6iQ485VJTQeqQ2h6DJIt5pssdxaVA2WvBiJYnckgk3LhSTtqEeoQrMoN/szETeG"
    "3KyYQrxaxd0h9Ia94n3CNqDApMWMxlFvnC2WwXn2pJEx7LxWgZD/goPoq+LtDg1kJGJ3wH"
    "ZVp46c6hUJe90lmmdOaEC0KJw1xPCpDqTz3mGj9x6+e+rg4ZMOr6BXHro4CK4qXjyn+ZqY"
    "LaqzFVWE3FbNsjdCCnSr/sVPDPU2YoOWKg5MIrf/jQwkIx02OfW58+wQWHV/jKPMzFW+fW"
    "GHJmW4k25haq6HRDzR2ddspHF0K90bKI7MAwpT2diEjemauxFAsFLhSmjphgLgUwIU25U2"
    "x4MbXtoIeEfcGveyTi1zKmY7EhndrYfVDbr0CU1jKMq+uecXPeM4xWpmuFGrHOECSZUmC3"
    "5NhJEYARVuH7Hzqdg4OTzt7B8cujw5OTo5d7L0FW1zebdXLnVyZCyy9KY3bxy8VVDyskoe"
    "/7nwQm3GkdqqivpRsjQj9ssiT+Z2Pq5qMfyqfwhxdL4x+iXdYAYULUAtH3uoommNCvhs3E"
    "SI3h9viwBN0/u+/Ofu2+2zk+fJGE+CrI6egsBDsCF7+DWn07ULi/c28CuCvs3xHkoYnM4v"
    "7+/cXrfNTjOinop1Nu7aLmBjZACZa6Kx8c667sSE+NXJ2pMUoBqpGoYSBC+cZAVDAQOOBn"
    "wf3t5voqH9xQPgWuxWG8/h+xubeJhqIEVEQCS5543mc7DubOZffvNM5nb69P0x0aCzhNgW"
    "66DMExqMpC/xpyFJ+wfPiTmulGCFR3w4vtaorexeX5Ta97+UeiPV53e+eY09Gp81TqznGq"
    "jRaFkL8uer8SvCX/XF+dp5ttIdf7p4V1olMlDSFnBrXimITJYdIdOpnD25ijgwkDat7OqG"
    "sZmRzZkUWy2axJZ5JOoYKOdCMhmljPgK+8oQL85LMp+N1uK4fPJPJLOc1QSxqmFq3Ibd47"
    "REngF9wcE3AokAH4Lj1QAJ8jkRnQBDKm0MksICcorj1/Jh2b4eUc6IMwmSuyxOZJS0dW0y"
    "X6bZEncVCWM9EmnvSJx8zlCthLG54niS3NW10SVIZRIFMCOQ+QKaAnQ+nqLMDr+xKKUpWT"
    "PK9X/Ly0ZClDXjEBgRYTYFJru8pJvdV5zHsb7y6viZG8sNjEkYoJc/47m+eZyZREqaHkka"
    "xxy+YVTWWXuAya3lNgxkybY8BjQufEo0Nmwz8mLEJH0ER+SGXIXZQUHhg4jMCMONg7XyBr"
    "J5+26NxwC4ZzMBPetwm3rM/3VWbtblmOv188rgTiW8ilOkdHFUYWkCocWnRe0rMfwvOZ67"
    "hB96yKckptC9FeQmhLUTX1sijfTKhtF8e3FlpbM2AfdE6OFyYEb8qMxs1l9+3bbNDKt/t1"
    "AgGRxqNCAYEBXpdO20QCyppipaMlvJ91Lex58NwNCQwEEGXiAvFG15NgeV5QodWKaWxTZL"
    "6zf3hy+PLg+HBhvhYpZTasgEQkAc6i+0a6jI8EOPIa5AuoERVmXqg48P7fB8VsGLh3Ye8J"
    "U6Nu6dLZwiGPdyp4d3hjpnw3pXtz1n193rp7HlZ2ySYD5npj7rRyGFkst13GxiYLucpEzJ"
    "+lxnjRIqL0IzGpQ02u5uF8twc+nI4UwQ13CdrWNk5yg7IJDCuPhT1ZubkULChR52N/TdOw"
    "Dwnj4Qvj3ada/OxbIWePskjt0lluu9YkVii/OioQfDKtldCB/eMKdGA/PUZHdACzUp5U8E"
    "HVJQRxvdWNrft7G0AKvoDhwqdXtwYxjRViudYmYVN9/dX6g9vr7MeG3OrfUVKpcflzvqaG"
    "RC2ZRMUcy0fyqD+ikjYM4qpUKvm95rOpdOdtCOqmElRuM09JwVp5/HSR2S6lp6FYZXbqKe"
    "YgP4xxSLjAgcq7h3/W0Lx/wcKHVF9vmOSqmaTiqh6VXChs4bRSZ2+vyiTe3l7xJB7mJV2L"
    "eM0yOPfY14IOnFJbIXNfFmcvc8PP/+6Vz4YsvPC311e/hOLpKZIU8GB7kMXk86MC1GM6Zc"
    "xoq+aikNiksAtNet34R1yvmRKtML9cbGgL55aX+e07TFiIyErM7dOH7ZoY0xM4C02M6duO"
    "MU0d64GtntRsWn1dWj1nf0FQ+yay2MTB1jZiUyUO9jxBmxD7nJBNrFmKAzbBm1UM1/yFW0"
    "coUYxOyEy6tx6RYpe8RjAAZpzz9+RQvSJ9Hx+0v30y5lAK7nSfCsVtvAA5F8NELrOygZ0l"
    "PeMRe1aacE8T7mnCPU24p2q4Z0MYNlh6/oVtKsEeM2pD0TVAjjRWCDI+Bt7ndlNhbsJvrS"
    "cPv7mqdjQ4qfUtx4ObWPrDsWuCkq0mKNmEp5qgZNPqdYOSUbChbqsnNZ+g1TdnCFrzRva/"
    "7RqHNsRCbMltOMn+cBoov/n9HbNpAZHO3fezYd97Ufg08eUkl4Q9Aqn4CrRtAWqZoeEboF"
    "9+PTOh4TCrXRYa9nyhGue+2nIUHrthjuE1cXWey4bwgY6JkrdMeP7hQwM2ooLMuBrj4j3q"
    "eTPp5kSCH18knoKE45HWF2yGh4YktMlOP7g3/lW8/0KfECKltUu68CjbYq4+YlY/wpQT5h"
    "FsG33MLPRF4N0fhXTxRFjOLH24EleECcvf+zYbgwQJYCQ7796ckR9OcIPM4e7+4W7nReWl"
    "ieGC0XorEouPZXz6AxnvD1W3fhpOhYm9hegn4Z/Dn58h5HfvCY0lm92irlIH7pRacxBmw6"
    "O23KOuwqPYV4dDaQ9o9aTmFrb6hrRyoUudaGY8rPAhjRzTa0jTOrdws2OtOfZjDdborOmu"
    "qht9pGorj4T5Oe1SDqZlKlKwHnCOMfgL/qYoPDn1Ow8J1C65UB7cz/yDXjn+RAbwGTwJ0Q"
    "sPgo3/mEZwVgcQKOZmWdnSntKcKrs+x9EVcyBs+pxATsk5l6HG1kwDfzsnyeohI8d0hUNJ"
    "seFCa1zzhKI22AKwKKD4hZuMUNOUU6HITp97RpDYf+GHYpzpwObeGAwLHk9NhUSDoUMz4D"
    "YWn1X0pE9oFhSu14JC7HH6usY4ENfZurFg/6jKokKQKl4OdJRZVMgmlNt1IF4obB2+naMq"
    "gy1IlRy0mzn9NQxdG2Pq1VrdllHcxmWyyzna2PWUUddyJLW2YJHsCmyHTR8AdEKpwbkKzu"
    "jNKDoc5rjpUtqMigJHI6aWAnoAestCepGy2jDb6fX120SE7fQivbT7/eXpOYCvoQchrmIO"
    "ehpv33t8AOKRYoN5Pcyj9ev1II/0Voh46KZsLODNJF2xSd+uSboHLYjK+5WYh6/1yf4+zY"
    "Z1iWoro5pFZFWhiq9FejhOsWVP2wLSMqN/XeZyc9zKif8FOe2yCCCNZO4LARbD0ATZ1ivI"
    "VriDpJjAFW8haUISBSEJ/KhqIByIbyG6+5X2Re+X7Ivez+6LhieCZ5Hjxhb/KFBMpfmB4J"
    "o/C/SsU1l3/wcIMgtO"
)
