// oauth4webapi against a dev-server: `node oauth4webapi.js ISSUER`.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.js";

const issuer = process.argv[2];
const insecure = { [oauth.allowInsecureRequests]: true };
const SPA = [{ client_id: "spa" }, oauth.None(), "http://127.0.0.1:5173/callback"];
const BACKEND = [
  { client_id: "backend" },
  oauth.ClientSecretBasic("backend-secret-0123456789abcdef"),
  "http://127.0.0.1:4100/callback",
];
const API = [{ client_id: "api" }, oauth.ClientSecretBasic("api-secret-0123456789abcdef")];

const as = await discover();
await walks(...SPA);
await walks(...BACKEND);
await isDenied(...SPA);
await worksForItself(...BACKEND);

async function discover() {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { algorithm: "oauth2", ...insecure });
  const as = await oauth.processDiscoveryResponse(url, response);
  assert.equal(as.issuer, issuer, "to the byte");
  assert(as.authorization_response_iss_parameter_supported);
  assert.deepEqual(as.code_challenge_methods_supported, ["S256"]);
  return as;
}

/** Gets a code, tokens and photos; refreshes; replays; revokes. */
async function walks(client, authentication, redirectUri) {
  let tokens = await signsIn(client, authentication, redirectUri);
  assert.equal(tokens.token_type, "bearer");
  assert.equal(typeof tokens.expires_in, "number");
  const photos = await photosFor(tokens.access_token);
  assert.equal(photos.sub, "demo");
  assert.equal(photos.client_id, client.client_id);

  const next = await refresh(client, authentication, tokens.refresh_token);
  assert.equal((await photosFor(next.access_token)).sub, "demo");
  assert.equal((await introspect(next.access_token)).sub, "demo");

  // A refresh token that comes back takes everything with it.
  await assert.rejects(refresh(client, authentication, tokens.refresh_token), { error: "invalid_grant" });
  await assert.rejects(photosFor(next.access_token), isChallenged);
  assert.equal((await introspect(next.access_token)).active, false);
  await assert.rejects(refresh(client, authentication, next.refresh_token), { error: "invalid_grant" });

  tokens = await signsIn(client, authentication, redirectUri);
  await revoke(client, authentication, tokens.refresh_token);
  await assert.rejects(photosFor(tokens.access_token), isChallenged);
  await assert.rejects(refresh(client, authentication, tokens.refresh_token), { error: "invalid_grant" });
  // RFC 7009 §2.2: a token that is not known is as good as revoked.
  await revoke(client, authentication, tokens.refresh_token);
}

async function signsIn(client, authentication, redirectUri) {
  const verifier = oauth.generateRandomCodeVerifier();
  const answer = await asks(client, redirectUri, verifier, "allow");
  const request = [as, client, authentication, answer, redirectUri, verifier, insecure];
  const tokens = () => oauth.authorizationCodeGrantRequest(...request);
  return oauth.processAuthorizationCodeResponse(as, client, await tokens());
}

async function isDenied(client, _, redirectUri) {
  const denied = asks(client, redirectUri, oauth.generateRandomCodeVerifier(), "deny");
  await assert.rejects(denied, { name: "AuthorizationResponseError", error: "access_denied" });
}

/** The authorization response, validated. */
async function asks(client, redirectUri, verifier, decision) {
  const state = oauth.generateRandomState();
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: "photos:read offline_access",
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const answer = await new Browser(issuer).authorize(url, decision);
  assert.equal(answer.origin + answer.pathname, redirectUri);
  assert.equal(answer.searchParams.get("iss"), issuer, "to the byte");
  return oauth.validateAuthResponse(as, client, answer, state);
}

async function worksForItself(client, authentication) {
  const parameters = { scope: "photos:read" };
  const response = await oauth.clientCredentialsGrantRequest(as, client, authentication, parameters, insecure);
  const tokens = await oauth.processClientCredentialsResponse(as, client, response);
  assert.equal(tokens.refresh_token, undefined);
  assert.equal((await photosFor(tokens.access_token)).client_id, client.client_id);
  const known = await introspect(tokens.access_token);
  assert.deepEqual([known.active, known.client_id, known.scope, known.iss], [true, client.client_id, "photos:read", issuer]);
  await revoke(client, authentication, tokens.access_token);
  assert.equal((await introspect(tokens.access_token)).active, false);
  await assert.rejects(photosFor(tokens.access_token), isChallenged);
}

async function refresh(client, authentication, token) {
  const response = await oauth.refreshTokenGrantRequest(as, client, authentication, token, insecure);
  return oauth.processRefreshTokenResponse(as, client, response);
}

async function revoke(client, authentication, token) {
  const response = await oauth.revocationRequest(as, client, authentication, token, insecure);
  await oauth.processRevocationResponse(response);
}

async function introspect(token) {
  const [client, authentication] = API;
  const response = await oauth.introspectionRequest(as, client, authentication, token, insecure);
  return oauth.processIntrospectionResponse(as, client, response);
}

async function photosFor(token) {
  const url = new URL("/photos", issuer);
  const response = await oauth.protectedResourceRequest(token, "GET", url, undefined, undefined, insecure);
  assert.equal(response.status, 200);
  return response.json();
}

function isChallenged(error) {
  assert(error instanceof oauth.WWWAuthenticateChallengeError, error);
  assert.equal(error.status, 401);
  assert.equal(error.cause[0].scheme, "bearer");
  assert.equal(error.cause[0].parameters.error, "invalid_token");
  return true;
}
