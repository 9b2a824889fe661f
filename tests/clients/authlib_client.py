"""Authlib against a dev-server: `python authlib_client.py ISSUER`."""

import os
import sys
from urllib.parse import parse_qs, urljoin, urlsplit

# The dev-server has no certificate.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

from browser import Browser

ISSUER = sys.argv[1]
SPA = {
    "client_id": "spa",
    "redirect_uri": "http://127.0.0.1:5173/callback",
    "token_endpoint_auth_method": "none",
}
BACKEND = {
    "client_id": "backend",
    "client_secret": "backend-secret-0123456789abcdef",
    "redirect_uri": "http://127.0.0.1:4100/callback",
}
API = {"client_id": "api", "client_secret": "api-secret-0123456789abcdef"}


def main():
    server = discover()
    for client in SPA, BACKEND:
        walk(server, client)
    be_denied(server, SPA)
    work_for_itself(server, BACKEND)


def discover():
    answer = requests.get(get_well_known_url(ISSUER, external=True), timeout=10)
    server = AuthorizationServerMetadata(answer.json())
    server.validate()
    assert server["issuer"] == ISSUER, "to the byte"
    return server


def walk(server, client):
    """Gets a code, tokens and photos; refreshes; replays; revokes."""
    session, first = sign_in(server, client)
    photos = session.get(urljoin(ISSUER, "/photos"), timeout=10).json()
    assert (photos["sub"], photos["client_id"]) == ("demo", client["client_id"]), photos

    second = session.refresh_token(server["token_endpoint"])
    assert second["access_token"] != first["access_token"]
    assert photos_for(second).status_code == 200
    assert introspect(server, second)["sub"] == "demo"

    # A refresh token that comes back takes everything with it.
    refuses(lambda: session.refresh_token(server["token_endpoint"], first["refresh_token"]))
    assert photos_for(second).status_code == 401
    assert introspect(server, second) == {"active": False}
    refuses(lambda: session.refresh_token(server["token_endpoint"], second["refresh_token"]))

    session, tokens = sign_in(server, client)
    revoke(server, session, tokens["refresh_token"])
    assert photos_for(tokens).status_code == 401
    refuses(lambda: session.refresh_token(server["token_endpoint"]))
    # RFC 7009 §2.2: a token that is not known is as good as revoked.
    revoke(server, session, tokens["refresh_token"])


def sign_in(server, client):
    session = OAuth2Session(**client, code_challenge_method="S256")
    verifier = generate_token(48)
    answer = ask(server, session, verifier, "allow")
    tokens = session.fetch_token(
        server["token_endpoint"], authorization_response=answer, code_verifier=verifier
    )
    return session, dict(tokens)


def be_denied(server, client):
    session = OAuth2Session(**client, code_challenge_method="S256")
    answer = ask(server, session, generate_token(48), "deny")
    fields = parse_qs(urlsplit(answer).query)
    assert fields["error"] == ["access_denied"] and "code" not in fields, answer


def ask(server, session, verifier, decision):
    url, state = session.create_authorization_url(
        server["authorization_endpoint"],
        scope="photos:read offline_access",
        code_verifier=verifier,
    )
    answer = Browser(ISSUER).authorize(url, decision)
    assert answer.startswith(session.redirect_uri + "?"), answer
    fields = parse_qs(urlsplit(answer).query)
    assert (fields["iss"], fields["state"]) == ([ISSUER], [state]), "to the byte"
    return answer


def work_for_itself(server, client):
    session = OAuth2Session(**client)
    tokens = session.fetch_token(
        server["token_endpoint"], grant_type="client_credentials", scope="photos:read"
    )
    assert "refresh_token" not in tokens
    assert session.get(urljoin(ISSUER, "/photos"), timeout=10).status_code == 200
    known = introspect(server, tokens)
    assert known["active"] and known["client_id"] == client["client_id"], known
    assert (known["scope"], known["iss"]) == ("photos:read", ISSUER), known
    revoke(server, session, tokens["access_token"])
    assert introspect(server, tokens) == {"active": False}
    assert photos_for(tokens).status_code == 401


def introspect(server, tokens):
    session = OAuth2Session(**API)
    answer = session.introspect_token(server["introspection_endpoint"], token=tokens["access_token"])
    assert answer.status_code == 200, answer.text
    return answer.json()


def revoke(server, session, token):
    answer = session.revoke_token(server["revocation_endpoint"], token=token)
    assert answer.status_code == 200, answer.text


def photos_for(tokens):
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return requests.get(urljoin(ISSUER, "/photos"), headers=headers, timeout=10)


def refuses(request):
    try:
        request()
    except OAuthError as error:
        assert error.error == "invalid_grant", error
    else:
        raise AssertionError("this was not refused")


main()
