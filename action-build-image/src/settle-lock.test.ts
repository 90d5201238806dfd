import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { encodeIndex, generateKey, indexPackages, loadSigningKey, writePackage } from "@apkmill/apk";
import { defaultLimits, isEngineError, offlineHttpClient, openStore, silentLogger, type Ports } from "@apkmill/core";
import { settleLock } from "./settle-lock.ts";

let folder: string;
let ports: Ports;
const home = process.cwd();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "apkmill-lock-"));
  const store = await openStore(join(folder, "store"));
  const signal = new AbortController().signal;
  ports = { http: offlineHttpClient, store, log: silentLogger, limits: defaultLimits, now: () => 0, env: {}, signal };
  process.chdir(folder);
  await writeFile(
    "apko.yaml",
    "contents: {repositories: [./repo], keyring: [own.rsa.pub], packages: [app]}\narchs: [amd64]\n",
  );
  const { privatePem, publicPem } = await generateKey(2048);
  await writeFile("own.rsa.pub", publicPem);
  await offer("1-r0", privatePem);
});
after(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true, force: true });
});

async function offer(version: string, privatePem: string): Promise<void> {
  const key = await loadSigningKey(privatePem, { name: "own.rsa.pub" });
  const path = `repo/x86_64/app-${version}.apk`;
  const lists = { depends: [], provides: [], installIf: [], replaces: [], triggers: [] };
  const texts = { description: "", url: "", license: "MIT", maintainer: "", commit: "", origin: "app", dataHash: "" };
  const numbers = { buildTime: 1, installedSizeBytes: 1, providerPriority: 0, replacesPriority: 0 };
  const control = { name: "app", version, arch: "x86_64", ...lists, ...texts, ...numbers };
  await writePackage(path, { control, entries: [], mtime: 0 });
  const records = await indexPackages([path], { arch: "x86_64" });
  await writeFile("repo/x86_64/APKINDEX.tar.gz", await encodeIndex(records, { keys: [key] }));
}

const options = (): { configPath: string; output: string } => ({
  configPath: join(folder, "apko.yaml"),
  output: "image",
});

test("without a lock, use goes on without, check and a lock that is named do not", async () => {
  assert.deepEqual(await settleLock(ports, options(), { mode: "use", lockfile: undefined }), options());
  const refused = (error: unknown): boolean => isEngineError(error) && error.code === "ACTION_INPUT";
  await assert.rejects(settleLock(ports, options(), { mode: "check", lockfile: undefined }), refused);
  await assert.rejects(settleLock(ports, options(), { mode: "use", lockfile: join(folder, "other.json") }), refused);
});

test("update writes a lock without paths of this machine, use and check take it, off does not", async () => {
  const lockfile = join(folder, "apko.lock.json");
  const updated = await settleLock(ports, options(), { mode: "update", lockfile: undefined });
  assert.equal(updated.lockfile, lockfile);
  const text = await readFile(lockfile, "utf8");
  assert.ok(!text.includes(folder), text);
  for (const mode of ["use", "check"] as const) {
    assert.equal((await settleLock(ports, options(), { mode, lockfile: undefined })).lockfile, lockfile);
  }
  assert.equal((await settleLock(ports, options(), { mode: "off", lockfile: undefined })).lockfile, undefined);
});

test("check fails when something else would be chosen", async () => {
  const { privatePem, publicPem } = await generateKey(2048);
  await writeFile("own.rsa.pub", publicPem);
  await offer("2-r0", privatePem);
  await assert.rejects(
    settleLock(ports, options(), { mode: "check", lockfile: undefined }),
    (error: unknown) => isEngineError(error) && error.code === "IMAGE_LOCK_STALE" && error.problems.length === 2,
  );
});
