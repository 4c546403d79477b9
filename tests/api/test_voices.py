"""Everyone, no silos: supporters, comments with mentions, contributions, and needs that concern several teams."""

from __future__ import annotations

import pytest

from nobodyasked.models.commands.voices import mentioned
from nobodyasked.models.event import Topic
from nobodyasked.models.invention import InventionStatus
from nobodyasked.models.team import Role

from .conftest import Graph, Happened
from .test_mutations import need, only_error, run
from .test_subscriptions import heard
from .world import PARCEL, SIZE, World


def test_who_is_mentioned() -> None:
    members = {"Ann": 1, "Ann Lee": 2, "Anna": 3, "Ödön": 4, "a.b": 5}
    for text, whom in (
        ("@Ann, look", [1]),
        ("@ann lee and @ANNA!", [2, 3]),
        ("@Ann Leeds", [1]),
        ("write to joe@ann.example, or @@Ann", [1]),
        ("@Anno @ Ann @Bob @", []),
        ("(@ÖDÖN) @a.b. @Ann @Ann", [4, 5, 1]),
    ):
        assert mentioned(text, members) == whom, text


async def test_support_and_comments(graph: Graph, world: World) -> None:
    porch, parcel = f"invention_{world.inventions[0]}", f"need_{world.needs[PARCEL]}"
    shown = "invention { supporterCount version }"
    own = await run(graph, "inventionSupport", shown, {"inventionId": porch}, Role.CONTRIBUTOR)
    assert only_error(own) == ("CONFLICT", ["input"])
    graph.member = world.members["Grace"]
    for _ in range(2):
        # said twice it is said once, and nobody's version is stale by it
        done = await run(graph, "inventionSupport", shown, {"inventionId": porch}, Role.CONTRIBUTOR)
        assert done["invention"] == {"supporterCount": 1, "version": 1}
    comment = "comment { id text author { name } mentions { nodes { name } } invention { id } need { id } }"
    first = await run(graph, "commentAdd", comment, {"inventionId": porch, "text": "Who pays, @ada?"}, Role.CONTRIBUTOR)
    assert first["comment"] == {
        "id": first["comment"]["id"],
        "text": "Who pays, @ada?",
        "author": {"name": "Grace"},
        "mentions": {"nodes": [{"name": "Ada"}]},
        "invention": {"id": porch},
        "need": None,
    }
    second = (await run(graph, "commentAdd", comment, {"needId": parcel, "text": "Still true."}))["comment"]
    for wrong, path in (
        ({"text": "x"}, []),
        ({"text": "x", "inventionId": porch, "needId": parcel}, []),
        ({"text": " ", "needId": parcel}, ["text"]),
    ):
        assert only_error(await run(graph, "commentAdd", "comment { id }", wrong)) == ("INVALID", ["input", *path])
    gone = await run(graph, "commentAdd", "comment { id }", {"needId": "need_99", "text": "x"})
    assert only_error(gone) == ("NOT_FOUND", ["input", "needId"])

    query = """query ($invention: ID!, $need: ID!, $ada: ID!, $grace: ID!) {
      invention(id: $invention) { supporters { edges { createdAt node { name } } } comments { nodes { text } } }
      need(id: $need) { comments { totalCount nodes { text author { name } } } }
      ada: member(id: $ada) { mentionedIn { nodes { text } } contributions { nodes { kind invention { id } } } }
      grace: member(id: $grace) { supported { nodes { id } } contributions { totalCount nodes { kind need { id } invention { id } } } }
      asked: member(id: $grace) { contributions(where: { kind: { eq: COMMENTED } }) { totalCount } }
      comments { totalCount } inventions(orderBy: { field: SUPPORTER_COUNT, direction: DESC }) { nodes { id } } }"""
    given = {"invention": porch, "need": parcel} | {
        name.lower(): f"member_{key}" for name, key in world.members.items()
    }
    with graph.database.counting() as recorder:
        found = await graph.ask(query, given, role=Role.READER)
    assert recorder.count == 7
    (edge,) = found["invention"]["supporters"]["edges"]
    assert edge["node"] == {"name": "Grace"}
    assert found["invention"]["comments"]["nodes"] == [{"text": "Who pays, @ada?"}]
    assert found["need"]["comments"] == {
        "totalCount": 1,
        "nodes": [{"text": "Still true.", "author": {"name": "Grace"}}],
    }
    assert found["ada"]["mentionedIn"]["nodes"] == [{"text": "Who pays, @ada?"}]
    assert {one["kind"] for one in found["ada"]["contributions"]["nodes"]} == {"PROPOSED"}
    assert found["grace"]["supported"]["nodes"] == [{"id": porch}]
    # each with what it was about; the latest first, but these may be of one millisecond
    done = {(one["kind"], one["need"] and one["need"]["id"]) for one in found["grace"]["contributions"]["nodes"]}
    assert done == {("SUPPORTED", None), ("COMMENTED", None), ("COMMENTED", parcel)}
    assert found["grace"]["contributions"]["totalCount"] == 3
    assert found["asked"]["contributions"]["totalCount"] == 2
    assert found["inventions"]["nodes"][0] == {"id": porch}

    keys = [int(one["id"].split("_")[1]) for one in (first["comment"], second)]
    told = {"invention": world.inventions[0], "need": None, "mentions": [world.members["Ada"]]}
    graph.events.events = [
        Happened(1, Topic.COMMENT_ADDED, keys[:1], told),
        Happened(2, Topic.COMMENT_ADDED, keys[1:], {"invention": None, "need": world.needs[PARCEL], "mentions": []}),
    ]
    for argument, texts in (
        ("", ["Who pays, @ada?", "Still true."]),
        (f'(inventionId: "{porch}")', ["Who pays, @ada?"]),
        (f'(needId: "{parcel}")', ["Still true."]),
        (f'(mentions: "member_{world.members["Ada"]}")', ["Who pays, @ada?"]),
        (f'(mentions: "member_{world.members["Grace"]}")', []),
    ):
        events = await heard(graph, f"subscription {{ commentAdded{argument} {{ text }} }}")
        assert [one["data"]["commentAdded"]["text"] for one in events] == texts

    # what is done to understand customers counts as well
    graph.member = world.members["Grace"]
    found = await graph.ask(
        f'{{ need(id: "{parcel}") {{ evidence(first: 1) {{ nodes {{ id }} edges {{ evidence {{ id version }} }} }} }} }}'
    )
    (said,), (edge,) = found["need"]["evidence"]["nodes"], found["need"]["evidence"]["edges"]
    decision = {"evidenceId": edge["evidence"]["id"], "version": edge["evidence"]["version"], "decision": "ACCEPT"}
    await run(graph, "evidenceDecide", "evidence { id }", decision)
    label = {"complaintId": said["id"], "start": 0, "end": 3, "kind": "NOISE"}
    await run(graph, "spanLabel", "label { id }", label)
    drawn = "session { complaints(first: 1) { edges { listeningDraw { id } } } }"
    session = (await run(graph, "listeningSessionStart", drawn, {"size": 1}))["session"]
    note = {"drawId": session["complaints"]["edges"][0]["listeningDraw"]["id"], "text": "They wait."}
    await run(graph, "listeningNoteAdd", "note { id }", note)
    done = (await graph.ask(query, given))["grace"]["contributions"]["nodes"][:3]
    assert {(one["kind"], one["need"] and one["need"]["id"]) for one in done} == {
        ("DECIDED", parcel),
        ("LABELLED", None),
        ("NOTED", None),
    }

    graph.member = world.members["Ada"]
    removal = "mutation ($id: ID!) { commentRemove(input: { commentId: $id }) { removedId userErrors { code } } }"
    assert await graph.refusal(removal, {"id": second["id"]}, role=Role.CONTRIBUTOR) == "FORBIDDEN"
    for id in (first["comment"]["id"], second["id"]):
        removed = (await graph.ask(removal, {"id": id}, role=Role.CURATOR))["commentRemove"]
        assert removed == {"removedId": id, "userErrors": []}
    assert (await graph.ask("{ comments { totalCount } }"))["comments"] == {"totalCount": 0}
    graph.member = world.members["Grace"]
    left = await run(graph, "inventionUnsupport", shown, {"inventionId": porch}, Role.CONTRIBUTOR)
    assert left["invention"] == {"supporterCount": 0, "version": 1}
    for count, status in enumerate(InventionStatus, start=1):
        async with graph.database.transaction() as transaction:
            await transaction.execute("UPDATE invention SET status = ?1", (status.value,))
        late = await run(graph, "inventionSupport", shown, {"inventionId": porch}, Role.CONTRIBUTOR)
        if status in ("REJECTED", "WITHDRAWN"):
            assert only_error(late) == ("ILLEGAL_TRANSITION", ["input"])
        else:
            assert late["invention"] == {"supporterCount": 1, "version": 1}
        # nobody is held to what was given up, and of whatever became of it one may speak
        left = await run(graph, "inventionUnsupport", shown, {"inventionId": porch}, Role.CONTRIBUTOR)
        assert left["invention"] == {"supporterCount": 0, "version": 1}
        said = {"inventionId": porch, "text": f"It is {status}."}
        about = "comment { invention { comments { totalCount } } }"
        done = await run(graph, "commentAdd", about, said, Role.CONTRIBUTOR)
        assert done["comment"]["invention"]["comments"]["totalCount"] == count
    graph.member = None
    for name, input in (
        ("inventionSupport", f'inventionId: "{porch}"'),
        ("commentAdd", f'needId: "{parcel}", text: "x"'),
    ):
        nameless = f"mutation {{ {name}(input: {{ {input} }}) {{ clientMutationId }} }}"
        assert await graph.refusal(nameless) == "FORBIDDEN"


async def test_needs_that_concern_several_teams(graph: Graph, world: World) -> None:
    async with graph.database.transaction() as transaction:
        # about the need of the parcel: two complaints of the app, one of the van, one of nothing
        for complaint, product in zip(world.complaints, ("app", "app", "van", None, "boots"), strict=False):
            await transaction.execute("UPDATE complaint SET product = ?1 WHERE id = ?2", (product, complaint))
    teams = {}
    for name in ("Digital", "Transport"):
        made = await run(graph, "teamCreate", "team { id name }", {"name": name}, Role.CURATOR)
        teams[name] = made["team"]["id"]
    again = await run(graph, "teamCreate", "team { id }", {"name": " Digital "})
    assert again["team"]["id"] == teams["Digital"]
    for product, team in (("app", "Digital"), ("van", "Digital"), ("van", "Transport"), ("boots", "Transport")):
        shown = "team { products { nodes { product } } }"
        done = await run(graph, "productAssign", shown, {"product": product, "teamId": teams[team]}, Role.CURATOR)
        assert {"product": product} in done["team"]["products"]["nodes"]
    nobody = await run(graph, "productAssign", "team { id }", {"product": "x", "teamId": "team_999"})
    assert only_error(nobody) == ("NOT_FOUND", ["input", "teamId"])
    assert only_error(await run(graph, "productAssign", "team { id }", {"product": "x"})) == (
        "INVALID",
        ["input", "teamId"],
    )

    query = """{ needs(where: { teamCount: { gte: 2 } }) { totalCount nodes { id teamCount
      involvedTeams { team { name products { totalCount } } complaints customers } } }
      teamProducts { nodes { product team { name } } } }"""
    with graph.database.counting() as recorder:
        found = await graph.ask(query, role=Role.CONTRIBUTOR)
    assert recorder.count == 2
    # one customer who spoke of the van makes it no affair of its team
    assert found["needs"] == {"totalCount": 0, "nodes": []}
    shown = "query ($id: ID!) { need(id: $id) { teamCount involvedTeams { customers } } }"
    alone = await graph.ask(shown, {"id": f"need_{world.needs[PARCEL]}"})
    assert alone["need"] == {"teamCount": 1, "involvedTeams": [{"customers": 2}]}
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE complaint SET product = 'van' WHERE id = ?1", (world.complaints[3],))
        await transaction.execute("UPDATE evidence SET stance = 'SUPPORTS'")
    with graph.database.counting() as recorder:
        found = await graph.ask(query, role=Role.CONTRIBUTOR)
    assert recorder.count == 2
    assert found["needs"] == {
        "totalCount": 1,
        "nodes": [
            {
                "id": f"need_{world.needs[PARCEL]}",
                "teamCount": 2,
                "involvedTeams": [
                    {"team": {"name": "Digital", "products": {"totalCount": 1}}, "complaints": 2, "customers": 2},
                    {"team": {"name": "Transport", "products": {"totalCount": 2}}, "complaints": 2, "customers": 2},
                ],
            }
        ],
    }
    assert [(one["product"], one["team"]["name"]) for one in found["teamProducts"]["nodes"]] == [
        ("app", "Digital"),
        ("boots", "Transport"),
        ("van", "Transport"),
    ]
    early = await graph.ask(
        'query ($id: ID!) { need(id: $id) { involvedTeams(until: "2026-01-10") { team { id } complaints } } }',
        {"id": f"need_{world.needs[PARCEL]}"},
    )
    assert early["need"]["involvedTeams"] == [{"team": {"id": teams["Digital"]}, "complaints": 2}]
    # where nobody owns the need, its question goes to the owner of what it is mostly about
    for about, team in (
        ({"needId": f"need_{world.needs[PARCEL]}"}, "Digital"),
        ({"complaintId": f"complaint_{world.complaints[2]}"}, "Transport"),
        ({"needId": f"need_{world.needs[SIZE]}"}, "Transport"),
    ):
        asked = await run(graph, "escalationRaise", "escalation { team { name } }", {"question": "?", **about})
        assert asked["escalation"]["team"] == {"name": team}
    assert (await run(graph, "productAssign", "team { id }", {"product": "van", "teamId": None}))["team"] is None
    assert (await graph.ask(query))["needs"]["totalCount"] == 0


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_comments_go_along_with_a_merge(graph: Graph, world: World) -> None:
    parcel, size = [await need(graph, world.needs[which]) for which in (PARCEL, SIZE)]
    await run(graph, "commentAdd", "comment { id }", {"needId": size["id"], "text": "Measure twice."})
    source = {"needId": size["id"], "version": size["version"]}
    target = {"needId": parcel["id"], "version": parcel["version"], "sources": [source]}
    merged = await run(graph, "needMerge", "need { comments { nodes { text } } }", target)
    assert merged["need"]["comments"]["nodes"] == [{"text": "Measure twice."}]
