import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readdir, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { openStore } from "@apkmill/core";
import { encodeIndex } from "./index-file.ts";
import { indexPackages } from "./index-packages.ts";
import { temporaryFolder, testFile, testKey, writeTestPackage } from "./testing/packages.ts";

const packages = 30;
const { key, publicPem } = testKey();
const fetcher = join(import.meta.dirname, "testing/fetch-all.ts");

/** A signed repository whose packages do not compress, from a few KB to 600. */
async function makeRepository(folder: string): Promise<void> {
  const paths: string[] = [];
  for (let position = 0; position < packages; position += 1) {
    const content = randomBytes(300 * (position + 1) ** 2).toString("latin1");
    const written = await writeTestPackage(join(folder, "x86_64"), {
      key,
      control: { name: `p${String(position)}` },
      entries: [testFile("content", content)],
    });
    paths.push(written.path);
  }
  const index = await encodeIndex(await indexPackages(paths), { keys: [key] });
  await writeFile(join(folder, "x86_64/APKINDEX.tar.gz"), index);
}

/** A server that takes its time with every file, and counts what it has sent whole. */
async function serve(t: TestContext, folder: string): Promise<{ url: string; sent: Map<string, number> }> {
  const sent = new Map<string, number>();
  const server = createServer((request, response) => {
    void (async () => {
      const path = join(folder, request.url ?? "");
      response.writeHead(200, { "content-length": (await stat(path)).size, etag: '"one"' });
      await wait(randomInt(10));
      response.on("finish", () => sent.set(request.url ?? "", (sent.get(request.url ?? "") ?? 0) + 1));
      createReadStream(path, { highWaterMark: 16 * 1024 }).pipe(response);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, sent };
}

/** Resolves with what the process printed when it ended well, "killed", or what it complained about. */
async function resultOf(child: ChildProcess): Promise<string> {
  let output = "";
  let complaint = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (signal === "SIGKILL") return "killed";
  return code === 0 ? output.trim() : complaint;
}

test("ten processes fill one store, three of them are killed, and nothing is broken or fetched again", async (t) => {
  const folder = await temporaryFolder(t);
  await makeRepository(join(folder, "repository"));
  await writeFile(join(folder, "test.rsa.pub"), publicPem);
  const { url, sent } = await serve(t, join(folder, "repository"));
  const storeFolder = join(folder, "store");
  const start = (): ChildProcess =>
    spawn(process.execPath, [fetcher, url, storeFolder, join(folder, "test.rsa.pub")], { stdio: "pipe" });

  const children = Array.from({ length: 10 }, start);
  const results = children.map(resultOf);
  const doomed = children.slice(0, 3);
  await Promise.all(
    doomed.map(async (child) => {
      // Not before the store is in use, or there would be nothing to harm.
      while (sent.size < 1 + randomInt(packages - 5)) await wait(2);
      child.kill("SIGKILL");
    }),
  );
  assert.deepEqual((await Promise.all(results)).slice(3), Array<string>(7).fill(String(packages)));

  const before = packagesSent(sent);
  assert.equal(before.size, packages);
  assert.equal(await resultOf(start()), String(packages));
  assert.deepEqual(packagesSent(sent), before, "the next process fetches no package");
  const left = await readdir(join(storeFolder, "tmp"));
  assert.ok(left.length <= 1, `the next process has removed what the killed ones left: ${left.join(", ")}`);
  const { checked, damaged } = await (await openStore(storeFolder)).verify();
  assert.deepEqual(damaged, []);
  assert.ok(checked >= 2 * packages, "data and the fact that leads to it, of every package");
});

function packagesSent(sent: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...sent].filter(([path]) => path.endsWith(".apk")));
}
