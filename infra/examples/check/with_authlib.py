"""Gets tokens with Authlib, authenticated by a key with its default claims: with_authlib.py ISSUER accepted|refused

Authlib names the token endpoint as the audience, unless it is told the issuer, and signs for an hour. The second argument says what
Driftwood does with the token endpoint as the audience (TokenEndpointAudience).
"""

import base64
import json
import sys
import time
import urllib.request

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey, RSAKey

issuer, token_endpoint_audience = sys.argv[1:]
TYPE = {"content-type": "application/json"}
metadata = json.load(urllib.request.urlopen(f"{issuer}/.well-known/oauth-authorization-server", timeout=20))


def call(path, body, token=None):
    headers = TYPE | ({"authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(f"{issuer}/api/{path}", json.dumps(body).encode(), headers)
    answer = json.load(urllib.request.urlopen(request, timeout=20))
    return answer.get("result", answer)


def claims(assertion):
    part = assertion.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Seen(PrivateKeyJWT):
    """Authlib's own method, which remembers what it signed."""

    def sign(self, auth, token_endpoint):
        self.assertion = super().sign(auth, token_endpoint)
        return self.assertion


def session(client_id, key, method):
    """A session of Authlib that authenticates with the key at every endpoint."""
    made = OAuth2Session(client_id, key, scope="contact_read", token_endpoint_auth_method="private_key_jwt")
    made.register_client_auth_method(method)
    made.revocation_endpoint_auth_method = made.introspection_endpoint_auth_method = "private_key_jwt"
    return made


def play(name, key, algorithm):
    developer = call("auth-register", {"email": f"authlib-{name}@example.com", "password": "correct horse battery staple", "name": "Developer"})
    app = {
        "name": f"Job with {algorithm}", "scopes": ["contact_read"], "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key.as_dict(private=False, use="sig", alg=algorithm)]},
    }
    client_id = call("oauth-apps-create", app, developer["access_token"])["app"]["client_id"]

    method = Seen(issuer, alg=algorithm)
    client = session(client_id, key, method)
    began = int(time.time())
    token = client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    signed = claims(method.assertion)
    assert signed["aud"] == issuer and signed["exp"] - signed["iat"] == 3600 and signed["iat"] >= began, signed
    assert token["scope"] == "contact_read" and token["token_type"] == "Bearer", token
    contacts = client.post(f"{issuer}/api/contacts-list", json={"limit": 10}).json()
    assert contacts["result"]["contacts"] == [], contacts

    def introspect():
        return client.introspect_token(metadata["introspection_endpoint"], token=token["access_token"]).json()

    assert introspect()["client_id"] == client_id
    assert client.revoke_token(metadata["revocation_endpoint"], token=token["access_token"]).status_code == 200
    assert introspect() == {"active": False}

    # Nothing but the key and the algorithm: the audience is the URL that is posted to.
    method = Seen(alg=algorithm)
    usual = session(client_id, key, method)
    try:
        usual.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
        outcome = "accepted"
    except OAuthError as error:
        assert error.error == "invalid_client" and "aud" in error.description, error
        outcome = "refused"
    assert claims(method.assertion)["aud"] == metadata["token_endpoint"]
    assert outcome == token_endpoint_audience, outcome
    print(f"Authlib got a token for {client_id} with {algorithm} and exp an hour ahead; the token endpoint as audience was {outcome}")


play("rsa", RSAKey.generate_key(2048), "RS256")
play("ec", ECKey.generate_key("P-256"), "ES256")
