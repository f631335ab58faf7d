"""What the Cedar benchmark decides about: a catalog of tables, who asks, and the grants between them, as Cedar's JSON."""

import json
import os
import random

TABLES = 10_000
USERS = 100
NAMESPACES = 40
LAYERS = ["curated", "raw", "sandbox", "landing"]
ROLES = ["engineer", "scientist", "analyst", "auditor", "steward"]
LABELS = ["pii", "health", "financial", "secret"]
ACTIONS = {
    "DataRead": ["readData", "exportData"], "MetadataRead": ["getMetadata", "list"], "DataWrite": ["append", "overwrite", "publish"],
    "Rewrite": ["overwrite"], "Destroy": ["drop", "expireSnapshots"], "Administer": ["setTags"],
}
NOW = {"__extn": {"fn": "datetime", "arg": "2026-06-01T12:00:00Z"}}


def uid(kind, name):
    return {"type": f"Lake::{kind}", "id": name}


def entity(kind, name, parents=(), **attributes):
    return {"uid": uid(kind, name), "parents": list(parents), "attrs": attributes}


def reference(kind, name):
    return {"__entity": uid(kind, name)}


def table(number):
    return uid("Table", f"table_{number}")


def entities(chance):
    made = [entity("Catalog", "main")]
    made += [entity("Layer", layer) for layer in LAYERS] + [entity("Label", label) for label in LABELS]
    made += [entity("Role", role) for role in ROLES] + [entity("Team", f"team_{number}") for number in range(11)]
    made += [entity("Zone", layer, [uid("Catalog", "main"), uid("Layer", layer)]) for layer in LAYERS]
    groups = sorted({name for names in ACTIONS.values() for name in names})
    made += [entity("Action", group) for group in ACTIONS]
    made += [entity("Action", name, [uid("Action", group) for group in ACTIONS if name in ACTIONS[group]]) for name in groups]
    for number in range(USERS):
        cleared = [reference("Label", label) for label in LABELS[: number % 4]]
        made.append(
            entity("User", f"user_{number}", [uid("Role", ROLES[number % 5]), uid("Team", f"team_{number % 7}")], cleared=cleared))
    for number in range(NAMESPACES):
        made.append(entity("Namespace", f"namespace_{number}", [uid("Zone", LAYERS[number % 4])], facts=facts(number, chance)))
    for number in range(TABLES):
        namespace = uid("Namespace", f"namespace_{number * NAMESPACES // TABLES}")
        pinned = [number, number + 1] if chance.random() < 0.1 else []
        made.append({"uid": table(number), "parents": [namespace], "attrs": {"facts": facts(number, chance), "pinned": pinned}})
    return made


def facts(number, chance):
    found = {
        "description": f"what it holds, number {number}", "labels": [reference("Label", label) for label in LABELS if chance.random() < 0.15],
        "regulated": chance.random() < 0.1, "onHold": chance.random() < 0.05,
    }
    if chance.random() < 0.9:
        found["team"] = reference("Team", f"team_{number % 11}")
    if chance.random() < 0.5:
        found["check"] = {"passed": chance.random() < 0.8, "at": {"__extn": {"fn": "datetime", "arg": "2026-06-01T03:00:00Z"}}, "snapshot": 7}
    return found


def context(action):
    if action in ("append", "overwrite", "publish"):
        return {"now": NOW, "branch": "main" if action == "publish" else "work", "snapshot": 7}
    if action == "expireSnapshots":
        return {"now": NOW, "snapshots": [1, 2, 3]}
    return {"now": NOW, "purpose": "ticket-17"}


def request(user, action, resource):
    return {"principal": uid("User", f"user_{user}"), "action": uid("Action", action), "resource": resource, "context": context(action)}


def requests(chance, count):
    names = ["readData", "readData", "readData", "exportData", "getMetadata", "append", "overwrite", "publish", "drop", "expireSnapshots", "setTags"]
    return [request(chance.randrange(USERS), chance.choice(names), table(chance.randrange(TABLES))) for _ in range(count)]


def links(count, grantee):
    """Grants to read, one table each; `grantee` names the principal of each."""
    return [
        {"template_id": "grant", "new_id": f"grant_{number}", "values": {"?principal": grantee(number), "?resource": table(number)}}
        for number in range(count)
    ]


# One hundred users with their share of the grants each, and one who has them all.
GRANTS = {
    "none": [],
    "1000": links(1_000, lambda number: uid("User", f"user_{number % USERS}")),
    "10000": links(10_000, lambda number: uid("User", f"user_{number % USERS}")),
    "10000-own": links(10_000, lambda number: uid("User", "user_2")),
}


def write(folder):
    """Writes the files that both engines read."""
    chance = random.Random(20)
    files = {"entities.json": entities(chance), "requests.json": requests(chance, 1_000)}
    files["filter.json"] = [request(2, "readData", table(number)) for number in range(TABLES)]
    for name, made in GRANTS.items():
        files[f"{name}.links.json"] = made
    for name, content in files.items():
        with open(os.path.join(folder, name), "w") as file:
            json.dump(content, file)
