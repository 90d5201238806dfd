import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { parseLocation } from "./location.ts";

test("a location is a folder or a URL, with a tag before it", () => {
  assert.deepEqual(parseLocation("@edge http://example.org/main/"), {
    text: "http://example.org/main",
    tag: "edge",
    place: { kind: "http", url: "http://example.org/main" },
    credentials: undefined,
  });
  assert.deepEqual(parseLocation("file:///srv/my%20repo").place, { kind: "folder", path: "/srv/my repo" });
  assert.deepEqual(parseLocation("  @local   /srv/repo ").place, { kind: "folder", path: "/srv/repo" });
  assert.equal(parseLocation("./packages").text, "./packages");
});

test("credentials are kept apart from everything that prints", () => {
  const secret = "s3cr3t";
  for (const [line, env] of [
    [`https://me:${secret}@example.org/main`, {}],
    [`https://example.org/main?token=${secret}`, {}],
    ["https://example.org/main", { HTTP_AUTH: `basic:example.org:me:${secret}` }],
  ] as const) {
    const location = parseLocation(line, env);
    const encoded = Buffer.from(`me:${secret}`).toString("base64");
    assert.equal(location.text, "https://example.org/main");
    const sent = JSON.stringify([location.credentials?.headers(), location.credentials?.addressOf("u")]);
    assert.ok(sent.includes(secret) || sent.includes(encoded));
    for (const shown of [
      JSON.stringify(location),
      inspect(location, { depth: 9, showHidden: true }),
      String(location.credentials),
    ]) {
      assert.ok(!shown.includes(secret) && !shown.includes(encoded), shown);
    }
  }
});

test("HTTP_AUTH is for its host only, and a password may hold colons", () => {
  const env = { HTTP_AUTH: "basic:example.org:8443:me:a:b" };
  const at = (url: string): unknown => parseLocation(url, env).credentials?.headers();
  assert.deepEqual(at("https://example.org:8443/x"), {
    authorization: `Basic ${Buffer.from("me:a:b").toString("base64")}`,
  });
  assert.equal(at("https://example.net/x"), undefined);
});

test("what is no place is refused", () => {
  for (const line of ["", "@edge", "ftp://example.org", "https://", "oci://example.org/x"]) {
    assert.throws(() => parseLocation(line), { code: "REPOSITORY_LOCATION" }, line);
  }
});
