"""Uses an MCP server with MCP's Python SDK, which knows its URL and nothing else: with_mcp.py ISSUER MCP_URL

As a user's client that registers itself, and as a machine with a secret and with a key. Needs Node and what visitor.mjs needs, which is the user.
"""

import asyncio
import json
import pathlib
import sys
import urllib.parse
import urllib.request

import httpx2
from joserfc.jwk import RSAKey
from mcp.client.auth import OAuthClientProvider
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider, PrivateKeyJWTOAuthProvider, SignedJWTParameters,
)
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

issuer, mcp_url = sys.argv[1:]
VISITOR = pathlib.Path(__file__).with_name("visitor.mjs")


class Storage:
    """What the client stores."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Callback:
    """Listens at the redirect URI."""

    async def start(self):
        self.answers = asyncio.Queue()
        server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback"

    async def answer(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        url = urllib.parse.urlsplit(head.split()[1].decode())
        if url.path == "/callback":
            await self.answers.put(dict(urllib.parse.parse_qsl(url.query)))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\nYou can close this page.")
        await writer.drain()
        writer.close()


def words(text):
    return set(text.split())


def call(path, body, token=None):
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(f"{issuer}/api/{path}", json.dumps(body).encode(), headers)
    answer = json.load(urllib.request.urlopen(request, timeout=20))
    return answer.get("result", answer)


def connected(auth, mode):
    """A client that speaks the protocol of 2025 (`legacy`), or what client and server find that both speak (`auto`)."""
    return Client(streamable_http_client(mcp_url, http_client=httpx2.AsyncClient(auth=auth, timeout=30)), mode=mode)


async def play_user(user, callback):
    storage = Storage()
    asked = []

    async def redirect(url):
        asked.append(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query)))
        user.stdin.write(f"{url}\n".encode())
        await user.stdin.drain()

    async def arrive():
        answer = await callback.answers.get()
        assert answer["iss"] == issuer, answer
        return AuthorizationCodeResult(code=answer["code"], state=answer["state"], iss=answer["iss"])

    def provider():
        metadata = OAuthClientMetadata(client_name="Example MCP client in Python", redirect_uris=[callback.url])
        return OAuthClientProvider(mcp_url, metadata, storage, redirect, arrive)

    # The 401 says where to go: the SDK registers there, asks for the scopes that the server named, and uses the tools.
    auth = provider()
    for mode in ("legacy", "auto"):
        async with connected(auth, mode) as client:
            tools = (await client.list_tools()).tools
            assert sorted(tool.name for tool in tools) == ["add_contact", "list_contacts", "whoami"], tools
            me = (await client.call_tool("whoami")).structured_content
            assert me["client_id"] == storage.client.client_id, me
            assert words(me["scope"]) == {"contact_read", "offline_access"}, me
            listed = (await client.call_tool("list_contacts")).structured_content["contacts"]
            assert [contact["name"] for contact in listed] == ["Ada Lovelace"], listed
    assert len(asked) == 1 and asked[0]["resource"] == mcp_url and asked[0]["code_challenge_method"] == "S256", asked
    assert storage.client.issuer == issuer and storage.tokens.refresh_token, storage.client

    # A tool that needs more scopes: the user is asked again, and the call goes on.
    async with connected(auth, "auto") as client:
        grace = {"name": "Grace Hopper", "email": "grace@example.com"}
        added = await client.call_tool("add_contact", grace)
        assert not added.is_error, added
        assert len(asked) == 2 and words(asked[1]["scope"]) == {"contact_read", "contact_write", "offline_access"}, asked

        # An expired token is refreshed without the user, for the same resource.
        before = storage.tokens
        auth.context.token_expiry_time = 1
        me = (await client.call_tool("whoami")).structured_content
        assert words(me["scope"]) == {"contact_read", "contact_write", "offline_access"}, me
        assert storage.tokens.access_token != before.access_token and storage.tokens.refresh_token != before.refresh_token
        assert len(asked) == 2

    # Another run of the app begins with what was stored.
    async with connected(provider(), "auto") as client:
        assert (await client.call_tool("whoami")).structured_content["client_id"] == storage.client.client_id
        assert len(asked) == 2
    print(f"MCP's Python SDK registered at {issuer}, got consent, used the tools at {mcp_url}, stepped up and refreshed")


async def play_machines():
    registration = {"email": "mcp-machines@example.com", "password": "correct horse battery staple", "name": "Developer"}
    token = call("auth-register", registration)["access_token"]
    key = RSAKey.generate_key(2048)
    usual = {"scopes": ["contact_read"], "grant_types": ["client_credentials"]}
    secretive = call("oauth-apps-create", usual | {"name": "Machine with a secret"}, token)
    keys = {"keys": [key.as_dict(private=False, use="sig", alg="RS256")]}
    keyed = call("oauth-apps-create", usual | {"name": "Machine with a key", "token_endpoint_auth_method": "private_key_jwt", "jwks": keys}, token)
    ids = [made["app"]["client_id"] for made in (secretive, keyed)]
    signer = SignedJWTParameters(issuer=ids[1], subject=ids[1], signing_key=key.as_pem(private=True).decode())
    providers = [
        ClientCredentialsOAuthProvider(mcp_url, Storage(), ids[0], secretive["client_secret"], issuer=issuer),
        PrivateKeyJWTOAuthProvider(mcp_url, Storage(), ids[1], signer.create_assertion_provider(), issuer=issuer),
    ]
    for client_id, provider in zip(ids, providers):
        async with connected(provider, "auto") as client:
            me = (await client.call_tool("whoami")).structured_content
            assert (me["client_id"], me["scope"]) == (client_id, "contact_read"), me
            assert not (await client.call_tool("list_contacts")).is_error
    print("MCP's Python SDK used the tools as a machine with a secret, and as one with a key")


async def main():
    callback = Callback()
    await callback.start()
    user = await asyncio.create_subprocess_exec("node", str(VISITOR), "Ada", stdin=asyncio.subprocess.PIPE)
    playing = asyncio.create_task(play_user(user, callback))
    gone = asyncio.create_task(user.wait())
    # A user who fails ends the check: no answer would come.
    await asyncio.wait({playing, gone}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    user.stdin.close()
    if not playing.done():
        sys.exit("the user did not get to the end" if gone.done() else "not done after 60 s")
    playing.result()
    assert await gone == 0
    await play_machines()


asyncio.run(main())
