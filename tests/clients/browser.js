// A browser without scripts: it keeps cookies, follows redirects and fills in forms.
import assert from "node:assert/strict";

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"' };
const unescape = (text) =>
  text.replace(/&(?:#(\d+)|(\w+));/g, (_, code, name) => (code ? String.fromCodePoint(code) : ENTITIES[name]));
const attribute = (tag, name) => {
  const found = tag.match(new RegExp(`\\s${name}="([^"]*)"`));
  return found && unescape(found[1]);
};

export class Browser {
  #issuer;
  #cookies = new Map();

  constructor(issuer) {
    this.#issuer = issuer;
  }

  /** Goes from an authorization request to the address at which the client gets the answer. */
  async authorize(url, decision) {
    let page = await this.#open(url);
    if (page.html.includes('name="password"')) {
      page = await this.#submit(page, { username: "demo", password: "demo" });
    }
    return (await this.#submit(page, { decision })).client;
  }

  /** Fills in the form that has these fields, and sends it with those that are hidden in it. */
  #submit(page, fields) {
    const forms = page.html.match(/<form.*?<\/form>/gs) ?? [];
    const form = forms.find((form) => Object.keys(fields).every((name) => form.includes(`name="${name}"`)));
    assert(form, `no form with ${Object.keys(fields)} in ${page.html}`);
    const body = new URLSearchParams(fields);
    for (const [tag] of form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      body.append(attribute(tag, "name"), attribute(tag, "value"));
    }
    const action = new URL(attribute(form, "action"), page.url);
    return this.#open(action, { method: "POST", body, headers: { Origin: new URL(page.url).origin } });
  }

  /** A page of the server, or the address of the client to which it leads. */
  async #open(url, request = {}) {
    for (let redirects = 0; redirects < 10; redirects++) {
      if (new URL(url).origin !== new URL(this.#issuer).origin) return { client: new URL(url) };
      const cookie = [...this.#cookies].map((pair) => pair.join("=")).join("; ");
      const headers = { ...request.headers, ...(cookie && { Cookie: cookie }) };
      const response = await fetch(url, { ...request, headers, redirect: "manual" });
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
        this.#cookies.set(name, value);
      }
      const location = response.headers.get("location");
      if (!location) {
        const html = await response.text();
        assert.equal(response.status, 200, html);
        return { url: response.url, html };
      }
      [url, request] = [new URL(location, url), {}];
    }
    assert.fail("too many redirects");
  }
}
