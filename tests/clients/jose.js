// jose reads an access token by the keys that a dev-server publishes: `node jose.js ISSUER RESOURCE`.
import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";

const [issuer, resource] = process.argv.slice(2);
const well_known = await fetch(`${issuer}/.well-known/oauth-authorization-server`);
const as = await well_known.json();
const response = await fetch(as.token_endpoint, {
  method: "POST",
  headers: { Authorization: `Basic ${btoa("backend:backend-secret-0123456789abcdef")}` },
  body: new URLSearchParams({ grant_type: "client_credentials", scope: "photos:read", resource }),
});
const { access_token } = await response.json();
const expected = { issuer, audience: resource, typ: "at+jwt", algorithms: ["ES256"] };
const { payload } = await jwtVerify(access_token, createRemoteJWKSet(new URL(as.jwks_uri)), expected);
assert.equal(payload.client_id, "backend");
assert.equal(payload.scope, "photos:read");
