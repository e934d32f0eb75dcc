"""Whoever leaves a team, or is taken off it, hears nothing more of it, on either door."""

import asyncio

from tests.support.clients import Client
from tests.support.people import Town


async def test_removal_ends_delivery_at_once_and_the_next_subscribe_is_refused(town: Town) -> None:
    ada, jane, grace = await town.people("ada", "jane", "grace")
    project = await town.project(ada, jane, grace)
    room = f"project_{project['id']}"
    removed: list[Client] = [await jane.on_plain(), await jane.on_python(), await jane.on_node()]
    stays = await grace.on_plain()
    for client in [*removed, stays]:
        await client.subscribe(project["id"])

    # The removal and a burst behind it, with nothing in between.
    await ada.delete(f"projects/{project['id']}/members/{jane.id}/")
    await asyncio.gather(
        *(ada.post(f"projects/{project['id']}/milestones/", {"title": f"M{i}"}) for i in range(20))
    )

    last = [await stays.hears("milestone_changed") for _ in range(20)][-1]
    assert last["seq"] == 22
    for client in removed:
        frame = await client.hears("team_member_changed", room=room)
        assert (frame["action"], frame["seq"]) == ("deleted", 2)
        await client.hears("team_member_changed", room=f"user_{jane.id}")
        await client.hears("notification_received", room=f"user_{jane.id}")
        await client.hears_nothing(seconds=0.3, room=room)
        answer = await client.ask("subscribe_project", project_id=project["id"], since=0)
        assert answer == {"ok": False, "error": answer["error"]}
        assert answer["error"]["code"] == "project_not_found"
        await client.say("subscribe_project", project_id=project["id"])
        assert (await client.hears("error"))["code"] == "project_not_found"
    assert (await jane.call("GET", f"projects/{project['id']}/")).status_code == 404


async def test_a_deleted_project_empties_its_room_once_all_have_heard(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    clients: list[Client] = [await jane.on_plain(), await jane.on_python()]
    for client in clients:
        await client.subscribe(project["id"])
    await ada.delete(f"projects/{project['id']}/")
    await ada.post(f"projects/{project['id']}/restore/")
    await ada.patch(f"projects/{project['id']}/", {"health": "at_risk"})
    for client in clients:
        deleted = await client.hears("project_updated", room=f"project_{project['id']}")
        assert (deleted["action"], deleted["seq"]) == ("deleted", 2)
        await client.hears("project_updated", room=f"user_{jane.id}", action="restored")
        await client.hears_nothing(room=f"project_{project['id']}", type="project_updated")
        # What came meanwhile is had by resuming.
        await client.subscribe(project["id"], since=2)
        for seq in (3, 4):
            await client.hears("project_updated", room=f"project_{project['id']}", seq=seq)


async def test_somebody_added_again_may_come_back(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    client = await jane.on_plain()
    await client.subscribe(project["id"])
    await ada.delete(f"projects/{project['id']}/members/{jane.id}/")
    await client.hears("team_member_changed", room=f"project_{project['id']}")
    await ada.post(f"projects/{project['id']}/members/", {"user_id": jane.id})
    # The old removal is in what she has missed, and must not turn her away.
    await client.subscribe(project["id"], since=1)
    await ada.patch(f"projects/{project['id']}/", {"health": "at_risk"})
    await client.hears("project_updated", seq=4)


async def test_one_connection_leaves_and_the_others_stay(town: Town) -> None:
    ada, jane = await town.people("ada", "jane")
    project = await town.project(ada, jane)
    stays, leaves, drops = await jane.on_plain(), await jane.on_python(), await jane.on_plain()
    for client in (stays, leaves, drops):
        await client.subscribe(project["id"])
    assert await leaves.ask("unsubscribe_project", project_id=project["id"]) == {"ok": True}
    await drops.leave()
    await ada.patch(f"projects/{project['id']}/", {"health": "at_risk"})
    await stays.hears("project_updated")
    await leaves.hears_nothing()
