import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { describeError, silentLogger } from "@apkmill/core";
import { loadCredentials } from "./load-credentials.ts";
import { temporaryFolder } from "./testing/packages.ts";

const basic = (userinfo: string): string => `Basic ${Buffer.from(userinfo).toString("base64")}`;

const web = ["https://a.test/x"];

async function headers(env: Record<string, string>, urls: readonly string[]): Promise<(string | undefined)[]> {
  const find = await loadCredentials({ env, log: silentLogger }, urls);
  return urls.map((url) => find(new URL(url), "asked"));
}

async function netrc(t: TestContext, text: string, mode = 0o600): Promise<string> {
  const path = join(await temporaryFolder(t), ".netrc");
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

test("HTTP_AUTH is for its host only, with its port, and a password may hold colons", async () => {
  const rows: [string, string, string | undefined][] = [
    ["basic:a.test:me:pw", "https://a.test/x", basic("me:pw")],
    ["basic:a.test:me:pw", "https://a.test:443/x", basic("me:pw")],
    ["basic:a.test:me:pw", "https://a.test:8443/x", undefined],
    ["basic:a.test:me:pw", "https://sub.a.test/x", undefined],
    ["basic:a.test:8443:me:a:b", "https://a.test:8443/x", basic("me:a:b")],
    ["basic:a.test:8443:me:a:b", "https://a.test/x", undefined],
    ["basic:a.test:1234:pw", "https://a.test/x", basic("1234:pw")],
    ["basic:a.test:me:p:w:x", "https://a.test/x", basic("me:p:w:x")],
    ["basic:[::1]:8080:me:pw", "http://[::1]:8080/x", basic("me:pw")],
    ["bearer:a.test:t0k.en", "https://a.test/x", "Bearer t0k.en"],
    ["bearer:a.test:8443:t0k", "https://a.test:8443/x", "Bearer t0k"],
    ["basic:a.test:x:1 bearer:b.test:t", "https://b.test/x", "Bearer t"],
    ["basic:a.test:me:pass word", "https://a.test/x", basic("me:pass word")],
    ["digest:a.test:me:pw", "https://a.test/x", undefined],
    ["basic:a.test:me", "https://a.test/x", undefined],
    ["bearer:a.test:t\r\nx: y", "https://a.test/x", undefined],
    ["", "https://a.test/x", undefined],
  ];
  for (const [value, url, expected] of rows) {
    assert.deepEqual(await headers({ HTTP_AUTH: value }, [url]), [expected], value);
  }
});

test("HTTP_AUTH comes before netrc, NETRC before the file at home", async (t) => {
  const named = await netrc(t, "machine a.test login named password 1\nmachine b.test login named password 1");
  const home = join(await netrc(t, "machine c.test login home password 1"), "..");
  const urls = ["https://a.test", "https://b.test", "https://c.test"];
  assert.deepEqual(await headers({ NETRC: named, HOME: home, HTTP_AUTH: "basic:a.test:env:1" }, urls), [
    basic("env:1"),
    basic("named:1"),
    undefined,
  ]);
  assert.deepEqual(await headers({ HOME: home }, urls), [undefined, undefined, basic("home:1")]);
});

test("default is for addresses that the user named, not for those that a server did", async (t) => {
  const path = await netrc(t, "machine a.test login a password 1\ndefault login d password 1");
  const find = await loadCredentials({ env: { NETRC: path }, log: silentLogger }, web);
  assert.equal(find(new URL("https://x.test"), "asked"), basic("d:1"));
  assert.equal(find(new URL("https://x.test"), "redirected"), undefined);
  assert.equal(find(new URL("https://a.test"), "redirected"), basic("a:1"));
});

test("a file of passwords that others may read is warned of, one that they may change refused", async (t) => {
  const warnings: string[] = [];
  const log = { ...silentLogger, warn: (message: string) => warnings.push(message) };
  const text = "machine a.test login me password s3cr3t";
  await loadCredentials({ env: { NETRC: await netrc(t, text, 0o644) }, log }, web);
  assert.equal(warnings.length, 1);
  await loadCredentials({ env: { NETRC: await netrc(t, "machine a.test login me", 0o666) }, log }, web);
  assert.equal(warnings.length, 1);
  await assert.rejects(loadCredentials({ env: { NETRC: await netrc(t, text, 0o620) }, log }, web), {
    code: "REPOSITORY_CREDENTIALS",
  });
});

test("a file that cannot be read is named with its line and without its words; one at home may be missing", async (t) => {
  const path = await netrc(t, "machine a.test\nlogin me passwort s3cr3t");
  const error: unknown = await loadCredentials({ env: { NETRC: path }, log: silentLogger }, web).catch(
    (reason: unknown) => reason,
  );
  const shown = JSON.stringify(describeError(error));
  assert.match(shown, /REPOSITORY_CREDENTIALS.*"line":2/);
  assert.ok(!shown.includes("s3cr3t") && !shown.includes("passwort"), shown);
  const nowhere = join(path, "..", "absent");
  assert.deepEqual(await headers({ HOME: nowhere }, web), [undefined]);
  await loadCredentials({ env: { NETRC: path }, log: silentLogger }, ["/srv/repo", "./packages"]);
  await assert.rejects(headers({ NETRC: nowhere }, web), { code: "REPOSITORY_CREDENTIALS" });
});
