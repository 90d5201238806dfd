import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createHttpClient, describeError, offlineHttpClient, type Ports } from "@apkmill/core";
import { startApkRepository } from "@apkmill/dev-services";
import { fetchPackage } from "./fetch-package.ts";
import { encodeIndex } from "./index-file.ts";
import { indexPackages } from "./index-packages.ts";
import { loadKeyring } from "./keyring.ts";
import { openRepositories } from "./repositories.ts";
import type { AvailablePackage } from "./repository.ts";
import { temporaryFolder, testKey, testPorts, writeTestPackage } from "./testing/packages.ts";

/** Where packages come from: mirrors, redirects, credentials, the store. */

const signer = testKey();

interface Bench {
  readonly ports: Ports;
  /** The folder that holds `x86_64/…`. */
  readonly folder: string;
  readonly warnings: string[];
}

async function bench(t: TestContext): Promise<Bench> {
  const root = await temporaryFolder(t);
  const folder = join(root, "repo");
  const { path } = await writeTestPackage(join(folder, "x86_64"), { key: signer.key });
  const records = await indexPackages([path], { arch: "x86_64" });
  await writeFile(join(folder, "x86_64/APKINDEX.tar.gz"), await encodeIndex(records, { keys: [signer.key] }));
  const warnings: string[] = [];
  const ports = await testPorts(t, root);
  return { folder, warnings, ports: { ...ports, log: { ...ports.log, warn: (text) => warnings.push(text) } } };
}

async function open(ports: Ports, location: string): Promise<AvailablePackage> {
  const [repository] = await openRepositories(ports, {
    locations: [location],
    keyring: signer.keyring,
    arch: "x86_64",
  });
  const record = repository?.records[0];
  assert.ok(repository !== undefined && record !== undefined);
  return { record, repository };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server for one test, with the path and credentials of each request. */
async function serve(t: TestContext, handler: Handler): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.url ?? ""} ${request.headers.authorization ?? "-"}`);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, seen };
}

const filesOf =
  (folder: string): Handler =>
  (request, response) => {
    readFile(join(folder, new URL(request.url ?? "/", "http://x").pathname)).then(
      (bytes) => response.writeHead(200, { etag: '"1"' }).end(bytes),
      () => response.writeHead(404).end(),
    );
  };

const basic = (userinfo: string): string => `Basic ${Buffer.from(userinfo).toString("base64")}`;

test("the index comes from the first mirror that answers, and packages first from there", async (t) => {
  const { ports, folder, warnings } = await bench(t);
  const down = await serve(t, (_, response) => response.writeHead(500).end());
  const up = await serve(t, filesOf(folder));
  const available = await open(ports, `${down.url}|${up.url}|${folder}`);
  assert.equal(available.repository.location, down.url);
  await fetchPackage(ports, available);
  assert.deepEqual([down.seen.length, up.seen.length, warnings.length], [1, 2, 1]);
});

test("a package that one mirror lacks, or has with other bytes, comes from the next", async (t) => {
  const { ports, folder, warnings } = await bench(t);
  const copy = join(folder, "..", "copy");
  await cp(folder, copy, { recursive: true });
  const first = await startApkRepository(folder);
  const second = await startApkRepository(copy);
  t.after(() => Promise.all([first.close(), second.close()]));
  const available = await open(ports, `${first.url}|${second.url}`);
  await rm(join(folder, "x86_64/hello-1.0-r0.apk"));
  await writeFile(join(folder, "x86_64/hello-1.0-r0.apk"), Buffer.alloc(available.record.sizeBytes, "x"));
  assert.equal((await fetchPackage(ports, available)).identity, available.record.checksum);
  assert.equal(warnings.length, 1);
});

test("when every mirror fails, the last failure is the error", async (t) => {
  const { ports, folder } = await bench(t);
  const none = await serve(t, (_, response) => response.writeHead(404).end());
  await assert.rejects(open(ports, `${join(folder, "absent")}|${none.url}`), { code: "INDEX_MISSING" });
  await assert.rejects(open(ports, `${none.url}|${none.url}/b?token=s3cr3t`), (error: unknown) => {
    assert.ok(!JSON.stringify(describeError(error)).includes("s3cr3t"));
    return true;
  });
});

test("each origin sees its own credentials, also when it is redirected to, and no others", async (t) => {
  const { ports, folder } = await bench(t);
  const store = await serve(t, filesOf(folder));
  const front = await serve(t, (request, response) => {
    response.writeHead(307, { location: `${store.url}${request.url ?? ""}` }).end();
  });
  const netrc = join(folder, "netrc");
  const auth = (server: { url: string }, name: string): string => `basic:${new URL(server.url).host}:${name}:pw`;
  const rows: [string, Record<string, string>, string, string][] = [
    ["in the URL", {}, basic("url:pw"), "-"],
    ["for the front", { HTTP_AUTH: auth(front, "front") }, basic("front:pw"), "-"],
    ["for the store", { HTTP_AUTH: auth(store, "store") }, "-", basic("store:pw")],
    [
      "for both",
      { HTTP_AUTH: `${auth(front, "front")} ${auth(store, "store")}` },
      basic("front:pw"),
      basic("store:pw"),
    ],
    ["a default", { NETRC: netrc }, basic("any:pw"), "-"],
  ];
  await writeFile(netrc, "default login any password pw", { mode: 0o600 });
  for (const [name, env, atFront, atStore] of rows) {
    const url = name === "in the URL" ? front.url.replace("//", "//url:pw@") : front.url;
    await open({ ...ports, env }, url);
    assert.deepEqual(
      [front.seen.at(-1)?.split(" ").slice(1).join(" "), store.seen.at(-1)?.split(" ").slice(1).join(" ")],
      [atFront, atStore],
      name,
    );
  }
});

test("no secret reaches the store, the log, an error or what prints", async (t) => {
  const { ports, folder } = await bench(t);
  const lines: string[] = [];
  const log = { ...ports.log, debug: (text: string) => lines.push(text), warn: (text: string) => lines.push(text) };
  const http = createHttpClient({ log, timing: { retryBudgetMs: 50, firstDelayMs: 1 } });
  t.after(() => {
    http.close();
  });
  const server = await serve(t, (request, response) => {
    if (request.url?.includes("aarch64") === true) response.writeHead(503).end();
    else filesOf(folder)(request, response);
  });
  const location = `${server.url.replace("//", "//me:s3cr3t@")}?sig=t0k3n`;
  const available = await open({ ...ports, http, log }, location);
  await fetchPackage({ ...ports, http, log }, available);
  const failed: unknown = await openRepositories(
    { ...ports, http, log },
    { locations: [location], keyring: signer.keyring, arch: "aarch64" },
  ).catch((error: unknown) => error);
  const files = (await readdir(ports.store.root, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const stored = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "latin1")));
  const shown = [
    ...lines,
    ...stored,
    JSON.stringify(available),
    JSON.stringify(describeError(failed)),
    String(failed),
  ].join();
  assert.match(shown, /503/);
  for (const secret of ["s3cr3t", "t0k3n", btoa("me:s3cr3t")]) assert.ok(!shown.includes(secret), secret);
});

test("offline, the store serves what was fetched before, and what is missing is named", async (t) => {
  const { ports, folder } = await bench(t);
  const service = await startApkRepository(folder);
  const offline = { ...ports, http: offlineHttpClient };
  await assert.rejects(open(offline, service.url), {
    code: "REPOSITORY_OFFLINE",
    message: /x86_64\/APKINDEX\.tar\.gz/,
  });
  await open(ports, service.url);
  const available = await open(offline, service.url);
  await assert.rejects(fetchPackage(offline, available), { code: "REPOSITORY_OFFLINE", message: /hello-1\.0-r0/ });
  await fetchPackage(ports, available);
  await service.close();
  assert.equal((await fetchPackage(offline, available)).identity, available.record.checksum);
  await open(offline, folder);
});

test("a key by URL is kept for offline use, and asked for anew whenever there is a network", async (t) => {
  const { ports, folder } = await bench(t);
  await writeFile(join(folder, "test.rsa.pub"), signer.publicPem);
  const service = await startApkRepository(folder);
  t.after(() => service.close());
  const offline = { ...ports, http: offlineHttpClient };
  const url = `${service.url}/test.rsa.pub`;
  await assert.rejects(loadKeyring(offline, [url]), { code: "REPOSITORY_OFFLINE" });
  await loadKeyring(ports, [url]);
  assert.deepEqual([...(await loadKeyring(offline, [url])).keys.keys()], ["test.rsa.pub"]);
  const other = testKey().publicPem;
  await writeFile(join(folder, "test.rsa.pub"), other);
  assert.equal((await loadKeyring(ports, [url])).keys.get("test.rsa.pub")?.pem, other);
});

test("whatever happens to the files of the store, the next run gives the same", async (t) => {
  const { ports, folder } = await bench(t);
  const service = await startApkRepository(folder);
  t.after(() => service.close());
  const cold = await fetchPackage(ports, await open(ports, service.url));
  const damages: [string, (path: string) => Promise<void>][] = [
    ["emptied", (path) => truncate(path, 0)],
    ["cut", async (path) => truncate(path, Math.floor((await readFile(path)).length / 2))],
    ["overwritten", async (path) => writeFile(path, "x".repeat((await readFile(path)).length))],
    ["gone", (path) => rm(path)],
  ];
  for (const part of ["blobs", "facts"]) {
    const names = (await readdir(join(ports.store.root, part), { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile(),
    );
    for (const [name, damage] of damages) {
      for (const file of names) await damage(join(file.parentPath, file.name)).catch(() => undefined);
      assert.deepEqual(await fetchPackage(ports, await open(ports, service.url)), cold, `${part} ${name}`);
    }
  }
  assert.deepEqual((await ports.store.verify()).damaged, []);
});

test("a stored index that is whole and yet wrong is fetched anew", async (t) => {
  const { ports, folder } = await bench(t);
  const service = await startApkRepository(folder);
  t.after(() => service.close());
  const stale = { etag: "", lastModified: "", digest: await ports.store.put(Buffer.from("not an index")) };
  const url = `${service.url}/x86_64/APKINDEX.tar.gz`;
  const etag = (await fetch(url)).headers.get("etag") ?? "";
  await ports.store.remember("remote-file.v1", url, { ...stale, etag });
  assert.equal((await open(ports, service.url)).record.name, "hello");
  assert.deepEqual(
    service.served.map(({ status }) => status),
    [200, 304, 200],
  );
});

test("an index by its own address has its packages beside it", async (t) => {
  const { ports, folder } = await bench(t);
  await rename(join(folder, "x86_64"), join(folder, "flat"));
  await mkdir(join(folder, "x86_64"));
  const service = await startApkRepository(folder);
  t.after(() => service.close());
  for (const base of [folder, service.url]) {
    const available = await open(ports, `${base}/flat/APKINDEX.tar.gz`);
    assert.equal((await fetchPackage(ports, available)).identity, available.record.checksum);
  }
  await rename(join(folder, "flat/APKINDEX.tar.gz"), join(folder, "flat/packages.adb"));
  await assert.rejects(open(ports, `${folder}/flat/packages.adb`), { code: "INDEX_FORMAT" });
});
