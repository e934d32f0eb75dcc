"""People are interrupted ten times a window; the rest comes in one summary. State always comes."""

import asyncio
import time
from pathlib import Path

from tests.conftest import NewDatabase
from tests.support.people import Town
from tests.support.server import running

WINDOW = 6
LIMIT_AS_IT_COMES = "10"


async def test_eleven_changes_fold_into_one_summary_and_all_eleven_states_arrive(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    settings = {
        "ROOMCAST_NOTIFICATIONS_PER_WINDOW": LIMIT_AS_IT_COMES,
        "ROOMCAST_NOTIFICATION_WINDOW": str(WINDOW),
    }
    with running(tmp_path, new_database(), **settings) as server:
        async with Town(server.url) as town:
            ada, jane, grace = await town.people("ada", "jane", "grace")
            project = await town.project(ada, jane, grace)
            phone, laptop, other = (
                await jane.on_python(),
                await jane.on_plain(),
                await grace.on_node(),
            )
            hers = await ada.on_plain()
            for client in (phone, laptop, other, hers):
                await client.subscribe(project["id"])
            milestone = await ada.post(f"projects/{project['id']}/milestones/", {"title": "Sprint"})
            for client in (phone, laptop, other):
                await client.hears("notification_received", event_type="milestone_created")
            await _next_window()

            for progress in range(1, 12):
                await ada.patch(
                    f"projects/{project['id']}/milestones/{milestone['id']}/",
                    {"progress": progress},
                )

            for client in (phone, laptop, other, hers):
                seen = [(await client.hears("milestone_changed"))["progress"] for _ in range(12)]
                assert seen == list(range(12))
            # Counted once a person, not once a socket: both of Jane's hear the same ten.
            for client in (phone, laptop, other):
                told = [
                    (await client.hears("notification_received", event_type="milestone_updated"))
                    for _ in range(10)
                ]
                assert [notice["data"]["progress"] for notice in told] == list(range(1, 11))
                summary = await client.hears("notification_summary")
                assert (summary["count"], summary["window_seconds"]) == (1, WINDOW)
                assert summary["event_types"] == {"milestone_updated": 1}
                assert summary["projects"] == [
                    {"project_id": project["id"], "project_title": project["title"], "count": 1}
                ]
                assert summary["message"] == "1 more notification in 'Mobile App Development'"
                await client.hears_nothing(event_type="milestone_updated")
            await hers.hears_nothing(type="notification_received")

            # The next window has room again.
            await ada.patch(f"projects/{project['id']}/", {"health": "at_risk"})
            await phone.hears("notification_received", event_type="project_updated")


async def test_a_summary_says_nothing_of_a_project_one_was_taken_off(tmp_path: Path) -> None:
    settings = {
        "ROOMCAST_NOTIFICATIONS_PER_WINDOW": "1",
        "ROOMCAST_NOTIFICATION_WINDOW": str(WINDOW),
    }
    with running(tmp_path, "", **settings) as server:
        async with Town(server.url) as town:
            ada, jane = await town.people("ada", "jane")
            client = await jane.on_plain()
            project = await town.project(ada, jane)
            await client.hears("notification_received", event_type="project_created")
            await client.subscribe(project["id"])
            await _next_window()
            for health in ("at_risk", "off_track", "on_track"):
                await ada.patch(f"projects/{project['id']}/", {"health": health})
            await client.hears("notification_received", event_type="project_updated")

            await ada.delete(f"projects/{project['id']}/members/{jane.id}/")

            summary = await client.hears("notification_summary")
            assert summary["event_types"] == {"team_member_removed": 1}


async def test_what_is_replayed_to_three_tabs_is_counted_once(tmp_path: Path) -> None:
    settings = {
        "ROOMCAST_NOTIFICATIONS_PER_WINDOW": "3",
        "ROOMCAST_NOTIFICATION_WINDOW": str(WINDOW),
    }
    with running(tmp_path, "", **settings) as server:
        async with Town(server.url) as town:
            ada, jane = await town.people("ada", "jane")
            project = await town.project(ada, jane)
            tabs = [await jane.on_plain() for _ in range(3)]
            for progress in range(1, 6):
                await ada.patch(f"projects/{project['id']}/", {"progress": progress})
            await _next_window()

            for tab in tabs:
                await tab.subscribe(project["id"], since=1)

            for tab in tabs:
                for seq in range(2, 5):
                    await tab.hears("notification_received", seq=seq)
                summary = await tab.hears("notification_summary")
                assert summary["count"] == len(set(summary["notification_ids"])) == 2


async def _next_window() -> None:
    """Windows are counted from the epoch: begin early in one, so that all happens inside it."""
    await asyncio.sleep(WINDOW - time.time() % WINDOW + 0.05)
