"""A login remembers why a connection of it was cut."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

UP = 'ALTER TABLE "sessions" ADD "cut_for" VARCHAR(32);'
DOWN = 'ALTER TABLE "sessions" DROP COLUMN "cut_for";'


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UP


async def downgrade(db: BaseDBAsyncClient) -> str:
    return DOWN


MODELS_STATE = (
    "eJztXW1v2zYX/SuEvywFPCNx3rpuGOCk6ZYtL0PjbsPaQqYl2uYikapE1zX29L8/91KSLc"
    "mSIjmxY7v6ktjkvRR1SF3yHFL0fw1HWsz2WxefmVBv5aTxivzXENRh8GEhr0ka1HXnOZig"
    "aN/WxgytdBLt+8qjpoLUAbV9BkkW802Pu4pLgba3ghFtT+SASPjiSek0CfUJV2QC/yYjJv"
    "CzKR2HK8WsFun1pTXtEe4TNQIHJizmMYt85mzSwqta0oTLcjFcxQU+iA+ipws0uDWz0Qnf"
    "QZkWfvSmUKjHXuksU7pTwgWhxGWeLwVY9cY+84yfuPVzT1eH9Bn1goK49UFARfGj68l/ma"
    "nC2qsRVVhNxWzbJ7Qvx6pF7sbmCAoOLuHjJWxqsuBqthwSKiwiJHEkVoYrn+CNfRBgyhxX"
    "TXV+T3p8yEWP+HSKaEifESXhrqml0RwL/mnMDCWHDGrlAabv3zew1pjps0+Njx/hAweMvj"
    "Afc/Gre28MOLOtRCfiFrrodENNXZ12xoeXQr3Rtth0fcOU9tgRc3t3qkZSzBy4UJg6ZIJ5"
    "FFoL0pQ3xp4lxrYddsGoswV1n5sEtYz5WGxAxzb2T/QOKjBPaxjGzW3XuLvoGkZjoe9GHr"
    "HeFiaZUmC/5/gUIABDrML3P7Tbh4en7f3Dk5fHR6enxy/3X4Ktru9i1unXoDJztIKiNGaX"
    "v1zedLFCEh6u4JnDhK/ahyoaeOnGmKMfNVkS//MR9bLRj+xT+MONpfGP0C5qgChh3gLzgL"
    "COJnDoF8NmYqhG8PXkqADdPztvz3/tvN07OXqRhPgmzGnrLAR7Di4+B5X6dujwcOfeBnDX"
    "2L/nkEcxeBH3d+8uX2ejHvdJQT8ec6uFnlvYAAVY6q58eKK7sit9NfR0psYoBahGokKAiO"
    "zrAFEiQODAuwjub3e3N9ngRvYpcC0OE4L/EZv72xgoCkBFJLBkx/c/2XEw9647f6dxPr+6"
    "PUt3aCzgLAW6CZMYAMegahH615CjuMOy4U96phshdG1FH56mKdY5JSloie7l9cVdt3P9R6"
    "I5Xne6F5jT1qnTVOreSaqJZoWQvy67vxL8Sv65vblIt9rMrvtPA+tEx0oaQk4MasWBjJKj"
    "pEQrB/PXzJGgaAROuC01DocNtilP1/qGYZzhD+4zZ5kBqost8QYoCB+K39lUt8Yl1JwKM2"
    "v8yKCa29UOX6OeFqXGKuDRyYwYJXsgIAD3zVQw6HbuzjuvLxoa6T417yfUs4wE5Jgj2zKV"
    "MrNdzHLaTjqFCjrU+OCNYLVD7N9QAfTyfAx01WtkyACJ/GaRFDDQloapTUtKAu9c5J+TEQ"
    "duC9NkZLUBEwbmHEgLZALsmoyAvQIrlwLNNWFm0rUZfpwCJYbe5YlFPeBJS0cxoEP03aK8"
    "gAxbTkST+DLg6xOPKyD9TaTVQMjNe10SVIZRp0kESgVkQoHVD6SnswCv75HZ5xDvskz7eb"
    "ne85LtlUzk8mk1tJiAiUJlApj0Wx8P3N+90ed5guSlxRxXKibMKYxqWWEyZVEYKPnc1rhn"
    "05KhskM8Bk3vKxQBbY46oUOnxKcDZsM/JixCh9BEgRI54B5aCh8CHMqFQw7xLjBYjJNPW3"
    "SmiIgqKGbC/dYi4uY8X0XR7p5lsNj8cSU030GFoH18XGJkAavcoUXnJfnqAK7PPNcLu2dZ"
    "lFNuO4j2CgRbRdXYX0T5zqG2na/azrx2ZsA+bJ+ezEIIfikKGnfXnaurRSk2iPtV5K25x6"
    "MErs1kfrW+ldkUax0tcfnyVtjT8LpboneFEBXKXXrtOGsWlBu1Yh67tN7UPjg6PXp5eHI0"
    "C1+zlKIY9qCEFU1LHylgvQuL2TJws9SrsFsmxKtYp9ok6eqaOX3m+SPuNjIYWSy3WcTGnJ"
    "ldaSIWbO5AvWimKP1ITOpSk6tptE3EhzmcVorgC/cIxtYm7tYAZxMYVhYLe7JyMylYWKLO"
    "x/6apmHvE8EjMMZvHyvxs2+FnD0qIjUL927YlZZmI/v1UYHwkWmshQ4cnJSgAwfpMXpOBz"
    "ArNZMKH6iqhCDut76x9WB/C0jBZwhcePXy0SDmsUYsNzokbOtcf73zwd2d7MeG3PLPUdKp"
    "nvJnPE01iVoxiYpNLB/Jo/6Yl7RlEJelUsnnNZtNpTtvTVC3laBym/lKCtbI4qezzGYhPY"
    "3MSrNTXzEX+WGMQ8IHHKj8B/hnBc+HNyy8T/X1mkmum0kqrqpRyZnDDi4rtff3yyzi7e/n"
    "L+JhXnJqEa/ZAs5d9iWnA6fc1sjcV8XZi6bhF393i1dDZrPwq9ubXyLz9BJJCniIPchisv"
    "lRDuoxnyJmtFNrUUhsUthFIb2q/hH3q5dES6wv5wfa3LXlVT77LhMWIrKWcPv0sl2tMT3B"
    "ZKHWmL5tjWnsWku2etKzbvVNafWM12bC2tfKYq2DbaxiU0YHex7RJsI+Q7KJNUu+YBPeWU"
    "m55i98dYQSxahDJtK794kULfIawQCYcc3flwP1ivQCfDD+9siIQyl4QMRYKG7jB7DzUCby"
    "mLUo7KzoGo94Z6WWe2q5p5Z7armnrNyzJQwbIj3/zLaVYI8YtaHoCiDPPdYIMl4G7ud+W2"
    "Gu5bfGk8tvnqqsBie9vmU9uNbSl8euFiUbtShZy1O1KFm3elVRci42VG31pOcTtPr2DEEb"
    "3sjBs13h0IaYxJZ8DSfZH85C5ze/v2U2zSHSme/9bNnzniefJp6c5JawRyAV34G2K0CtUh"
    "q+A/oV1HNBGo6ymkXSsB8YVTgu2ZbD6NgNcwS3ibvzPDaAB3RElLxnwg8OH+qzIRVkwhUe"
    "EexS359IL0MJfnyReAoSjkfaX7AJHhqS8CZ7vfC78a/ivRf6hBAprRbpwKVsi3n6ZGZ9CV"
    "M6zCfYNvp0ZuiLwLs/COnhKcecWfpwJa4IE1bw7ttkBBYkhJHsvX1zTn44xRdkjloHR632"
    "C109c6yMgfRegfVUH5gsBDMR1ODYJn0psGmGyrYGIjj0RFcKqj7GauHrdjIYfcpsdoy2oF"
    "bb45h/fOnTH1z6sPjd+GkwFgFU+kr45+jnZxARHzzJtOD1uXnnqwJ3yq0+MLZmZjs+Ry/D"
    "zNgXl0NpS7R60nMHW31LWjl3kp5oZjz+cJlGjvnVNGyTWzicE1VZ3Im5LLW6s2GtmVzWOW"
    "yXWNY5bOcu62BW/ZZhfVTLs/Pd5na8CXenj8FtZBHnIKdZyJu1TUna3AU+N4IZWfAiG552"
    "+52PpLdFLpUP3yfB4bwcf/8G6B6eXulHh/fGfzcoPF8FSC/zFpn0yq5SnwS8OUcI5rNMbP"
    "oM8a3gbNLIY2eW7r+d03/1kJERuqKhJD9wYTSueKpUE2IBRBRw/MxNRqhpyrFQZK/HfSNM"
    "7L0IlCp33Le5P4LAgkeKUyExYGg5DSbm+edLPekV6k2gm7UJFHuc/lxhHIj77NxYcHBcZi"
    "MoWOVv4Tpe2AjKHMrtKhDPHHYO3/ZxmcEWrAoOR144sTdabjBG1K+0I3HBcRe3Nq/mOGrP"
    "V0bVyJH02oGNzWuIHTZdAuiEU41zGZxxNqPoYJAxTZfSZlTkTDRibimg++C3KqRnKesVMs"
    "9ub68SGubZZXo7/rvrswsAX0MPRlzFJuhpvIPZ4xKIzx1rzKthPn/noBrkc781Ih5NU7YW"
    "8HoZND+k79Yy6FKb2LJ+2Wf5/VmLvym0ZV2i3G62euNfWaji+8eWxym2VW1XQFql+tdhHj"
    "dHjQz9L8xpFimAdG7zkASYD0Mtsm2WyJb71k8+gct/7aeWJHIkCXyoKiAcmu8gugel3mU/"
    "KHiX/WDxXXa4IswsMqax+T/kFHOpf6q84k85PetS1tf/A2fAo+U="
)
