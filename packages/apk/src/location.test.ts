import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { parseLocation, printableLocation, repositoryLine, type Place } from "./location.ts";

const addressOf = (place: Place | undefined): string | undefined => (place?.kind === "http" ? place.url : place?.path);

test("a location is a folder or a URL, with a tag before it", () => {
  const edge = parseLocation("@edge http://example.org/main/");
  assert.deepEqual([edge.text, edge.tag, edge.layout], ["http://example.org/main", "edge", "v2"]);
  assert.deepEqual(edge.places.map(addressOf), ["http://example.org/main"]);
  assert.deepEqual(parseLocation("file:///srv/my%20repo").places, [{ kind: "folder", path: "/srv/my repo" }]);
  assert.deepEqual(parseLocation("  @local   /srv/my repo ").places, [{ kind: "folder", path: "/srv/my repo" }]);
  assert.equal(parseLocation("./packages").text, "./packages");
});

test("a keyword or the end of the address says how a repository lies there", () => {
  const rows: [string, string, string][] = [
    ["/srv/repo", "v2", "/srv/repo"],
    ["v3 @edge http://example.org/a", "v3", "http://example.org/a"],
    ["v2 http://example.org/odd.adb", "v2", "http://example.org/odd.adb"],
    ["http://example.org/packages.adb", "ndx", "http://example.org/packages.adb"],
    ["@a ./x/APKINDEX.tar.gz", "ndx", "./x/APKINDEX.tar.gz"],
    ["ndx http://example.org/index", "ndx", "http://example.org/index"],
    ["v3", "v2", "v3"],
  ];
  for (const [line, layout, text] of rows) {
    const location = parseLocation(line);
    assert.deepEqual([location.layout, location.text], [layout, text], line);
  }
});

test("addresses after a bar are mirrors; a bar in a folder's name is none", () => {
  const mirrored = parseLocation("@x https://a.test/r | http://b.test/r/|/srv/copy|./near");
  assert.equal(mirrored.text, "https://a.test/r");
  assert.deepEqual(mirrored.places.slice(0, 3).map(addressOf), ["https://a.test/r", "http://b.test/r", "/srv/copy"]);
  assert.equal(mirrored.places.length, 4);
  assert.deepEqual(parseLocation("/srv/a|b").places, [{ kind: "folder", path: "/srv/a|b" }]);
});

test("credentials are kept apart from everything that prints", () => {
  const secret = "s3cr3t";
  const encoded = Buffer.from(`me:${secret}`).toString("base64");
  for (const line of [`https://me:${secret}@example.org/main`, `https://example.org/main?token=${secret}`]) {
    const location = parseLocation(line);
    const [place] = location.places;
    assert.ok(place?.kind === "http");
    assert.equal(location.text, "https://example.org/main");
    const sent = [
      place.credentials.authorize(new URL("https://example.org/x")),
      place.credentials.addressOf("u"),
    ].join();
    assert.ok(sent.includes(secret) || sent.includes(encoded));
    for (const shown of [
      JSON.stringify(location),
      inspect(location, { depth: 9, showHidden: true }),
      String(place.credentials),
      repositoryLine(line),
      printableLocation(`@x /srv/a|${line} | ${line}`),
    ]) {
      assert.ok(!shown.includes(secret) && !shown.includes(encoded), shown);
    }
  }
});

test("what stands in a URL is for its origin only; what is kept for a host is for that host, and not sent there in clear", () => {
  const asked: string[] = [];
  const location = parseLocation("https://me:pw@a.test/r", ({ host }, how) => {
    asked.push(`${host} ${how}`);
    return `for ${host}`;
  });
  const [place] = location.places;
  assert.ok(place?.kind === "http");
  const at = (url: string): string | undefined => place.credentials.authorize(new URL(url));
  assert.equal(at("https://a.test/x"), `Basic ${btoa("me:pw")}`);
  assert.equal(at("http://a.test/x"), undefined);
  assert.equal(at("https://a.test:8443/x"), "for a.test:8443");
  assert.equal(at("https://b.test/x"), "for b.test");
  assert.equal(at("http://b.test/x"), undefined);
  assert.equal(at("http://127.0.0.1:8080/x"), "for 127.0.0.1:8080");
  assert.deepEqual(new Set(asked.map((line) => line.split(" ")[1])), new Set(["redirected"]));
});

test("the line for etc/apk/repositories has keyword, tag and first address", () => {
  const rows: [string, string][] = [
    ["https://me:pw@a.test/r?x=1|https://b.test/r", "https://a.test/r"],
    ["v3  @edge  https://me@a.test/r", "v3 @edge https://a.test/r"],
    ["@local /srv/re po", "@local /srv/re po"],
    ["repo.example/x", "repo.example/x"],
  ];
  for (const [line, expected] of rows) assert.equal(repositoryLine(line), expected);
});

test("a line is printed with its mirrors", () => {
  const line = "v3 @x https://me:p|w@a.test/r?x=1|http://me@b.test/ | ./a@b";
  assert.equal(printableLocation(line), "v3 @x https://a.test/r|http://b.test/|./a@b");
});

test("what is no place is refused", () => {
  for (const line of [
    "",
    "@edge",
    "ftp://example.org",
    "https://",
    "oci://example.org/x",
    "/a|ftp://b.test",
    "file://host/x",
  ]) {
    assert.throws(() => parseLocation(line), { code: "REPOSITORY_LOCATION" }, line);
  }
});
