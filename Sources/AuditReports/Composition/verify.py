#!/usr/bin/env python3
"""Checks a report's bundle, a folder or a zip, without a network: python3 verify.py BUNDLE [--key KEY]...

KEY is a verifier key (name+id+base64) that you have from somebody you trust: the log's, and the one that signed the report if it is another.
Without it the keys in the bundle are used. They show that nothing was changed since, and prove nothing about who made it.
Needs Python 3.9 and openssl. Each fault is a line that begins with the file's name; with one the exit code is 1. Use a copy of this script
from elsewhere if you do not trust the bundle.
"""
import argparse, base64, hashlib, json, os, subprocess, sys, tempfile, zipfile

STATEMENT, KEYS, CHECKPOINT, REPORT = "statement.dsse.json", "keys.txt", "checkpoint.txt", "report.json"
faults = []


def check(file, action, *arguments):
    """The action's value; `None` after a fault, which is kept."""
    try:
        return action(*arguments)
    except Exception as error:
        faults.append(f"{file}: {error if isinstance(error, ValueError) else type(error).__name__ + ' ' + str(error)}")


def demand(condition, fault):
    if not condition:
        raise ValueError(fault)


def unbase64(text):
    value = base64.b64decode(text, validate=True)
    demand(base64.b64encode(value).decode() == text, "Base64 that is not the one form of its bytes")
    return value


def read_folder(path):
    files = {}
    for folder, folders, names in os.walk(path):
        for name in names + [name for name in folders if os.path.islink(os.path.join(folder, name))]:
            whole = os.path.join(folder, name)
            file = os.path.relpath(whole, path).replace(os.sep, "/")
            demand(os.path.isfile(whole) and not os.path.islink(whole), f"{file} is no plain file")
            files[file] = open(whole, "rb").read()
    return files


def read_zip(path):
    files = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            demand(entry.filename not in files, f"{entry.filename} is there twice")
            files[entry.filename] = check(entry.filename, archive.read, entry) or b""
    return files


def read_key(text):
    """(name, id) and public key of a verifier key (C2SP signed-note); only Ed25519."""
    name, key_id, rest = text.strip().split("+", 2)
    rest = unbase64(rest)
    demand(hashlib.sha256(name.encode() + b"\n" + rest).digest()[:4].hex() == key_id, "the verifier key contradicts itself")
    return (name, bytes.fromhex(key_id)), (rest[1:] if rest[0] == 1 else None)


def is_signed(key, message, signature):
    with tempfile.TemporaryDirectory() as folder:
        key_file, text, signed = (os.path.join(folder, name) for name in ("key", "text", "signature"))
        for path, content in ((key_file, bytes.fromhex("302a300506032b6570032100") + key), (text, message), (signed, signature)):
            with open(path, "wb") as file:
                file.write(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key_file, "-rawin", "-in", text, "-sigfile", signed]
        return subprocess.run(command, capture_output=True).returncode == 0


def check_statement(raw, keys):
    """The digests by file. The envelope is DSSE, the payload an in-toto statement."""
    envelope = json.loads(raw)
    demand(json.dumps(envelope, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == raw, "not in canonical form")
    kind, payload = envelope["payloadType"], unbase64(envelope["payload"])
    demand(kind == "application/vnd.in-toto+json" and set(envelope) == {"payload", "payloadType", "signatures"}, "no in-toto envelope")
    statement = json.loads(payload)
    digests = {subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]}
    demand(len(digests) == len(statement["subject"]), "a file is named twice")
    message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    demand(envelope["signatures"], "not signed")
    for entry in envelope["signatures"]:
        signers = [key for (name, _), key in keys.items() if key and name == entry["keyid"]]
        if not any(is_signed(key, message, unbase64(entry["sig"])) for key in signers):
            faults.append(f"{STATEMENT}: not signed by a key that is known ({', '.join(name for name, _ in keys)})")
    return digests


def check_checkpoint(raw, keys):
    """Origin, size and root. The log's own signature must be there; those of unknown keys are passed over."""
    text, _, lines = raw.decode().rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    signers = set()
    for line in lines.splitlines():
        dash, name, signature = line.split(" ")
        signature = unbase64(signature)
        key = keys.get((name, signature[:4]))
        if dash == "\u2014" and key:
            demand(is_signed(key, text.encode(), signature[4:]), f"the signature of {name} is false")
            signers.add(name)
    demand(origin in signers, f"{origin} has not signed it with a key that is known")
    return origin, int(size), unbase64(root)


def check_event(raw, note, head):
    """Id and place of the event of a C2SP tlog-proof, which must be in the tree of the checkpoint (RFC 9162, 2.1.3.2)."""
    lines, _, own_note = raw.partition(b"\n\n")
    title, entry, index, *hashes = lines.decode().split("\n")
    demand(title == "c2sp.org/tlog-proof@v1" and entry.startswith("extra ") and index.startswith("index "), "no proof with its event")
    demand(own_note == note, f"made for another checkpoint than {CHECKPOINT}")
    event, index, hashes = unbase64(entry[6:]), int(index[6:]), [unbase64(line) for line in hashes]
    demand(0 <= index < head[1], "it lies outside the log")
    node = lambda left, right: hashlib.sha256(b"\x01" + left + right).digest()
    place, last, result = index, head[1] - 1, hashlib.sha256(b"\x00" + event).digest()
    for sibling in hashes:
        demand(last > 0, "the proof is too long")
        if place & 1 or place == last:
            result = node(sibling, result)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            result = node(result, sibling)
        place, last = place >> 1, last >> 1
    demand(last == 0 and result == head[2], "the event is not in the log at this place")
    return json.loads(event)["id"], index


def cited(value, key=None):
    """All ids of events that facts of the report cite."""
    if isinstance(value, dict):
        return [event for name, member in value.items() for event in cited(member, name)]
    if isinstance(value, list):
        return [event for member in value for event in cited(member)]
    return [value] if key == "event" else []


def check_report(raw, note, head, events):
    report = json.loads(raw)
    demand(report["schema"] == "moraine-report/1", f"a form that this script does not know: {report['schema']}")
    demand(head is None or report["log"]["origin"] == head[0], "it is of another log than the checkpoint")
    demand(note is None or report["log"]["checkpoint"].encode() == note, f"it has another checkpoint than {CHECKPOINT}")
    listed = {entry["file"]: (entry["id"], entry["place"]) for entry in report["log"]["events"]}
    for file in sorted(set(listed) | set(events)) if events is not None else []:  # None without a checkpoint
        if file not in events:
            faults.append(f"{file}: it is cited and not there")
        elif listed.get(file) != events[file]:
            faults.append(f"{file}: it is another event than {REPORT} says")
    for event in sorted(set(cited(report)) - {event for event, _ in listed.values()}):
        faults.append(f"{REPORT}: it cites the event {event}, which the bundle does not have")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle")
    parser.add_argument("--key", action="append", help="a verifier key that you trust")
    asked = parser.parse_args()
    files = check(asked.bundle, read_folder if os.path.isdir(asked.bundle) else read_zip, asked.bundle) or {}
    for file in (STATEMENT, KEYS, CHECKPOINT, REPORT):
        if file not in files:
            faults.append(f"{file}: it is missing")
    texts = asked.key or (check(KEYS, files.get(KEYS, b"").decode) or "").splitlines()
    keys = dict(filter(None, (check("--key" if asked.key else KEYS, read_key, text) for text in texts)))
    digests = check(STATEMENT, check_statement, files[STATEMENT], keys) if STATEMENT in files else None
    for file in sorted((set(files) | set(digests or {})) - {STATEMENT}):
        if digests is not None and file not in digests:
            faults.append(f"{file}: it is in the bundle and not in the statement")
        elif file not in files:
            faults.append(f"{file}: it is missing")
        elif digests is not None and hashlib.sha256(files[file]).hexdigest() != digests[file]:
            faults.append(f"{file}: it was changed: its SHA-256 is not the one in the statement")
    note = files.get(CHECKPOINT)
    head = check(CHECKPOINT, check_checkpoint, note, keys) if note is not None else None
    events = {file: check(file, check_event, files[file], note, head) for file in files if head and file.startswith("events/")}
    if REPORT in files:
        check(REPORT, check_report, files[REPORT], note, head, {file: event for file, event in events.items() if event} if head else None)
    for fault in dict.fromkeys(faults):
        print(fault)
    if faults:
        return 1
    print(f"{len(files)} files and {len(events)} events: all as they were signed. Log {head[0]}, {head[1]} events.")
    print("Checked with the key you gave." if asked.key else f"Checked with the keys in the bundle ({KEYS}): nothing was changed since it was signed, "
          "but these keys prove nothing about who made it. Give the key that you have from the operators with --key.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
