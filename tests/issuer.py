"""An identity provider on the loopback: discovery, keys, and the way on which a browser signs in."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

__all__ = ["AUDIENCE", "CLIENT", "DISCOVERY", "EC", "RSA", "Issuer"]

AUDIENCE = "nobodyasked"
CLIENT = "graphiql"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
DISCOVERY = "/.well-known/openid-configuration"


class Issuer:
    """Serves a discovery document and keys, and tokens at another origin, as some providers do; counts what is asked.

    Whoever comes to `/authorize` is Ann and agrees, unless `twist` says what goes wrong: `denied`, `state` or `nonce` of
    somebody else.
    """

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.status = 200
        self.twist = ""
        self.modes = ["query", "fragment"]
        self.lasts = 300
        self.requests: list[dict[str, str]] = []
        """What browsers brought to `/authorize`."""
        self.exchanges: list[dict[str, str]] = []
        """What they sent to `/token`."""
        self.revoked: list[str] = []
        self.given: list[str] = []
        """Access tokens, in order."""
        self._codes: dict[str, dict[str, str]] = {}
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
                if path == "/authorize":
                    self.redirect(issuer.authorize(query))
                elif path == "/logout":
                    self.redirect(query["post_logout_redirect_uri"])
                elif issuer.status == 302:
                    self.redirect(f"{issuer.url}/elsewhere")
                else:
                    found = {DISCOVERY: issuer.document(), "/keys": {"keys": issuer.keys}}
                    self.answer(issuer.status, found.get(path, {}))

            def do_POST(self) -> None:
                issuer.asked.append(self.path)
                size = int(self.headers["Content-Length"])
                form = dict(parse_qsl(self.rfile.read(size).decode()))
                if self.path == "/revoke":
                    issuer.revoked.append(form["token"])
                    self.answer(200, {})
                else:
                    given = issuer.exchange(form)
                    self.answer(400 if "error" in given else 200, given)

            def redirect(self, address: str) -> None:
                self.send_response(302)
                self.send_header("Location", address)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def answer(self, status: int, value: Any) -> None:
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
        self.url, self.tokens_url = (f"http://127.0.0.1:{server.server_port}" for server in self.servers)
        self.named = self.url
        self.more: dict[str, Any] = {}
        """What else its discovery document says."""
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def close(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.named,
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.tokens_url}/token",
            "revocation_endpoint": f"{self.tokens_url}/revoke",
            "end_session_endpoint": f"{self.url}/logout",
            "response_modes_supported": self.modes,
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["ES256"],
            **self.more,
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Where a browser is sent back to."""
        self.requests.append(query)
        state = "somebody-elses" if self.twist == "state" else query["state"]
        code = secrets.token_urlsafe()
        self._codes[code] = query
        answer = {"error": "access_denied"} if self.twist == "denied" else {"code": code}
        mark = "#" if query.get("response_mode") == "fragment" else "?"
        return query["redirect_uri"] + mark + urlencode({**answer, "state": state})

    def exchange(self, form: dict[str, str]) -> dict[str, Any]:
        """Tokens for a code that was not used before, from whoever knows what its challenge was made of."""
        self.exchanges.append(form)
        asked = self._codes.pop(form["code"], {})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        named = (form.get("client_id"), form.get("redirect_uri"), proof)
        if named != (CLIENT, asked.get("redirect_uri"), asked.get("code_challenge")):
            return {"error": "invalid_grant"}
        nonce = "somebody-elses" if self.twist == "nonce" else asked["nonce"]
        end = int(time.time()) + self.lasts
        self.given.append(self.token(exp=end))
        return {
            "access_token": self.given[-1],
            "token_type": "Bearer",
            "expires_in": self.lasts,
            "id_token": self.token(aud=CLIENT, nonce=nonce, exp=end),
        }

    def publish(self, key: Any, key_id: str, algorithm: str, **more: str) -> None:
        of = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
        public: Any = of.to_jwk(key.public_key(), as_dict=True)
        self.keys.append({**public, "kid": key_id, "alg": algorithm, "use": "sig", **more})

    def token(self, key: Any = EC, algorithm: str = "ES256", key_id: str | None = "one", **claims: Any) -> str:
        now = int(time.time())
        given = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "u1",
            "name": "Ann",
            "iat": now,
            "exp": now + 60,
            "roles": ["CURATOR"],
        }
        whole = {name: value for name, value in {**given, **claims}.items() if value is not None}
        return jwt.encode(whole, key, algorithm, headers={"kid": key_id} if key_id else {})
