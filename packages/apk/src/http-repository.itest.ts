import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { describeError, type Ports } from "@apkmill/core";
import { fetchPackage } from "./fetch-package.ts";
import { encodeIndex } from "./index-file.ts";
import { indexPackages } from "./index-packages.ts";
import { loadKeyring } from "./keyring.ts";
import { openRepositories } from "./repositories.ts";
import { temporaryFolder, testKey, testPorts, writeTestPackage } from "./testing/packages.ts";

const signer = testKey();

interface Served {
  readonly url: string;
  readonly folder: string;
  readonly ports: Ports;
  /** `METHOD path status` of every answer. */
  readonly log: string[];
  /** Set to answer every request with this. */
  override: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
}

/** A signed repository of one package on loopback, with ETags, asking for `me:pw` when `secret`. */
async function serve(t: TestContext, { secret = false } = {}): Promise<Served> {
  const folder = await temporaryFolder(t);
  const { path } = await writeTestPackage(join(folder, "x86_64"), { key: signer.key });
  const records = await indexPackages([path], { arch: "x86_64" });
  await writeFile(join(folder, "x86_64/APKINDEX.tar.gz"), await encodeIndex(records, { keys: [signer.key] }));
  await writeFile(join(folder, "test.rsa.pub"), signer.publicPem);
  const log: string[] = [];
  const served: Served = { url: "", folder, ports: await testPorts(t, folder), log, override: undefined };
  const server = createServer((request, response) => {
    response.on("finish", () =>
      log.push(`${request.method ?? ""} ${request.url ?? ""} ${String(response.statusCode)}`),
    );
    if (served.override !== undefined) served.override(request, response);
    else void answer(folder, secret, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return Object.assign(served, { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` });
}

async function answer(
  folder: string,
  secret: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (secret && request.headers.authorization !== `Basic ${Buffer.from("me:pw").toString("base64")}`) {
    response.writeHead(401).end();
    return;
  }
  const bytes = await readFile(join(folder, new URL(request.url ?? "/", "http://x").pathname)).catch(() => undefined);
  if (bytes === undefined) {
    response.writeHead(404).end("no");
    return;
  }
  const etag = `"${createHash("sha1").update(bytes).digest("hex")}"`;
  if (request.headers["if-none-match"] === etag) response.writeHead(304, { etag }).end();
  else response.writeHead(200, { etag, "content-length": bytes.length }).end(bytes);
}

const options = (url: string): { locations: string[]; keyring: typeof signer.keyring; arch: string } => ({
  locations: [url],
  keyring: signer.keyring,
  arch: "x86_64",
});

test("an unchanged index costs one conditional request, a changed one is read", async (t) => {
  const served = await serve(t);
  const [first] = await openRepositories(served.ports, options(served.url));
  const [second] = await openRepositories(served.ports, options(served.url));
  assert.deepEqual(second, first);
  assert.equal(first?.signer, "test.rsa.pub");
  await writeFile(join(served.folder, "x86_64/APKINDEX.tar.gz"), await encodeIndex([], { keys: [signer.key] }));
  const [third] = await openRepositories(served.ports, options(served.url));
  assert.deepEqual(third?.records, []);
  assert.deepEqual(
    served.log.map((line) => line.slice(-3)),
    ["200", "304", "200"],
  );
});

test("an index in the store that is damaged is fetched again", async (t) => {
  const served = await serve(t);
  await openRepositories(served.ports, options(served.url));
  await rm(join(served.folder, "store/blobs"), { recursive: true });
  const [repository] = await openRepositories(served.ports, options(served.url));
  assert.equal(repository?.records.length, 1);
  assert.deepEqual(
    served.log.map((line) => line.slice(-3)),
    ["200", "200"],
  );
});

test("packages come from the same place, once", async (t) => {
  const served = await serve(t);
  const [repository] = await openRepositories(served.ports, options(`@edge ${served.url}/`));
  const record = repository?.records[0];
  assert.ok(repository !== undefined && record !== undefined);
  assert.deepEqual([repository.location, repository.tag], [served.url, "edge"]);
  const cold = await fetchPackage(served.ports, { record, repository });
  assert.deepEqual(await fetchPackage(served.ports, { record, repository }), cold);
  assert.deepEqual(served.log, ["GET /x86_64/APKINDEX.tar.gz 200", "GET /x86_64/hello-1.0-r0.apk 200"]);
});

test("credentials are sent and never shown", async (t) => {
  const served = await serve(t, { secret: true });
  const url = served.url.replace("//", "//me:pw@");
  const [repository] = await openRepositories(served.ports, options(url));
  const record = repository?.records[0];
  assert.ok(repository !== undefined && record !== undefined);
  assert.equal(repository.location, served.url);
  assert.equal((await fetchPackage(served.ports, { record, repository })).control.name, "hello");
  assert.ok(!JSON.stringify(repository).includes("pw"));
  const wrong = await openRepositories(served.ports, options(url.replace("pw", "s3cr3t"))).catch(
    (error: unknown) => error,
  );
  const shown = JSON.stringify(describeError(wrong));
  assert.match(shown, /"HTTP_STATUS"/);
  assert.ok(!shown.includes("s3cr3t"), shown);
});

test("the index must be signed by a known key unless that is waived", async (t) => {
  const served = await serve(t);
  const stranger = { ...options(served.url), keyring: testKey("other.rsa.pub").keyring };
  const impostor = { ...options(served.url), keyring: testKey("test.rsa.pub").keyring };
  await assert.rejects(openRepositories(served.ports, stranger), { code: "INDEX_UNKNOWN_SIGNER" });
  await assert.rejects(openRepositories(served.ports, impostor), { code: "INDEX_BAD_SIGNATURE" });
  const [repository] = await openRepositories(served.ports, { ...stranger, ignoreSignatures: true });
  assert.deepEqual([repository?.signer, repository?.records.length], [undefined, 1]);
});

test("what is not there is named, an empty local repository is only warned of", async (t) => {
  const served = await serve(t);
  await assert.rejects(openRepositories(served.ports, { ...options(served.url), arch: "s390x" }), {
    code: "INDEX_MISSING",
  });
  const warnings: string[] = [];
  const log = { ...served.ports.log, warn: (message: string) => warnings.push(message) };
  const [empty] = await openRepositories({ ...served.ports, log }, options(join(served.folder, "nothing")));
  assert.deepEqual([empty?.records, warnings.length], [[], 1]);
});

test("a body that ends early, goes on too long or lies about its length is refused", async (t) => {
  const served = await serve(t);
  const [repository] = await openRepositories(served.ports, options(served.url));
  const record = repository?.records[0];
  assert.ok(repository !== undefined && record !== undefined);
  const bytes = await readFile(join(served.folder, "x86_64/hello-1.0-r0.apk"));
  const rows: [string, (response: ServerResponse) => void, RegExp][] = [
    ["short", (response) => response.writeHead(200).end(bytes.subarray(0, 900)), /^APK_SIZE$/],
    [
      "cut",
      (response) => {
        response
          .writeHead(200, { "content-length": bytes.length })
          .write(bytes.subarray(0, 900), () => response.destroy());
      },
      /^HTTP_TRUNCATED$/,
    ],
    ["long", (response) => response.writeHead(200).end(Buffer.concat([bytes, bytes])), /^APK_SIZE$/],
    ["error page", (response) => response.writeHead(200).end("<html>".repeat(1000)), /^APK_(FORMAT|SIZE)$/],
    ["forbidden", (response) => response.writeHead(403).end(), /^HTTP_STATUS$/],
    ["gone", (response) => response.writeHead(404).end(), /^APK_MISSING$/],
  ];
  for (const [name, override, code] of rows) {
    served.override = (_request, response) => {
      override(response);
    };
    await assert.rejects(fetchPackage(served.ports, { record, repository }), { code }, name);
  }
  served.override = undefined;
  assert.equal((await fetchPackage(served.ports, { record, repository })).control.name, "hello");
});

test("a key is fetched under the name that its URL ends with", async (t) => {
  const served = await serve(t);
  const keyring = await loadKeyring(served.ports, [`${served.url}/test.rsa.pub`]);
  assert.deepEqual([...keyring.keys.keys()], ["test.rsa.pub"]);
  await assert.rejects(loadKeyring(served.ports, [`${served.url}/absent.rsa.pub`]), { code: "KEY_MISSING" });
  await assert.rejects(loadKeyring(served.ports, [`${served.url}/x86_64/APKINDEX.tar.gz`]), { code: "KEY_FORMAT" });
});
