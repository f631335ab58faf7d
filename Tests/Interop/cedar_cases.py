"""Cedar cases from a grammar: a schema, policies and templates, entities and requests that mostly fit one another.

How often something does not fit is the case's `wildness`; at 0 nearly every policy is valid against its schema.
"""

import copy
import json

from cedar_schemas import BOOL, LONG, SET_LONG, STRING, Schema, extension, plain, quoted
from cedar_words import ATTRIBUTES, BAD, CONSTRUCTORS, GOOD, IDS, LONGS, PATTERNS, RESERVED, STRINGS, TAGS, TOKENS

IF, OR, AND, RELATION, SUM, PRODUCT, UNARY, MEMBER = range(8)
EXTENSIONS = list(GOOD)


class Expressions:
    """Writes expressions of a type over the variables of one environment of a request."""

    def __init__(self, random, schema, environment, wildness):
        self.random, self.schema, self.wildness = random, schema, wildness
        self.guards = []
        self.paths = []
        principal, action, resource, context = environment
        self.action = action
        for name, kind in [("principal", ("entity", principal)), ("resource", ("entity", resource)), ("context", context)]:
            self.reach(name, kind, [], 3)

    def reach(self, text, kind, guards, depth):
        self.paths.append((text, plain(kind), guards))
        record = self.attributes(kind)
        if depth == 0 or record is None:
            return
        for name, (member, required) in record.items():
            access, has = f"{text}.{name}", f"{text} has {name}"
            if not name.isascii() or not name.replace("_", "a").isalnum() or name in RESERVED or self.random.random() < 0.1:
                access, has = f"{text}[{quoted(name)}]", f"{text} has {quoted(name)}"
            self.reach(access, member, guards if required else guards + [has], depth - 1)

    def attributes(self, kind):
        kind = plain(kind)
        if kind[0] == "record":
            return kind[1]
        return self.schema.types[kind[1]].attributes if kind[0] == "entity" and kind[1] in self.schema.types else None

    def chance(self, odds):
        return self.random.random() < odds

    def pick(self, choices):
        return self.random.choice(choices)

    def any_kind(self):
        entity = ("entity", self.pick(list(self.schema.types)))
        return self.pick([BOOL, LONG, STRING, SET_LONG, entity, ("set", entity), extension(self.pick(EXTENSIONS)),
                          ("record", {"a": (LONG, True)}), ("set", STRING)])

    def condition(self, depth):
        """A Bool with the `has` that its optional attributes need in front."""
        self.guards = []
        body = self.write(BOOL, depth, AND)
        guards = [guard for guard in dict.fromkeys(self.guards) if not self.chance(self.wildness / 2)]
        return " && ".join(guards + [body])

    def write(self, kind, depth, level=IF):
        """An expression that stands where the grammar wants one that binds at least as tightly as `level`."""
        if self.chance(self.wildness / 6):
            kind = self.any_kind()
        kind = plain(kind)
        if depth > 0 and self.chance(0.08):
            parts = self.write(BOOL, depth - 1), self.write(kind, depth - 1), self.write(kind, depth - 1)
            text, own = "if {} then {} else {}".format(*parts), IF
        elif depth <= 0 or self.chance(0.15):
            text, own = self.leaf(kind)
        else:
            name = kind[0] if kind[0] != "extension" else kind[1]
            text, own = getattr(self, "write_" + name)(kind, depth - 1)
        if (own < level and not self.chance(self.wildness / 40)) or self.chance(0.05):
            return f"({text})"
        return text

    def leaf(self, kind):
        paths = [path for path in self.paths if path[1] == kind]
        if paths and self.chance(0.7):
            text, _, guards = self.pick(paths)
            self.guards += guards
            return text, MEMBER
        return self.literal(kind)

    def literal(self, kind):
        kind = plain(kind)
        match kind[0]:
            case "bool": return self.pick(["true", "false"]), MEMBER
            case "long":
                number = self.pick(LONGS) if self.chance(0.7) else self.random.randint(-20, 20)
                return (str(number), MEMBER) if number >= 0 else (str(number), UNARY)
            case "string": return quoted(self.pick(STRINGS), self.random), MEMBER
            case "entity": return self.entity(kind[1]), MEMBER
            case "set":
                count = self.random.randint(0 if self.chance(self.wildness) else 1, 3)
                return "[" + ", ".join(self.literal(kind[1])[0] for _ in range(count)) + "]", MEMBER
            case "record":
                fields = [(name, member) for name, (member, required) in kind[1].items() if required or self.chance(0.5)]
                return "{" + ", ".join(f"{self.key(name)}: {self.literal(member)[0]}" for name, member in fields) + "}", MEMBER
        name = kind[1]
        arguments = BAD if self.chance(self.wildness / 3) else GOOD
        return f"{CONSTRUCTORS[name]}({quoted(self.argument(arguments[name]))})", MEMBER

    def argument(self, pool):
        text = self.pick(pool)
        return mutated(self.random, text) if self.chance(self.wildness / 5) else text

    def key(self, name):
        return name if name.isascii() and name.isidentifier() and name not in RESERVED and self.chance(0.8) else quoted(name)

    def entity(self, name):
        if self.chance(self.wildness / 20):
            name = self.pick(["Unknown", "N::User", "User", "Action"])
        return f"{name}::{quoted(self.schema.any_id(self.random, name), self.random)}"

    def write_bool(self, kind, depth):
        entity = ("entity", self.pick(list(self.schema.types)))
        other = self.any_kind() if self.chance(0.5) else self.pick([LONG, STRING, entity])
        value = lambda kind, level=MEMBER: self.write(kind, depth, level)
        choice = self.random.randrange(16)
        if choice < 3:
            operator, level = self.pick([("&&", AND), ("||", OR)])
            return f" {operator} ".join(self.write(BOOL, depth, level + 1) for _ in range(self.random.randint(2, 3))), level
        if choice == 3:
            return "!" * self.pick([1, 1, 1, 2, 4, 5 if self.chance(self.wildness) else 1]) + value(BOOL), UNARY
        if choice < 6:
            return f"{value(other, SUM)} {self.pick(['==', '!='])} {value(other, SUM)}", RELATION
        if choice == 6:
            kind = self.pick([LONG, extension("datetime"), extension("duration")])
            return f"{value(kind, SUM)} {self.pick(['<', '<=', '>', '>='])} {value(kind, SUM)}", RELATION
        if choice == 7:
            return f'{value(STRING, SUM)} like "{self.pick(PATTERNS)}"', RELATION
        if choice == 8:
            return self.write_has(depth), RELATION
        if choice == 9:
            name = self.pick(list(self.schema.types))
            path = value(("entity", self.pick([name, self.pick(list(self.schema.types))])), SUM)
            return f"{path} is {name}" + (f" in {value(entity, SUM)}" if self.chance(0.4) else ""), RELATION
        if choice == 10:
            left = "action" if self.chance(0.2) else value(entity, SUM)
            right = self.actions() if left == "action" else value(entity if self.chance(0.6) else ("set", entity), SUM)
            return f"{left} in {right}", RELATION
        if choice < 13:
            element = self.pick([LONG, STRING, entity, BOOL])
            method = self.pick(["contains", "containsAll", "containsAny", "isEmpty"])
            argument = {"contains": element, "isEmpty": None}.get(method, ("set", element))
            return f"{value(('set', element))}.{method}({value(argument, IF) if argument else ''})", MEMBER
        if choice == 13:
            tagged = [name for name, kind in self.schema.types.items() if kind.tags] if not self.chance(self.wildness) else None
            key = quoted(self.pick(TAGS)) if self.chance(0.7) else value(STRING, IF)
            return f"{value(('entity', self.pick(tagged or list(self.schema.types))))}.hasTag({key})", MEMBER
        if choice == 14:
            method = self.pick(["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"])
            return f"{value(extension('decimal'))}.{method}({value(extension('decimal'), IF)})", MEMBER
        address = extension("ipaddr")
        if self.chance(0.4):
            return f"{value(address)}.isInRange({value(address, IF)})", MEMBER
        method = self.pick(["isIpv4", "isIpv6", "isLoopback", "isMulticast"])
        if self.chance(self.wildness / 10):
            return f"{method}({value(address)})", MEMBER
        return f"{value(address)}.{method}()", MEMBER

    def actions(self):
        names = [self.schema.action_text(action) for action in self.random.choices(self.schema.actions, k=2)]
        return names[0] if self.chance(0.5) else "[" + ", ".join(names) + "]"

    def write_has(self, depth):
        text, kind, guards = self.pick(self.paths) if self.chance(0.8) else (self.write(self.any_kind(), depth, SUM), None, [])
        self.guards += guards
        names = list(self.attributes(kind) or []) if kind else []
        name = self.pick(names) if names and not self.chance(0.2) else self.pick(ATTRIBUTES)
        key = self.key(name)
        if self.chance(0.3) and (key[0] != '"' or self.chance(self.wildness / 10)):
            key += "." + self.pick(["a", "b", "c", "name", "principal"] if self.chance(0.98) else ATTRIBUTES)
        return f"{text} has {key}"

    def write_long(self, kind, depth):
        value = lambda kind, level=MEMBER: self.write(kind, depth, level)
        choice = self.random.randrange(6)
        if choice < 2:
            return f"{value(LONG, SUM)} {self.pick('+-')} {value(LONG, PRODUCT)}", SUM
        if choice == 2:
            return f"{value(LONG, PRODUCT)} * {value(LONG, UNARY)}", PRODUCT
        if choice == 3:
            return "-" * self.pick([1, 1, 2, 4, 5 if self.chance(self.wildness) else 1]) + value(LONG), UNARY
        method = self.pick(["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"])
        return f"{value(extension('duration'))}.{method}()", MEMBER

    def write_string(self, kind, depth):
        return self.tag(kind, depth) or self.leaf(kind)

    def tag(self, kind, depth):
        tagged = [name for name, known in self.schema.types.items() if known.tags and plain(known.tags) == kind]
        if not tagged or not self.chance(0.7):
            return None
        text, key = self.write(("entity", self.pick(tagged)), min(depth, 1), MEMBER), quoted(self.pick(TAGS))
        self.guards.append(f"{text}.hasTag({key})")
        return f"{text}.getTag({key})", MEMBER

    def write_entity(self, kind, depth):
        return self.tag(kind, depth) or self.leaf(kind)

    def write_set(self, kind, depth):
        if self.chance(0.4):
            return self.tag(kind, depth) or self.leaf(kind)
        count = self.random.randint(0 if self.chance(self.wildness) else 1, 3)
        return "[" + ", ".join(self.write(kind[1], depth) for _ in range(count)) + "]", MEMBER

    def write_record(self, kind, depth):
        if self.chance(0.5):
            return self.leaf(kind)
        fields = [(name, member) for name, (member, required) in kind[1].items() if required or self.chance(0.5)]
        if self.chance(self.wildness / 10):
            fields.append((self.pick(ATTRIBUTES), LONG))
        return "{" + ", ".join(f"{self.key(name)}: {self.write(member, depth)}" for name, member in fields) + "}", MEMBER

    def write_decimal(self, kind, depth):
        return self.constructed(kind, depth)

    write_ipaddr = write_decimal

    def constructed(self, kind, depth):
        if self.chance(self.wildness / 8):
            function = "unknown" if self.chance(0.02) else CONSTRUCTORS[kind[1]]
            return f"{function}({', '.join(self.write(STRING, depth) for _ in range(self.pick([0, 1, 1, 1, 2])))})", MEMBER
        return self.leaf(kind)

    def write_datetime(self, kind, depth):
        value = lambda name: self.write(extension(name), depth, MEMBER)
        return self.pick([lambda: (f"{value('datetime')}.offset({value('duration')})", MEMBER),
                          lambda: (f"{value('datetime')}.toDate()", MEMBER), lambda: self.constructed(kind, depth)])()

    def write_duration(self, kind, depth):
        value = lambda name: self.write(extension(name), depth, MEMBER)
        return self.pick([lambda: (f"{value('datetime')}.durationSince({value('datetime')})", MEMBER),
                          lambda: (f"{value('datetime')}.toTime()", MEMBER), lambda: self.constructed(kind, depth)])()


def mutated(random, text):
    """The text with one character changed."""
    place = random.randint(0, len(text))
    return text[:place] + random.choice("019.:/-+ aTZé") * random.randint(0, 1) + text[place + random.randint(0, 1):]


def scope(random, schema, environment, wildness, is_template):
    principal, action, resource, _ = environment
    slots = {"principal": is_template, "resource": is_template and random.random() < 0.6}

    def part(name, kind):
        other = random.choice(list(schema.types)) if random.random() < wildness / 2 else None
        entity = f"{other or schema.ancestor(random, kind)}::"
        entity += quoted(schema.any_id(random, entity[:-2]), random)
        same = f"{other or kind}::{quoted(schema.any_id(random, kind), random)}"
        if slots[name]:
            entity = same = "?" + name
        return random.choice([f"{name} in {entity}", f"{name} == {same}", f"{name} is {other or kind} in {entity}"] +
                             ([] if slots[name] else [name] * 5 + [f"{name} is {kind}", f"{name} is {kind}", f"{name} is {kind}"]))

    names = [schema.action_text(action)] + [schema.action_text(random.choice(schema.actions)) for _ in range(2)]
    actions = random.choice([f"action == {names[0]}", f"action == {names[0]}", f"action in {names[1]}", "action", "action",
                             f"action in [{', '.join(names[: random.randint(0, 3)])}]"])
    return f"{part('principal', principal)}, {actions}, {part('resource', resource)}{',' if random.random() < wildness / 30 else ''}"


def policy(random, schema, wildness, identifier):
    environment = random.choice(schema.environments)
    is_template = random.random() < 0.15
    text = ""
    if identifier is not None:
        text += f"@id({quoted(identifier)}) "
    if random.random() < 0.1:
        text += random.choice(['@note("x")', "@advice", '@in("\\u{e9}")', '@if("")']) + random.choice([" ", "\n", " // said\n"])
    text += random.choice(["permit", "permit", "forbid"]) + " (" + scope(random, schema, environment, wildness, is_template) + ")"
    for _ in range(random.choice([0, 1, 1, 1, 2])):
        expressions = Expressions(random, schema, environment, wildness)
        text += f" {random.choice(['when', 'when', 'unless'])} {{ {expressions.condition(random.randint(1, 4))} }}"
    return text + ";"


def policies(random, schema, wildness):
    named = random.random() < 0.3
    pool = ["one", "two", "three", "é", "e\u0301", "policy9", "policy1" if random.random() < 0.05 else "policy8", "", "four"]
    random.shuffle(pool)
    texts = []
    for _ in range(random.randint(1, 6)):
        identifier = None
        if named and random.random() < 0.5:
            identifier = pool[-1] if random.random() < 0.02 else pool.pop()
        texts.append(policy(random, schema, wildness, identifier))
    return "\n".join(texts)


def damaged(random, text):
    """The text with one to three tokens or characters removed, doubled, moved or put in."""
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        place, end = sorted(random.choices(range(len(text) + 1), k=2))
        end = min(end, place + random.randint(0, 6))
        text = random.choice([
            lambda: text[:place] + text[end:], lambda: text[:place] + random.choice(TOKENS) + text[place:],
            lambda: text[:place] + random.choice(TOKENS) + text[end:], lambda: text[:end] + text[place:],
            lambda: text[:place] + " " + random.choice(TOKENS) + " " + text[end:],
            lambda: text.replace(random.choice([" ", "(", ")", ";", ",", "."]), random.choice(TOKENS), 1)])()
    return text


def damaged_json(random, value):
    """The JSON value with one part of it replaced, removed, renamed or added; the answer is a text."""
    strange = [None, 1.0, 2**63, -2**63 - 1, -2**63, 1e3, True, "", "x", [], {}, {"__entity": {"type": "User", "id": "a"}}, 0,
               {"__extn": {"fn": "ip", "arg": "::1"}}, {"__extn": {"fn": "ip", "arg": "1"}}, {"__expr": "1"}, {"type": "User", "id": "a"},
               {"__extn": {"fn": "nope", "arg": "1"}}, {"__entity": {"type": "User"}}, {"Value": 1}, {"Var": "principal"}, [1, "a"],
               {"__extn": {"fn": "offset", "args": [{"__extn": {"fn": "datetime", "arg": "2024-01-01"}}, {"fn": "duration", "arg": "1h"}]}},
               {"__extn": {"fn": "decimal", "arg": "1.0", "x": 1}}, {"__entity": {"type": "User", "id": "a"}, "x": 1}, "\x00"]
    root = [copy.deepcopy(value)]
    pick = lambda choices: copy.deepcopy(random.choice(choices))
    places = []

    def visit(container):
        for key, child in list(container.items() if isinstance(container, dict) else enumerate(container)):
            places.append((container, key))
            if isinstance(child, (dict, list)):
                visit(child)

    visit(root)
    for _ in range(random.choice([1, 1, 2])):
        container, key = random.choice(places)
        if isinstance(container, list) and key >= len(container) or isinstance(container, dict) and key not in container:
            continue
        choice = random.randrange(4)
        if choice == 0 and container is not root:
            del container[key]
        elif choice == 1 and isinstance(container, dict):
            container[random.choice(["type", "id", "uid", "attrs", "x", "Value", "Set", "in", "slot", "op", "__expr"])] = container.pop(key)
        elif choice == 2 and isinstance(container[key], (dict, list)):
            if isinstance(container[key], dict):
                container[key][random.choice(["x", "a", "tags", "parents", "annotations", "type"])] = pick(strange)
            else:
                container[key].append(pick(strange + container[key]))
        else:
            container[key] = pick(strange)
    text = json.dumps(root[0], ensure_ascii=random.random() < 0.5)
    if random.random() < 0.1:
        text = damaged(random, text)
    if random.random() < 0.05:
        # A key twice.
        text = text.replace('{"', '{"id": "a", "', 1) if random.random() < 0.5 else text.replace('"a": ', '"a": 1, "a": ', 1)
    return text


def damaged_context(random, text):
    """What is no JSON at all stays out: it would break the line that carries it, which is a question of another kind."""
    damage = damaged_json(random, json.loads(text)).replace("\n", " ").replace("\r", " ")
    try:
        json.loads(damage)
    except ValueError:
        return text
    return damage


CALLS = [
    "{f}({s}) == {f}({t})", "{f}({s}) != {f}({g})", "[{f}({s})].contains({f}({g}))", "decimal({s}).lessThan(decimal({t}))",
    "decimal({s}).greaterThanOrEqual(decimal({g}))", "ip({s}).isInRange(ip({t}))", "ip({t}).isInRange(ip({g}))", "ip({s}).isIpv4()",
    "ip({s}).isLoopback()", "ip({s}).isMulticast()", "datetime({s}) < datetime({t})", "datetime({s}) >= datetime({g})",
    "datetime({s}).toDate() == datetime({s})", "datetime({s}).toTime() < duration({g})", "duration({s}) <= duration({t})",
    "datetime({s}).offset(duration({t})) > datetime({g})", "datetime({s}).durationSince(datetime({g})).toHours() > {n}",
    "duration({s}).toMilliseconds() < {n}", "duration({s}).toSeconds() == {n}", "duration({s}).toDays() != duration({g}).toMinutes()",
    "datetime({s}).toTime().toMilliseconds() > 0 && datetime({s}).durationSince(datetime({g})).toMilliseconds() < {n}",
    "{n} + {m} < {m}", "{n} * {m} == 1", "{n} - {m} > 0", "-{n} < 0", '{s} like "{p}"', "{s} == {t}", "{{a: {s}}} == {{a: {t}}}",
]


def strings_case(random, index):
    """Extension functions, patterns and arithmetic over many strings and numbers: the policies stay and the context changes."""
    def call():
        text = random.choice(CALLS)
        name = next((name for name, function in CONSTRUCTORS.items() if function + "({g})" in text), random.choice(EXTENSIONS))
        return text.format(f=CONSTRUCTORS[name], g=quoted(random.choice(GOOD[name])), s="context.s", t="context.t", n="context.n",
                           m=random.choice(["context.m", "context.n", "2", "9223372036854775807"]), p=random.choice(PATTERNS))

    texts = [f"{random.choice(['permit', 'forbid'])} (principal, action, resource) when {{ {call()} }};" for _ in range(12)]

    def context(name):
        pool = STRINGS if random.random() < 0.1 else (BAD if random.random() < 0.2 else GOOD)[name]
        text = random.choice(pool)
        return mutated(random, mutated(random, text) if random.random() < 0.3 else text) if random.random() < 0.4 else text

    requests, number = [], lambda: random.choice(LONGS) if random.random() < 0.6 else random.randint(-2**63, 2**63 - 1)
    for _ in range(40):
        name = random.choice(EXTENSIONS)
        fields = {"s": context(name), "t": context(name), "n": number(), "m": number()}
        uid = {"type": "User", "id": random.choice(IDS)}
        requests.append({"principal": uid, "action": {"type": "Action", "id": "a"}, "resource": uid, "context": json.dumps(fields)})
    return {"index": index, "policies": "\n".join(texts), "validated": None, "schema": None, "entities": "[]", "requests": requests}


def case(random, index):
    """A case: what to decide and what to validate, with something damaged in one of its parts now and then."""
    if random.random() < 0.1:
        return strings_case(random, index)
    wildness = random.choice([0, 0, 0.05, 0.2, 0.6])
    schema = Schema(random)
    text = policies(random, schema, wildness)
    entities = schema.entities(random, wildness * random.choice([0, 0.05, 0.05, 0.5]))
    entities_text = json.dumps(entities, ensure_ascii=random.random() < 0.5)
    schema_text = schema.text() if random.random() < 0.5 else json.dumps(schema.json(), ensure_ascii=False)
    requests = [schema.request(random, wildness, entities) for _ in range(random.randint(5, 40))]
    requests = [dict(request, context=json.dumps(request["context"], ensure_ascii=False)) for request in requests]
    damage = random.choice([None] * 5 + ["policies", "schema", "entities", "requests"])
    if damage == "policies":
        text, requests = damaged(random, text), requests[:3]
    elif damage == "schema" and random.random() < 0.5:
        schema_text, requests = damaged(random, schema.text()), requests[:3]
    elif damage == "schema":
        schema_text, requests = damaged_json(random, schema.json()), requests[:3]
    elif damage == "entities":
        entities_text, requests = damaged_json(random, entities), requests[:3]
    elif damage == "requests":
        requests = [dict(request, context=damaged_context(random, request["context"])) for request in requests]
    with_schema = damage == "schema" or random.random() < 0.5
    return {"index": index, "policies": text, "validated": schema_text, "schema": schema_text if with_schema else None,
            "entities": entities_text, "requests": requests}
