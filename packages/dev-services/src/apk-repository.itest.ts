import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startApkRepository } from "./apk-repository.ts";
import type { LoopbackService } from "./loopback.ts";

let directory = "";
let service: LoopbackService;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "apkmill-static-"));
  const root = join(directory, "root");
  await mkdir(join(root, "x86_64"), { recursive: true });
  await writeFile(join(root, "x86_64", "APKINDEX.tar.gz"), "0123456789");
  await writeFile(join(root, "a+b key.pub"), "key");
  await writeFile(join(directory, "secret"), "secret");
  await symlink("../../secret", join(root, "x86_64", "escape"));
  service = await startApkRepository(root);
});
after(async () => {
  await service.close();
  await rm(directory, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> =>
  fetch(new URL(path, service.url), { headers, method });

/** Sends the path as it stands; fetch would tidy it first. */
function statusOfRaw(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(new URL(service.url), { path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

describe("a served repository", () => {
  test("gives files with length, tag and date", async () => {
    const response = await get("/x86_64/APKINDEX.tar.gz");
    assert.equal(await response.text(), "0123456789");
    assert.equal(response.headers.get("content-length"), "10");
    assert.ok(response.headers.get("etag")?.startsWith('"'));
    assert.ok(!Number.isNaN(Date.parse(response.headers.get("last-modified") ?? "")));
  });

  test("decodes paths", async () => {
    assert.equal(await (await get("/a+b%20key.pub")).text(), "key");
  });

  test("answers HEAD without a body", async () => {
    const response = await get("/x86_64/APKINDEX.tar.gz", {}, "HEAD");
    assert.equal(response.headers.get("content-length"), "10");
    assert.equal(await response.text(), "");
  });

  test("answers 304 to who has it already", async () => {
    const { headers } = await get("/x86_64/APKINDEX.tar.gz");
    const etag = headers.get("etag") ?? "";
    assert.equal((await get("/x86_64/APKINDEX.tar.gz", { "if-none-match": etag })).status, 304);
    assert.equal((await get("/x86_64/APKINDEX.tar.gz", { "if-none-match": '"other"' })).status, 200);
    const since = { "if-modified-since": headers.get("last-modified") ?? "" };
    assert.equal((await get("/x86_64/APKINDEX.tar.gz", since)).status, 304);
  });

  const ranges: readonly [string, number, string][] = [
    ["bytes=2-4", 206, "234"],
    ["bytes=7-", 206, "789"],
    ["bytes=-2", 206, "89"],
    ["bytes=0-99", 206, "0123456789"],
    ["bytes=10-", 416, ""],
    ["bytes=1-2,4-5", 200, "0123456789"],
    ["items=1-2", 200, "0123456789"],
  ];
  for (const [range, status, body] of ranges) {
    test(`answers ${range} with ${String(status)}`, async () => {
      const response = await get("/x86_64/APKINDEX.tar.gz", { range });
      assert.equal(response.status, status);
      assert.equal(await response.text(), body);
    });
  }

  for (const path of [
    "/../secret",
    "/x86_64/../../secret",
    "/%2e%2e/secret",
    "/x86_64/escape",
    "/x86_64",
    "/",
    "/none",
    "/%zz",
    "/x86_64/APKINDEX.tar.gz%00",
  ]) {
    test(`has nothing at ${path}`, async () => {
      assert.equal(await statusOfRaw(path), 404);
    });
  }

  test("is read only", async () => {
    assert.equal((await get("/x86_64/APKINDEX.tar.gz", {}, "DELETE")).status, 405);
  });

  test("wants credentials where it was given some", async (t) => {
    const closed = await startApkRepository(join(directory, "root"), { credentials: { username: "u", password: "p" } });
    t.after(() => closed.close());
    const url = `${closed.url}/x86_64/APKINDEX.tar.gz`;
    assert.equal((await fetch(url)).status, 401);
    assert.equal((await fetch(url, { headers: { authorization: `Basic ${btoa("u:p")}` } })).status, 200);
  });
});
