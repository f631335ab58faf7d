"""Signs odd requests with botocore: python3 Tests/Support/S3Signatures/make.py > Tests/Support/S3Signatures/signatures.json"""
import datetime
import hashlib
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import percent_encode, percent_encode_sequence

TIME = datetime.datetime(2026, 5, 3, 10, 15, 0, tzinfo=datetime.timezone.utc)
for name in ("get_current_datetime",):
    setattr(botocore.auth, name, lambda remove_tzinfo=True: TIME.replace(tzinfo=None) if remove_tzinfo else TIME)

KEYS = [
    "plain/key.json", "with space/a b", "plus+plus", "percent%41%2F", "equals=1/date=2026-05-03", "ünïcode/é", "e\u0301", "日本語/🧊",
    "quote'\"()!*", "a&b;c:d@e,f$g", "[x]{y}|^`~", "back\\slash", "question?hash#", "trailing.", "-._~", "<tag>",
]
QUERIES = [
    [], [["delete", ""]], [["list-type", "2"], ["prefix", "a b/é+="], ["max-keys", "1000"]],
    [["start-after", "x/~y&z"], ["list-type", "2"], ["continuation-token", "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM="]],
]
HEADERS = [{}, {"if-none-match": "*"}, {"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==", "content-type": "application/xml"}, {"x-amz-meta-a": "  two   words "}]


def sign(method, key, query, headers, body, token):
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    path = "/bucket/" + percent_encode(key, safe="/~") if key else "/bucket"
    url = "http://127.0.0.1:9000" + path + ("?" + percent_encode_sequence([tuple(pair) for pair in query]) if query else "")
    request = AWSRequest(method, url, headers=dict(headers), data=body)
    request.context["payload_signing_enabled"] = True
    request.context["signing"] = {}
    request.context["client_config"] = None
    botocore.auth.S3SigV4Auth(credentials, "s3", "eu-central-1").add_auth(request)
    return {
        "method": method, "key": key, "path": path, "query": query, "headers": headers, "body": body.decode(), "token": token,
        "bodyHash": hashlib.sha256(body).hexdigest(), "authorization": request.headers["Authorization"],
    }


cases = [sign("GET", key, [], {}, b"", None) for key in KEYS]
cases += [sign("PUT", key, [], {"if-none-match": "*"}, "Grüße".encode(), "token/+=") for key in KEYS]
cases += [sign("POST", "", query, headers, b"<Delete/>", None) for query in QUERIES for headers in HEADERS]
json.dump(cases, sys.stdout, indent=1, ensure_ascii=False)
print()
