// The conformance suite of the Model Context Protocol against an authorization server:
// `node conformance.js ISSUER SERVER`. The suite needs a newer Node.js than others, and brings it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { Browser } from "./browser.js";

const [issuer, server] = process.argv.slice(2);
const port = await new Promise((resolve) => {
  const socket = createServer().listen(0, "127.0.0.1", () => {
    const { port } = socket.address();
    socket.close(() => resolve(port));
  });
});

const registered = await fetch(`${issuer}/register`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({
    client_name: "Conformance",
    redirect_uris: [`http://127.0.0.1:${port}/callback`],
    token_endpoint_auth_method: "none",
  }),
});
assert.equal(registered.status, 201);
const { client_id } = await registered.json();

const suite = spawn("node_modules/.bin/node", [
  ...["node_modules/@modelcontextprotocol/conformance/dist/index.js", "authorization", "--url", issuer],
  ...["--client-id", client_id, "--resource", server, "--port", `${port}`],
]);
const ended = new Promise((resolve) => suite.on("close", resolve));
suite.stderr.pipe(process.stderr);
// It prints the address that a person is to open.
const browser = new Browser(issuer);
for await (const line of createInterface(suite.stdout)) {
  console.log(line);
  if (line.startsWith(`${issuer}/authorize?`)) {
    await fetch(await browser.authorize(line, "allow"));
  }
}
assert.equal(await ended, 0);
