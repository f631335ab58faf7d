"""An issuer of tokens for the tests: a key, a JWKS document on loopback, and tokens good and bad."""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def encoded(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Issuer:
    def __init__(self, audience="catalog"):
        self.audience = audience
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.asked = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked += 1
                documents = {
                    "/.well-known/openid-configuration": {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys"},
                    "/keys": {"keys": [issuer.public()]},
                }
                body = json.dumps(documents.get(self.path, {})).encode()
                self.send_response(200 if self.path in documents else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()

    def public(self):
        numbers = self.key.public_key().public_numbers()
        return {"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256", "n": number(numbers.n), "e": number(numbers.e)}

    def configuration(self, alias):
        return {
            "alias": alias, "issuer": self.url, "audiences": [self.audience], "algorithms": ["RS256"],
            "claims": {"groups": ["groups"], "service": {"claim": "idtyp", "values": ["app"]}},
        }

    def claims(self, subject="alice", **changes):
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.audience, "sub": subject, "iat": now, "exp": now + 600, **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, subject="alice", key=None, header=None, **changes):
        """A token that is right in everything but what is said otherwise."""
        header = {"alg": "RS256", "kid": "k1", "typ": "JWT", **(header or {})}
        text = f"{encoded(header)}.{encoded(self.claims(subject, **changes))}"
        if header["alg"] == "none":
            return text + "."
        if header["alg"] == "HS256":
            # The classic: the public key, which everybody has, as an HMAC secret.
            pem = self.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            mac = hmac.HMAC(pem, hashes.SHA256())
            mac.update(text.encode())
            return f"{text}.{encoded(mac.finalize())}"
        return f"{text}.{encoded((key or self.key).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
