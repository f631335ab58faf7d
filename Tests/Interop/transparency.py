"""Checks of a transparency log, from its specifications alone: RFC 6962 trees and proofs, C2SP checkpoints and tlog-proofs.

Nothing but Python's standard library, and openssl for Ed25519. None of the server's code is used or looked at.
"""

import base64
import hashlib
import subprocess
import tempfile
from pathlib import Path


class Refused(Exception):
    """What was shown does not prove what it should."""


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(leaves):
    """The root over leaf hashes (RFC 6962, 2.1)."""
    row = []  # roots of full trees with their sizes, the largest first
    for leaf in leaves:
        row.append((1, leaf))
        while len(row) > 1 and row[-1][0] == row[-2][0]:
            (size, right), (_, left) = row.pop(), row.pop()
            row.append((2 * size, node_hash(left, right)))
    if not row:
        return hashlib.sha256(b"").digest()
    root = row.pop()[1]
    while row:
        root = node_hash(row.pop()[1], root)
    return root


def check_inclusion(leaf, index, size, hashes, root):
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        raise Refused("the leaf lies outside the tree")
    if len(leaf) != 32:
        raise Refused("the leaf has no hash")
    place, last, result = index, size - 1, leaf
    for sibling in hashes:
        if last == 0:
            raise Refused("the proof is too long")
        if place & 1 or place == last:
            result = node_hash(sibling, result)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise Refused("the proof is too short")
    if result != root:
        raise Refused("the leaf is not in the tree")


def check_consistency(old_size, new_size, hashes, old_root, new_root):
    """RFC 9162, 2.1.4.2."""
    if not 0 < old_size <= new_size:
        raise Refused("no tree grows so")
    if old_size == new_size:
        if hashes or old_root != new_root:
            raise Refused("two trees of one size")
        return
    hashes = list(hashes) if old_size & (old_size - 1) else [old_root, *hashes]
    if not hashes:
        raise Refused("the proof is too short")
    old, new = old_size - 1, new_size - 1
    while old & 1:
        old, new = old >> 1, new >> 1
    one = two = hashes[0]
    for sibling in hashes[1:]:
        if new == 0:
            raise Refused("the proof is too long")
        if old & 1 or old == new:
            one, two = node_hash(sibling, one), node_hash(sibling, two)
            while old and not old & 1:
                old, new = old >> 1, new >> 1
        else:
            two = node_hash(two, sibling)
        old, new = old >> 1, new >> 1
    if new or one != old_root or two != new_root:
        raise Refused("the log has not only grown")


def is_signed(public_key, message, signature):
    """Whether openssl finds an Ed25519 signature good."""
    with tempfile.TemporaryDirectory() as folder:
        key, text, bytes_ = (Path(folder) / name for name in ("key", "text", "signature"))
        key.write_bytes(bytes.fromhex("302a300506032b6570032100") + public_key)
        text.write_bytes(message)
        bytes_.write_bytes(signature)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key, "-rawin", "-in", text, "-sigfile", bytes_],
            capture_output=True).returncode == 0


def read_key(verifier):
    """Name, id, kind and public key of a verifier key (C2SP signed-note)."""
    name, key_id, rest = verifier.split("+", 2)
    rest = base64.b64decode(rest, validate=True)
    if hashlib.sha256(name.encode() + b"\n" + rest).digest()[:4].hex() != key_id:
        raise Refused("the verifier key contradicts itself")
    return name, bytes.fromhex(key_id), rest[0], rest[1:]


def check_checkpoint(note, verifiers):
    """Origin, size and root of a checkpoint that a log's key signed; `verifiers` may name witnesses too."""
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    keys = {(name, key_id): (kind, key) for name, key_id, kind, key in map(read_key, verifiers)}
    signers = set()
    for line in lines.splitlines():
        dash, name, signature = line.split(" ")
        signature = base64.b64decode(signature, validate=True)
        if dash != "\u2014" or (name, signature[:4]) not in keys:
            continue
        kind, key = keys[name, signature[:4]]
        message, signature = text.encode(), signature[4:]
        if kind == 4:  # cosignature/v1
            message, signature = b"cosignature/v1\ntime %d\n" % int.from_bytes(signature[:8], "big") + message, signature[8:]
        elif kind != 1:
            continue
        if not is_signed(key, message, signature):
            raise Refused(f"the signature of {name} is false")
        signers.add((name, kind))
    origin, size, root = text.split("\n")[:3]
    if (origin, 1) not in signers:
        raise Refused("the log has not signed this")
    return origin, int(size), base64.b64decode(root, validate=True)


def check_proof(text, verifiers, leaf=None):
    """The event, its index, and size and root of the log that it is in, of a C2SP tlog-proof."""
    head, _, note = text.partition("\n\n")
    title, *lines = head.split("\n")
    if title != "c2sp.org/tlog-proof@v1":
        raise Refused("this is no proof")
    entry = base64.b64decode(lines.pop(0)[6:], validate=True) if lines[0].startswith("extra ") else None
    index = int(lines.pop(0).removeprefix("index "))
    _, size, root = check_checkpoint(note, verifiers)
    check_inclusion(leaf or leaf_hash(entry), index, size, [base64.b64decode(line, validate=True) for line in lines], root)
    return entry, index, size, root
