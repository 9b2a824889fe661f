"""PyJWT reads an access token by the keys that a dev-server publishes: `ISSUER RESOURCE`."""

import sys

import jwt
import requests

ISSUER, RESOURCE = sys.argv[1:]
server = requests.get(ISSUER + "/.well-known/oauth-authorization-server", timeout=10).json()
answer = requests.post(
    server["token_endpoint"],
    auth=("backend", "backend-secret-0123456789abcdef"),
    data={"grant_type": "client_credentials", "scope": "photos:read", "resource": RESOURCE},
    timeout=10,
)
token = answer.json()["access_token"]
assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
key = jwt.PyJWKClient(server["jwks_uri"]).get_signing_key_from_jwt(token)
claims = jwt.decode(token, key, algorithms=["ES256"], issuer=ISSUER, audience=RESOURCE)
assert (claims["client_id"], claims["scope"]) == ("backend", "photos:read")
