import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { test } from "node:test";
import { readTar } from "@apkmill/archive";
import { parseIndexText, type IndexRecord, type StoredPackage } from "@apkmill/apk";
import { defaultLimits } from "@apkmill/core";
import { loadAccountFiles } from "./account-files.ts";
import { hashContents } from "./hash-contents.ts";
import { planManifest } from "./manifest.ts";
import { planInstall } from "./plan-install.ts";
import type { InstallPlan, InstallRequest } from "./plan.ts";
import { readInstalled } from "./read-installed.ts";
import { corpora, missing, openBench, type Bench } from "./testing/corpora.ts";
import { entryAt, textAt } from "./testing/plan-of.ts";

/** What apk 3.0.6 laid down with scripts off, held against our plan, entry for entry. */
const goldens = [
  { name: "alpine319-x86_64-base-noscripts", repository: "alpine-3.19-x86_64/apks/x86_64", arch: "x86_64" },
  { name: "alpine313-aarch64-base-noscripts", repository: "alpine-3.13-aarch64/apks/aarch64", arch: "aarch64" },
] as const;

for (const { name, repository, arch } of goldens) {
  const folder = join("golden/install", name);
  const golden = (file: string): string => readFileSync(join(corpora, folder, file), "utf8");
  const skip = missing(folder);

  test(`${name}: tree, database, triggers, scripts and world are those of apk`, { skip }, async (t) => {
    const bench = await openBench(t);
    const packages = await Promise.all(
      installOrder(golden("stdout.txt")).map((label) => bench.read(repository, label)),
    );
    const records = await recordsOf(packages, join(corpora, repository, "APKINDEX.tar.gz"));
    const plan = await planGolden(bench, packages, { records, world: golden("args.txt").split(/\s+/), arch });

    assert.deepEqual(
      comparable(planManifest(await hashContents(bench, packages, plan.entries))),
      comparable(golden("tree.tsv")),
    );
    assert.deepEqual(textAt(plan, "lib/apk/db/installed").split("\n"), golden("installed").split("\n"));
    assert.equal(textAt(plan, "lib/apk/db/triggers"), golden("triggers"));
    assert.equal(textAt(plan, "etc/apk/world"), golden("world"));
    assert.equal(textAt(plan, "etc/apk/arch"), golden("arch"));
    const theirs = gunzipSync(readFileSync(join(corpora, folder, "scripts.tar.gz")));
    assert.deepEqual(
      await readScripts(gunzipSync(contentAt(plan, "lib/apk/db/scripts.tar.gz")), (name) => name),
      await readScripts(theirs, (name) => name),
    );
    const forImages = planInstall({ ...plan.request, scriptsForm: "scripts.tar" });
    assert.deepEqual(
      await readScripts(contentAt(forImages, "lib/apk/db/scripts.tar"), plainName),
      await readScripts(theirs, plainName),
    );
    assert.equal(readInstalled(golden("installed")).length, packages.length);
  });
}

async function planGolden(
  bench: Bench,
  packages: readonly StoredPackage[],
  { world, arch, records }: { world: string[]; arch: string; records: ReadonlyMap<number, IndexRecord> },
): Promise<InstallPlan & { readonly request: InstallRequest }> {
  const accountFiles = await loadAccountFiles(bench, packages);
  const request: InstallRequest = { packages, accountFiles, world, arch, records, scriptsForm: "scripts.tar.gz" };
  return { ...planInstall(request), request };
}

/** The index's own words about each package. */
async function recordsOf(
  packages: readonly StoredPackage[],
  indexPath: string,
): Promise<ReadonlyMap<number, IndexRecord>> {
  const tar = gunzipSync(readFileSync(indexPath));
  for await (const { entry, content } of readTar(once(tar), defaultLimits)) {
    if (entry.path !== "APKINDEX") continue;
    const text = Buffer.concat(await Array.fromAsync(content)).toString("utf8");
    const byIdentity = new Map(parseIndexText(text).map((record) => [record.checksum, record]));
    return new Map(
      packages.flatMap(({ identity }, index) => {
        const record = byIdentity.get(identity);
        return record === undefined ? [] : [[index, record] as const];
      }),
    );
  }
  throw new Error(`${indexPath} holds no APKINDEX`);
}

/** `( 3/25) Installing busybox (1.36.1-r15)` → `busybox-1.36.1-r15`. */
function installOrder(stdout: string): string[] {
  return [...stdout.matchAll(/Installing (\S+) \(([^)]+)\)/g)].map(
    ([, name, version]) => `${name ?? ""}-${version ?? ""}`,
  );
}

/**
 * Without what the golden's README leaves aside (times of links, and files that apk writes itself), and without the mount
 * points `dev`, `proc` and `sys`, which the golden's list passes over although its database has them.
 */
function comparable(manifest: string): string[] {
  const lines = manifest.split("\n").filter((line) => line !== "");
  const fields = lines.map((line) => line.split("\t")).filter(([, , , , , , , path = ""]) => !aside.test(path));
  return fields.map(withoutLinkFacts).sort();
}

const aside = /^\.\/(etc\/apk|lib\/apk|var\/log|dev|proc|sys)(\/(?!chrony)|$)/;

/** A hard link is a file in the golden; its other name is not told. */
function withoutLinkFacts([type = "", ...rest]: string[]): string {
  if (type === "l") rest[4] = "-";
  if (type === "f") rest[7] = "";
  return [type, ...rest].join("\t");
}

function contentAt(plan: InstallPlan, path: string): Buffer {
  const { source } = entryAt(plan, path);
  return source.kind === "generated" ? Buffer.from(source.content) : assert.fail();
}

/** Name, mode, time and body of each script. */
async function readScripts(tar: Buffer, nameOf: (path: string) => string): Promise<string[]> {
  const scripts: string[] = [];
  for await (const { entry, content } of readTar(once(tar), defaultLimits)) {
    const body = Buffer.concat(await Array.fromAsync(content)).toString("base64");
    scripts.push(`${nameOf(entry.path)} ${entry.mode.toString(8)} ${entry.mtime} ${body}`);
  }
  return scripts;
}

/** Without the encoding of the identity: hex in apk 3's form, base64 in that of images. */
function plainName(path: string): string {
  const match = /^(.*)\.(X1[0-9a-f]{40}|Q1[A-Za-z0-9+/]{27}=)\.([a-z-]+)$/.exec(path);
  assert.ok(match, path);
  const [, label = "", identity = "", type = ""] = match;
  const sha1 = identity.startsWith("X1")
    ? Buffer.from(identity.slice(2), "hex")
    : Buffer.from(identity.slice(2), "base64");
  return `${label}.${sha1.toString("hex")}.${type}`;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of one chunk
async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}
