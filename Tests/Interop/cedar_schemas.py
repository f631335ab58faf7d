"""Random Cedar schemas, in both of their forms, and entities and requests that fit them or nearly do.

A type is ("bool",), ("long",), ("string",), ("set", TYPE), ("record", {NAME: (TYPE, is required)}), ("entity", NAME),
("extension", NAME) or ("common", NAME, TYPE).
"""

import json

from cedar_words import ATTRIBUTES, BAD, CONSTRUCTORS, GOOD, IDS, LONGS, RESERVED, STRINGS, TAGS

BOOL, LONG, STRING = ("bool",), ("long",), ("string",)
SET_LONG = ("set", LONG)
KEYWORDS = {"in", "is", "if"}


def extension(name):
    return ("extension", name)


def plain(kind):
    """The type without the names that common types give to it or to its parts."""
    match kind[0]:
        case "common": return plain(kind[2])
        case "set": return ("set", plain(kind[1]))
        case "record": return ("record", {name: (plain(member), required) for name, (member, required) in kind[1].items()})
    return kind


def quoted(text, random=None):
    """A string literal of Cedar."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
    if random is not None and random.random() < 0.05:
        return '"' + "".join(f"\\u{{{ord(character):x}}}" for character in text) + '"'
    return '"' + "".join(escapes.get(character, character) for character in text) + '"'


class EntityType:
    def __init__(self, attributes, tags=None, parents=(), ids=None):
        self.attributes, self.tags, self.parents, self.ids = attributes, tags, list(parents), ids


class Schema:
    def __init__(self, random):
        self.random = random
        self.namespace = random.choice(["", "", "N", "A::B"])
        prefix = self.namespace + "::" if self.namespace else ""
        names = [prefix + name for name in random.sample(["User", "Group", "Doc", "Folder", "Team"], random.randint(2, 4))]
        self.common = {}
        self.types = {}
        if random.random() < 0.6:
            self.common[prefix + "Shared"] = self.record(random, names, 1)
        if random.random() < 0.3:
            self.common[prefix + "Alias"] = random.choice([STRING, ("set", STRING), ("entity", names[0])])
        for name in names:
            tags = self.kind(random, names, 1) if random.random() < 0.4 else None
            parents = [parent for parent in names if random.random() < 0.4]
            self.types[name] = EntityType(self.record(random, names, 2)[1], tags, parents)
        if random.random() < 0.3:
            self.types[prefix + "Level"] = EntityType({}, ids=random.sample(IDS, 3))
            self.types[names[0]].parents += [prefix + "Level"]
        self.action_type = prefix + "Action"
        groups = [{"id": "all", "parents": []}]
        self.actions = groups + [
            {"id": identifier, "parents": [group["id"] for group in groups if random.random() < 0.5],
             "principals": random.sample(names, random.randint(1, 2)), "resources": random.sample(list(self.types), random.randint(1, 2)),
             "context": self.context(random, names)}
            for identifier in random.sample(["read", "write", "é", "a b", "in"], random.randint(1, 3))]
        self.environments = [(principal, action, resource, action["context"]) for action in self.actions[1:]
                             for principal in action["principals"] for resource in action["resources"]]

    def context(self, random, names):
        shared = [(name, kind) for name, kind in self.common.items() if kind[0] == "record"]
        if shared and random.random() < 0.3:
            return ("common", *shared[0])
        return self.record(random, names, 2)

    def record(self, random, names, depth):
        attributes = random.sample(ATTRIBUTES, random.randint(0, 5))
        return ("record", {name: (self.kind(random, names, depth), random.random() < 0.6) for name in attributes})

    def kind(self, random, names, depth):
        if self.common and random.random() < 0.15:
            name = random.choice(list(self.common))
            return ("common", name, self.common[name])
        choice = random.randrange(12 if depth > 0 else 9)
        if choice < 3:
            return [BOOL, LONG, STRING][choice]
        if choice < 5:
            return ("entity", random.choice(names))
        if choice < 9:
            return extension(list(GOOD)[choice - 5])
        if choice == 9:
            return self.record(random, names, depth - 1)
        return ("set", self.kind(random, names, depth - 1))

    def ancestor(self, random, name):
        parents = self.types[name].parents if name in self.types else []
        return random.choice(parents) if parents and random.random() < 0.7 else name

    def any_id(self, random, name):
        kind = self.types.get(name)
        if kind is not None and kind.ids and random.random() < 0.95:
            return random.choice(kind.ids)
        return random.choice(IDS[:4]) if random.random() < 0.8 else random.choice(IDS)

    def action_text(self, action):
        return f"{self.action_type}::{quoted(action['id'])}"

    # The schema's two forms.

    def text(self):
        local = self.local
        lines = [f"type {local(name)} = {self.kind_text(kind)};" for name, kind in self.common.items()]
        for name, kind in self.types.items():
            if kind.ids:
                lines.append(f"entity {local(name)} enum [{', '.join(quoted(identifier) for identifier in kind.ids)}];")
                continue
            line = f"entity {local(name)}"
            if kind.parents:
                line += f" in [{', '.join(local(parent) for parent in kind.parents)}]"
            if kind.attributes:
                line += f" = {self.kind_text(('record', kind.attributes))}"
            lines.append(line + (f" tags {self.kind_text(kind.tags)};" if kind.tags else ";"))
        for action in self.actions:
            line = f"action {quoted(action['id'])}"
            if action["parents"]:
                line += f" in [{', '.join(quoted(parent) for parent in action['parents'])}]"
            if "context" in action:
                principals, resources = (", ".join(map(local, action[key])) for key in ["principals", "resources"])
                line += f" appliesTo {{ principal: [{principals}], resource: [{resources}], context: {self.kind_text(action['context'])} }}"
            lines.append(line + ";")
        self.random.shuffle(lines)
        body = "\n".join(self.note() + line for line in lines)
        return f"namespace {self.namespace} {{\n{body}\n}}" if self.namespace else body

    def local(self, name):
        return name.rsplit("::", 1)[-1]

    def kind_text(self, kind):
        match kind[0]:
            case "bool" | "long" | "string": return self.built_in(kind[0].capitalize())
            case "set": return f"Set<{self.kind_text(kind[1])}>"
            case "entity" | "common": return kind[1] if self.random.random() < 0.1 else self.local(kind[1])
            case "extension": return self.built_in(kind[1])
        fields = (f"{quoted(name) if not name.isascii() or not name.isidentifier() or name in RESERVED else name}"
                  f"{'' if required else '?'}: {self.kind_text(member)}" for name, (member, required) in kind[1].items())
        return "{ " + ", ".join(self.note() + field for field in fields) + " }"

    def built_in(self, name):
        return "__cedar::" + name if self.random.random() < 0.05 else name

    def note(self):
        return self.random.choice(['@doc("it") ', "@note ", '@in("é")\n']) if self.random.random() < 0.05 else ""

    def json(self):
        entities = {}
        for name, kind in self.types.items():
            if kind.ids:
                entities[self.local(name)] = {"enum": kind.ids}
                continue
            entry = {"memberOfTypes": [self.local(parent) for parent in kind.parents], "shape": self.kind_json(("record", kind.attributes))}
            if kind.tags:
                entry["tags"] = self.kind_json(kind.tags)
            entities[self.local(name)] = entry
        actions = {}
        for action in self.actions:
            entry = {"memberOf": [{"id": parent} for parent in action["parents"]]}
            if "context" in action:
                entry["appliesTo"] = {
                    "principalTypes": [self.local(name) for name in action["principals"]],
                    "resourceTypes": [self.local(name) for name in action["resources"]], "context": self.kind_json(action["context"])}
            actions[action["id"]] = entry
        common = {self.local(name): self.kind_json(kind) for name, kind in self.common.items()}
        return {self.namespace: {"commonTypes": common, "entityTypes": entities, "actions": actions}}

    def kind_json(self, kind):
        if kind[0] not in ("set", "record") and self.random.random() < 0.1:
            name = kind[1] if len(kind) > 1 else {"bool": "Bool"}.get(kind[0], kind[0].capitalize())
            return {"type": "EntityOrCommon", "name": name}
        match kind[0]:
            case "bool": return {"type": "Boolean"}
            case "long" | "string": return {"type": kind[0].capitalize()}
            case "set": return {"type": "Set", "element": self.kind_json(kind[1])}
            case "entity": return {"type": "Entity", "name": kind[1]}
            case "extension": return {"type": "Extension", "name": kind[1]}
            case "common": return {"type": self.local(kind[1])}
        fields = {}
        for name, (member, required) in kind[1].items():
            fields[name] = self.kind_json(member) if required else dict(self.kind_json(member), required=False)
        return {"type": "Record", "attributes": fields}

    # Entities and requests.

    def value(self, random, kind, wildness):
        """A JSON value of the type, entities and extension values in one of the forms that Cedar has for them."""
        if random.random() < wildness / 15:
            return random.choice([0, True, "a", [], {}, [1, 2], "User::\"a\"", {"type": "User", "id": "a"}])
        value = lambda kind: self.value(random, kind, wildness)
        match kind[0]:
            case "common": return value(kind[2])
            case "bool": return random.random() < 0.5
            case "long": return random.choice(LONGS) if random.random() < 0.5 else random.randint(-20, 20)
            case "string": return random.choice(STRINGS)
            case "set": return [value(kind[1]) for _ in range(random.randint(0, 3))]
            case "entity":
                plain = self.uid(random, kind[1])
                return plain if random.random() < 0.15 + wildness / 2 else {"__entity": plain}
            case "extension":
                text = random.choice((BAD if random.random() < wildness / 10 else GOOD)[kind[1]])
                call = {"fn": CONSTRUCTORS[kind[1]], "arg": text}
                return text if random.random() < wildness / 3 else {"__extn": call} if random.random() < 0.9 else call
        fields = {name: value(member) for name, (member, required) in kind[1].items() if random.random() < (0.99 if required else 0.6)}
        if random.random() < wildness / 20:
            fields[random.choice(ATTRIBUTES)] = random.choice([1, "x", True])
        return fields

    def uid(self, random, name):
        return {"type": name, "id": self.any_id(random, name)}

    def entities(self, random, wildness):
        entities, seen = [], set()
        order = {name: position for position, name in enumerate(self.types)}
        for name, kind in self.types.items():
            for _ in range(random.randint(0, 4)):
                uid = self.uid(random, name)
                key = (uid["type"], uid["id"])
                if key in seen and random.random() > wildness / 10:
                    continue
                seen.add(key)
                entity = {"uid": uid, "attrs": self.value(random, ("record", kind.attributes), wildness), "parents": []}
                for parent in random.choices(kind.parents, k=random.randint(0, 2)) if kind.parents else []:
                    above = self.uid(random, parent)
                    # Types point back and forth, so the position of ids keeps most hierarchies free of cycles.
                    rank = (order[parent], above["id"]) > (order[name], uid["id"])
                    if rank or random.random() < wildness / 20:
                        entity["parents"].append(above)
                if kind.tags and random.random() < 0.7:
                    entity["tags"] = {tag: self.value(random, kind.tags, wildness) for tag in random.sample(TAGS, random.randint(0, 3))}
                entities.append(entity)
        if random.random() < wildness / 3:
            action = random.choice(self.actions)
            parents = [{"type": self.action_type, "id": parent} for parent in action["parents"] if random.random() < 0.9]
            entities.append({"uid": {"type": self.action_type, "id": action["id"]}, "attrs": {}, "parents": parents})
        return entities

    def request(self, random, wildness, entities):
        principal, action, resource, context = random.choice(self.environments)
        if random.random() < wildness / 4:
            principal = random.choice(list(self.types) + ["Unknown", "N::User"])
        if random.random() < wildness / 4:
            resource = random.choice(list(self.types) + [self.action_type])
        if random.random() < wildness / 4:
            action = random.choice(self.actions + [{"id": "no such"}])

        def uid(name):
            known = [entity["uid"] for entity in entities if entity["uid"]["type"] == name]
            return random.choice(known) if known and random.random() < 0.85 else self.uid(random, name)

        return {"principal": uid(principal), "action": {"type": self.action_type, "id": action["id"]}, "resource": uid(resource),
                "context": self.value(random, context, wildness / 2)}
