// The MCP SDK for TypeScript: `node mcp.js ISSUER SERVER`.
import assert from "node:assert/strict";
import { auth } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Browser } from "./browser.js";

const [issuer, server] = process.argv.slice(2);
const REDIRECT_URI = "http://127.0.0.1:5173/callback";

/** What a host application remembers for its user, and the browser that it opens. */
class Provider {
  redirectUrl = REDIRECT_URI;
  clientMetadata = {
    client_name: "MCP SDK for TypeScript",
    redirect_uris: [REDIRECT_URI],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  };
  signIns = 0;
  #browser = new Browser(issuer);

  constructor(clientMetadataUrl) {
    this.clientMetadataUrl = clientMetadataUrl;
  }

  state = () => (this.expectedState = crypto.randomUUID());
  clientInformation = () => this.client;
  saveClientInformation = (client) => void (this.client = client);
  tokens = () => this.saved;
  saveTokens = (tokens) => void (this.saved = tokens);
  saveCodeVerifier = (verifier) => void (this.verifier = verifier);
  codeVerifier = () => this.verifier;

  async redirectToAuthorization(url) {
    this.signIns += 1;
    this.asked = url.searchParams;
    const answer = await this.#browser.authorize(url, "allow");
    assert.equal(answer.origin + answer.pathname, REDIRECT_URI);
    assert.equal(answer.searchParams.get("state"), this.expectedState);
    assert.equal(answer.searchParams.get("iss"), issuer, "to the byte");
    this.code = answer.searchParams.get("code");
  }
}

for (const clientMetadataUrl of [undefined, "https://client.example/metadata.json"]) {
  const provider = new Provider(clientMetadataUrl);
  await assert.rejects(connect(provider), { name: "Error", message: "Unauthorized" });
  await finish(provider);
  assert.equal(provider.asked.get("scope"), "photos:read", "as the challenge says");
  assert.equal(provider.asked.get("resource"), server);
  assert.match(provider.client.client_id, clientMetadataUrl ? /^https:/ : /^dyn_/);

  const client = await connect(provider);
  assert.match(await call(client, "count_photos"), /^demo has \d+ photos$/);

  // A token that is not good any more is refreshed, without anybody being asked.
  const before = provider.saved;
  provider.saved = { ...before, access_token: "gone" };
  assert.match(await call(client, "count_photos"), /^demo has/);
  assert.notEqual(provider.saved.refresh_token, before.refresh_token);
  assert.equal(provider.signIns, 1);

  // The SDK refreshes first, which cannot give more than was granted: the application asks anew.
  await assert.rejects(call(client, "delete_photo"), { code: 403 });
  delete provider.saved;
  assert.equal(await auth(provider, { serverUrl: server, scope: "photos:read photos:write" }), "REDIRECT");
  await finish(provider);
  assert.match(await call(client, "delete_photo"), /^demo has \d+ photos left$/);
  assert.equal(provider.signIns, 2);
  await client.close();
}

async function connect(authProvider) {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(server), { authProvider }));
  return client;
}

async function finish(provider) {
  const authorizationCode = provider.code;
  assert.equal(await auth(provider, { serverUrl: server, authorizationCode }), "AUTHORIZED");
}

async function call(client, name) {
  return (await client.callTool({ name, arguments: {} })).content[0].text;
}
