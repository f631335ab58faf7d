"""Checks a DSSE envelope with nothing but Python's own library and openssl, as a stranger would.

Arguments: the envelope, the public key in PEM, a folder with the files that the statement covers.
"""
import base64
import hashlib
import json
import subprocess
import sys
import tempfile

envelope = json.load(open(sys.argv[1]))
payload = base64.b64decode(envelope["payload"], validate=True)
kind = envelope["payloadType"]
signed = b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)
assert envelope["signatures"], "nobody signed"
for signature in envelope["signatures"]:
    with tempfile.NamedTemporaryFile() as text, tempfile.NamedTemporaryFile() as bytes_:
        text.write(signed)
        text.flush()
        bytes_.write(base64.b64decode(signature["sig"], validate=True))
        bytes_.flush()
        subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", sys.argv[2], "-rawin", "-in", text.name, "-sigfile", bytes_.name],
            check=True)
assert kind == "application/vnd.in-toto+json", kind
statement = json.loads(payload)
assert statement["_type"] == "https://in-toto.io/Statement/v1", statement
assert isinstance(statement["predicateType"], str) and statement["subject"], statement
for subject in statement["subject"]:
    found = hashlib.sha256(open(f"{sys.argv[3]}/{subject['name']}", "rb").read()).hexdigest()
    assert found == subject["digest"]["sha256"], subject
# Canonical: what Python writes in the same order, without spaces.
assert json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == payload, payload
