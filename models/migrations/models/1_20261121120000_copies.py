"""Copies in people's logs point at the event they tell of; events are found by their age."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

UP = """
ALTER TABLE "events" ADD COLUMN "origin_id" BIGINT;
CREATE INDEX IF NOT EXISTS "idx_events_created_d652bf" ON "events" ("created_at");
"""

DOWN = """
DROP INDEX IF EXISTS "idx_events_created_d652bf";
DELETE FROM "events" WHERE "origin_id" IS NOT NULL;
ALTER TABLE "events" DROP COLUMN "origin_id";
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UP


async def downgrade(db: BaseDBAsyncClient) -> str:
    return DOWN


MODELS_STATE = (
    "eJztXW1v27YW/iuEvywFPCNx3rreYYCTplu2Jhka925YO8i0RNtcJFKV6LrGbv/7PYeSbL"
    "1HSmLHdvUlkUgeinoOdcjnEUX/23KkxWy/c/GZCfVOzlqvyL8tQR0GB5m8NmlR113mYIKi"
    "Q1sXZlhKJ9GhrzxqKkgdUdtnkGQx3/S4q7gUWPZGMKLLEzkiEk48KZ02oT7hiszg32zCBB"
    "6b0nG4UszqkMFQWvMB4T5REzBgwmIes8hnzmYdvKolTbgsF+NVXOCj+CgGukKDW4syOuE7"
    "qNPCQ28OlXrslc4ypTsnXBBKXOb5UkCpwdRnnvEjt34a6OaQIaNeUBG3PgpoKB66nvyHmS"
    "psvZpQhc1UzLZ9QodyqjrkdmpOoOLgEj5ewqYmC65myzGhwiJCEkdiY7jyCd7YRwFFmeOq"
    "uc4fSI+PuRgQn84RDekzoiTcNbU0mlPBP02ZoeSYQas8wPTDhxa2GjN99qn1999wwAGjL8"
    "zHXDx174wRZ7aV6ETcQhOdbqi5q9PO+PhSqDe6LLpuaJjSnjpiWd6dq4kUCwMuFKaOmWAe"
    "BW9BmvKm2LPE1LbDLhh1tqDtyyJBK2M2FhvRqY39E62DBizTWoZxfdM3bi/6htHK9N3IIt"
    "bbwiRTCuz3HJ8CBGCMTfj+h2738PC0u3948vL46PT0+OX+Syir25vNOv0aNGaJVlCVxuzy"
    "58vrPjZIwsMVPHOY8FXbUEUDK+2MJfqRy5L4n0+ol49+VD6FP9xYGv8I7TIHRAlLDywDwj"
    "pc4NAvhs3EWE3g9OSoBN3/9t6d/9J7t3dy9CIJ8XWY09VZCPYSXHwOavXt0OD+zr0N4K6x"
    "fy8hj2JwFvf37y9f56Met0lBP51yq4OWW+iAEix1Vz480V3Zlb4aezpTY5QCVCNRI0BE5Z"
    "sAUSFA4MCbBffX25vrfHCj8ilwLQ4Tgv8Rm/vbGChKQEUksGbH9z/ZcTD3rnp/pnE+f3tz"
    "lu7QWMFZCnQTJjEAjkFVFvrXkKO4w/LhT1qmnRCadqKDp3HFOqckJZ7oX15d3PZ7V78n3P"
    "G617/AnK5OnadS905SLlpUQv647P9C8JT8dXN9kfbaolz/rxa2iU6VNIScGdSKAxklR0kJ"
    "Lwfz19yRoGwETpg9aBwOHbYpT9f6hmGc4Y/ucmeZAapZT7wBCsLH4jc21964hJZTYeaNHz"
    "lUc7v88DXqaVFqrAEenS2IUbIHAgJw30wFg27v9rz3+qKlkR5S825GPctIQI45sitTKYuy"
    "2Syn66RTqKBjjQ/eCDY7xP4NFUAvz6dAV71WjgyQyG+XSQEjXdIwddGKksB7F/nnbMKB28"
    "I0GVltwISBOQfSApkBuyYTYK/AyqXA4powM+naDA/nQImhd3kiqwc8ae0oBvSIvluUF5Bh"
    "y5loE18GfH3mcQWkv420Ggi5eadrgsYw6rSJQKmAzCiw+pH0dBbg9T0y+wLiXZVpPy/Xe1"
    "6yvZKJXDGtBo8JmCjUJoBJu/XxwP3dG32eJ0heWsxxpWLCnMOolhcmUyVKAyVfljXu2Lxi"
    "qOwRj4HrfYUioM1RJ3TonPh0xGz4x4RF6BhcFCiRI+5hSeFDgEO5cMwh3gUFsnHyaavOFR"
    "FRBcVMuN9GRNyc56ss2t2xHBZbPK6ExXdQIegeH1cYWaBU4dCi85J8dQTXZ57rhd2zKsop"
    "sx1EewWCraJq6mdRvnWobRertgurnRmwD7unJ4sQgidlQeP2qvf2bVaKDeJ+HXlrafEogW"
    "szmV+jb+W6Yq2jJb6+vBH2PLzuluhdIUSlcpd+d5w3CyqMWjGLXXrf1D04Oj16eXhytAhf"
    "i5SyGHavhBVNSx8pYL0Pq9kycPPUq7BbJsSrWKfaJOnqijlD5vkT7rZyGFkst13GxpxFuc"
    "pELFjcgXrRQlH6DzGpS02u5tEyER/mcFopghPuEYytbVytAcYmMKw8FvZk9eZSsLBGnY/9"
    "NU3DPiSCR1AYz/6uxc++FXL2qIjULl27Ydd6NRuVXx8VCB+Z1lrowMFJBTpwkB6jl3QAs1"
    "IzqfCBqksI4nbrG1sP9reAFHyGwIVXrx4NYhZrxHKjQ8K2zvXXOx/c3cl+bMit/hwljZop"
    "f87T1JCoFZOo2MTykTzq92VNWwZxVSqVfF7z2VS68zYEdVsJKreZr6RgrTx+ushsl9LTqF"
    "hlduor5iI/jHFIOMCByr+Hf9awvH/BwodUX2+Y5LqZpOKqHpVcGOzga6Xu/n6Vl3j7+8Uv"
    "8TAvObWItyyDc599KejAKbM1MvdVcfayafjFn/3ytyGLWfjbm+ufo+LpVyQp4CH2IIvJ50"
    "cFqMdsypjRTr2LQmKTwi4K6XX1j7hd80q0wvvl4kBb+G55lc++y4SFiKwl3D69bNdoTE8w"
    "WWg0pm9bY5q61gO9nrRsvL4pXs/5bCZsfaMsNjrYxio2VXSw5xFtIuxzJJuYW4oFm/DOKs"
    "o1f+CnI5QoRh0yk96dT6TokNcIBsCM7/x9OVKvyCDAB+PvgEw41IIbREyF4jYeQDkPZSKP"
    "WVlhZ0XXeMQ3K43c08g9jdzTyD1V5Z4tYdgQ6flntq0Ee8KoDVXXAHlpsUaQ8TJwP3fbCn"
    "Mjv7WeXH7zVG01OGn1LevBjZb+cOwaUbLViJKNPNWIko3X64qSS7GhrteTlk/g9e0Zgjbc"
    "ycGzXWPThpjElvwMJ9kfzkLjN7+9YzYtINK53/1s2fNeJJ8mnpzkkrBHIBVfgbYrQK1SGr"
    "4F+hW0MyMNR1ntMmnYDwrV2C7ZluNo2w1zAreJq/M8NoIHdEKUvGPCDzYfGrIxFWTGFW4R"
    "7FLfn0kvRwl+fJW4CxKOR9pesBluGpKwJnuD8Nz4R/HBC71DiJRWh/TgUrbFPL0zs76EKR"
    "3mE/SN3p0Z+iLw7o9CerjLMWeW3lyJK8KEFXz7NptACRLCSPbevTknP5ziBzJHnYOjTvdF"
    "5aWJ0YLReisSizcbffptRu+Xqls/jqbCxN5C9JXwz9FPzyD53bvvaMnHbsuuUgfulFmzvW"
    "vDo3Z8Rl2FR7EvLofaHuD1pOUOen1LvFw4pU64GTcrfIiTY3YNadpkDzdfrDXbfmzAGp0N"
    "/arqVm+p2sojYUFOu5SD6TIVKVgfOMcE5gvBR1G4c+p3PhKoDrlUPpzPgo1eOf6WCvAZ3A"
    "nRjzaCjf8GTbhXBxAo5mVZ2cqu0uwquznb0RVzIHR9jpBTss9lZLEzr4G/nZ1k9ZCRE7qi"
    "oaQ4cGE0rrlDURtiAUQUMPzMTUaoacqpUGRvwH0jTBy8CKQYdzq0uT+BwILbU1MhMWBoaQ"
    "amjcV7FT3pFZoFhZu1oBB7nD6uMQ7EbXZuLDg4rrKoEEoVLwc6ziwqZA7ldh2IFwY7h2/3"
    "uMpgC6VKNtrN7P4aSdfGhPq1VrdlDHdxmexqtjb2fGXUjRxJqx1YJLuG2GHTBwCdMGpwro"
    "IzzmYUHY1ypulS2oyKgolGzCwF9BDsVoX0ImW9MtvZzc3bhMJ2dple2v3+6uwCwNfQQyGu"
    "YhP0NN7B7PEBiC8NG8zrYb5cv14P8qXdGhGPpilbC3jzkq44pO/WS7oHLYjK+5WYh6/1yf"
    "4+zZZ1iWoro5pFZFWhiq9FejhOsWVPuwLSKtW/HvO4OWnl6H9hTrtMAaTLMvdJgMUwNCLb"
    "ZolshV+QFBO44k9IGkmiQJLAh6oGwmHxHUT3oNJ30Qcl30UfZL+LhivCzCJnGlv8o0Axk+"
    "Znr2v+LNCzvsr6+n9DnxU1"
)
