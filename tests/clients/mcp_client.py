"""The MCP SDK for Python: `python mcp_client.py ISSUER SERVER`."""

import asyncio
import sys
from urllib.parse import parse_qsl, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

from browser import Browser

ISSUER, SERVER = sys.argv[1:]
REDIRECT_URI = "http://127.0.0.1:5173/callback"


class Application:
    """What a host application remembers for its user, and the browser that it opens."""

    def __init__(self):
        self.tokens = self.client_info = None
        self.browser = Browser(ISSUER)
        self.asked = []

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client_info

    async def set_client_info(self, client_info):
        self.client_info = client_info

    async def redirect(self, url):
        self.asked.append(dict(parse_qsl(urlsplit(url).query)))
        self.answer = urlsplit(await asyncio.to_thread(self.browser.authorize, url, "allow"))
        assert self.answer._replace(query="", fragment="").geturl() == REDIRECT_URI

    async def callback(self):
        answer = dict(parse_qsl(self.answer.query))
        assert answer["iss"] == ISSUER, "to the byte"
        return AuthorizationCodeResult(**answer)


async def walk(client_metadata_url):
    application = Application()
    metadata = OAuthClientMetadata(
        client_name="MCP SDK for Python", redirect_uris=[REDIRECT_URI]
    )
    provider = OAuthClientProvider(
        SERVER,
        metadata,
        application,
        application.redirect,
        application.callback,
        client_metadata_url=client_metadata_url,
    )
    async with (
        httpx2.AsyncClient(auth=provider) as http,
        Client(streamable_http_client(SERVER, http_client=http)) as client,
    ):
        assert (await call(client, "count_photos")).startswith("demo has")
        # As the challenge says; and a refresh token, where there is a scope for that.
        asked = set(application.asked[0]["scope"].split())
        assert asked - {"offline_access"} == {"photos:read"}
        assert application.asked[0]["resource"] == SERVER
        client_id = application.client_info.client_id
        assert client_id == client_metadata_url or client_id.startswith("dyn_")

        # A token that has expired by the client's clock is refreshed; nobody is asked.
        before = application.tokens
        provider.context.token_expiry_time = 1
        assert (await call(client, "count_photos")).startswith("demo has")
        assert application.tokens.access_token != before.access_token
        assert application.tokens.refresh_token != before.refresh_token
        assert len(application.asked) == 1

        # Deleting needs more: the SDK asks for it, under the identifier that it has.
        assert (await call(client, "delete_photo")).endswith("photos left")
        assert {"photos:read", "photos:write"} <= set(application.asked[1]["scope"].split())
        assert len(application.asked) == 2
        assert application.client_info.client_id == client_id


async def call(client, name):
    return (await client.call_tool(name, {})).content[0].text


for client_metadata_url in (None, "https://client.example/metadata.json"):
    asyncio.run(walk(client_metadata_url))
