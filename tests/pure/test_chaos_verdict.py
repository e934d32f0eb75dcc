"""The judge of the chaos test finds what was lost, doubled and out of order."""

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.chaos.lines import PlainLine
from tests.chaos.subscriber import Subscriber
from tests.chaos.truth import Logged, Truth, miscopied, unlike_the_log
from tests.chaos.verdict import Tally, count, judge, state_from
from tests.support.people import JSON, Person

ROOM, OWN = "project_1", "user_7"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def event(key: int, kind: str, state: JSON | None, **body: Any) -> Logged:
    rest = {"notice": None, "concerns": [], "facts": {}, **body}
    return Logged(key, key, f"event-{key}", kind, {"state": state, **rest}, LONG_AGO)


def copy(seq: int, of: Logged) -> Logged:
    return of._replace(id=100 + seq, seq=seq, origin=of.id)


LEAVES: JSON = {"type": "team_member_changed", "project_id": 1, "user_id": 7}
ADDED = event(1, "team_member_added", {"type": "team_member_changed", "id": 1}, concerns=[7])
MADE = event(2, "milestone_created", {"type": "milestone_changed", "title": "change a"})
BUILT = event(3, "build_finished", None, notice={"title": "change b"})
LEFT = event(4, "team_member_removed", LEAVES, concerns=[7], facts={"removes_user": 7})
LATE = event(5, "milestone_updated", {"type": "milestone_changed", "title": "change c"})
LOG = {ROOM: [ADDED, MADE, BUILT, LEFT, LATE], OWN: [copy(1, ADDED), copy(2, LEFT)]}
ASKED = Counter(
    [
        ("milestone_created", "change a"),
        ("build_finished", "change b"),
        ("team_member_removed", "change person 7 off project 1"),
        ("milestone_updated", "change c"),
    ]
)


def frame(seen: Logged, room: str = ROOM) -> JSON:
    return {**(seen.body["state"] or {"type": "room_head"}), "room": room, "seq": seen.seq}


def notice(of: str) -> JSON:
    return {"type": "notification_received", "notification_id": of, "room": ROOM, "seq": 0}


def summary(*of: str) -> JSON:
    return {"type": "notification_summary", "notification_ids": list(of)}


def verdict_on(*frames: JSON) -> list[str]:
    """What is wrong with what somebody heard who was on the project until 4."""
    person = Person(
        httpx.AsyncClient(), "", {"id": 7, "username": "w"}, {"access": "", "refresh": ""}
    )
    client = Subscriber("w", person, PlainLine, [1], random.Random(), resumes=False)  # noqa: S311
    for heard in frames:
        client._take(0, heard)
    return judge(client, Truth(LOG, {})).complaints


ALL = [frame(ADDED), frame(MADE), frame(BUILT), frame(LEFT)]


@pytest.mark.parametrize(
    ("seqs", "tally"),
    [
        ([1, 2, 3, 4], Tally(delivered=4)),
        ([], Tally(lost=4)),
        ([1, 2, 3], Tally(delivered=3, lost=1)),
        ([1, 2, 2, 3, 4], Tally(delivered=5, twice=1)),
        ([1, 2, 3, 4, 1], Tally(delivered=5, twice=1)),
        ([1, 3, 4], Tally(delivered=3, lost=1, disordered=1)),
        ([1, 3, 2, 4], Tally(delivered=4, twice=1, disordered=1)),
    ],
)
def test_each_frame_must_be_the_next(seqs: list[int], tally: Tally) -> None:
    assert count(seqs, head=4) == tally


def test_the_state_is_what_the_frames_say_last() -> None:
    frames = [
        {"type": "project_updated", "action": "created", "project_id": 1, "id": 1, "title": "P"},
        {"type": "milestone_changed", "action": "created", "id": 5, "title": "A", "seq": 2},
        {"type": "milestone_changed", "action": "updated", "id": 5, "title": "B", "seq": 3},
        {"type": "room_head", "seq": 4},
        {"type": "milestone_changed", "action": "created", "id": 6, "title": "C", "seq": 5},
        {"type": "milestone_changed", "action": "deleted", "id": 6, "title": "C", "seq": 6},
    ]
    assert state_from(frames) == {
        "project": {"id": 1, "title": "P"},
        "milestones": {5: {"id": 5, "title": "B"}},
    }


def test_who_hears_what_the_log_says_has_nothing_to_complain_of() -> None:
    own = [frame(copy(2, LEFT), OWN), {**notice("event-4"), "room": OWN}]
    assert verdict_on(*ALL, notice("event-2"), summary("event-3", "event-4"), *own) == []


@pytest.mark.parametrize(
    ("heard", "complaint"),
    [
        (frame(LATE), "heard [5] after the removal at 4"),
        (notice("event-5"), "notified of 5 after the removal at 4"),
        (summary("event-3", "event-5"), "notified of 5 after the removal at 4"),
        (notice("event-9"), "notified of event-9, which is in the log at 0"),
        ({**frame(MADE), "room": "project_2"}, "heard of a room that is not theirs"),
        ({**frame(MADE), "room": "user_8"}, "heard of a room that is not theirs"),
        ({**frame(LEFT), "user_id": 8}, "1 frames are not what the log says"),
        ({**frame(BUILT), "type": "milestone_changed"}, "1 frames are not what the log says"),
        ({**frame(LATE), "seq": 6}, "1 frames are not what the log says"),
        ({"type": "milestone_changed", "room": ROOM}, "KeyError('seq')"),
    ],
)
def test_what_was_not_for_them_or_not_so_is_found(heard: JSON, complaint: str) -> None:
    assert any(complaint in wrong for wrong in verdict_on(*ALL, heard)), verdict_on(*ALL, heard)


def test_each_change_is_in_the_log_once_and_with_each_person_it_concerns() -> None:
    assert unlike_the_log(ASKED, LOG) == []
    assert miscopied(LOG) == []


@pytest.mark.parametrize(
    ("own", "complaint"),
    [
        ([copy(1, ADDED)], "user_7: project_1 4 (team_member_removed) was copied there 0 times"),
        ([copy(1, LEFT), copy(2, LEFT), copy(3, ADDED)], "copied there 2 times instead of 1"),
        ([copy(1, ADDED), copy(2, LEFT), copy(3, MADE)], "copied there 1 times instead of 0"),
        ([copy(1, ADDED), copy(2, LEFT), copy(3, MADE)._replace(origin=9)], "user_7: 9 was copied"),
    ],
)
def test_a_copy_that_is_lost_doubled_or_astray_is_found(own: list[Logged], complaint: str) -> None:
    [wrong] = miscopied({**LOG, OWN: own})
    assert complaint in wrong


def test_a_removal_that_is_in_the_log_twice_is_found() -> None:
    [wrong] = unlike_the_log(ASKED, {ROOM: [*LOG[ROOM], LEFT._replace(id=6, seq=6)]})
    assert "'change person 7 off project 1' is in the log 2 times instead of 1" in wrong
