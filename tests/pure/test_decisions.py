"""What the house decides without asking anybody."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from actions.milestones import Advance, settle
from actions.standing import RANK, require_role, require_version
from events import catalogue
from events.catalogue import Event
from events.hooks import HOOKS
from events.views import iso_utc
from models.project import Role
from models.refusals import Forbidden, Invalid, StaleVersion
from rooms.interruptions import summarize

FRESH, HALF, DONE = Advance(0, "pending"), Advance(50, "in_progress"), Advance(100, "completed")


@pytest.mark.parametrize(
    ("before", "progress", "status", "after"),
    [
        (FRESH, 100, None, DONE),
        (FRESH, 30, None, Advance(30, "in_progress")),
        (FRESH, None, "completed", DONE),
        (FRESH, None, "in_progress", Advance(0, "in_progress")),
        (HALF, None, None, HALF),
        (HALF, 0, None, Advance(0, "in_progress")),
        (HALF, None, "pending", Advance(50, "pending")),
        (DONE, 90, None, Advance(90, "in_progress")),
        (DONE, 0, None, Advance(0, "in_progress")),
        (DONE, None, "in_progress", Advance(0, "in_progress")),
        (HALF, 20, "pending", Advance(20, "pending")),
        (HALF, 100, "completed", DONE),
    ],
)
def test_progress_and_status_settle(
    before: Advance, progress: int | None, status: str | None, after: Advance
) -> None:
    assert settle(before, progress, status) == after


@pytest.mark.parametrize(("progress", "status"), [(100, "pending"), (99, "completed")])
def test_progress_and_status_may_not_contradict(progress: int, status: str) -> None:
    with pytest.raises(Invalid):
        settle(HALF, progress, status)


def test_every_role_has_a_rank_and_only_higher_ranks_pass() -> None:
    assert set(RANK) == set(get_args(Role))
    require_role("manager", "member")
    with pytest.raises(Forbidden):
        require_role("viewer", "member")


def test_only_the_present_version_passes() -> None:
    require_version(3, 3)
    require_version(3, None)
    with pytest.raises(StaleVersion):
        require_version(3, 2)


def test_every_project_event_of_the_catalogue_has_words_for_people() -> None:
    families = (catalogue.ProjectEvent, catalogue.MilestoneEvent, catalogue.MemberEvent)
    events: set[type[Event]] = {kind for family in families for kind in family.__subclasses__()}
    assert events - {catalogue.TeamMemberRenamed} == set(HOOKS)
    assert len(HOOKS) == 11


def test_a_moment_is_written_as_seed_003_writes_it() -> None:
    moment = datetime(2025, 10, 24, 14, 30, 0, 999_999, tzinfo=UTC)
    assert iso_utc(moment) == "2025-10-24T14:30:00Z"


def test_a_summary_counts_by_event_and_by_project() -> None:
    def folded(number: int, event_type: str, project_id: int, title: str) -> dict[str, object]:
        return {
            "notification_id": str(number),
            "event_type": event_type,
            "project_id": project_id,
            "project_title": title,
        }

    summary = summarize(
        [
            folded(1, "milestone_updated", 1, "App"),
            folded(2, "milestone_updated", 2, "Web"),
            folded(3, "milestone_created", 1, "App"),
        ],
        60,
        datetime(2025, 10, 24, tzinfo=UTC),
    )
    assert summary == {
        "type": "notification_summary",
        "title": "3 more notifications",
        "message": "3 more notifications in 'App' and 'Web'",
        "count": 3,
        "window_seconds": 60,
        "timestamp": "2025-10-24T00:00:00Z",
        "event_types": {"milestone_updated": 2, "milestone_created": 1},
        "projects": [
            {"project_id": 1, "project_title": "App", "count": 2},
            {"project_id": 2, "project_title": "Web", "count": 1},
        ],
        "notification_ids": ["1", "2", "3"],
    }
