import { createHash, createHmac } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { defaultLimits } from "@apkmill/core";
import { openLayout } from "@apkmill/oci";
import { file, makeRepository, type TestPackage } from "./repository.ts";

/** A repository of made-up packages that take a moment to build an image of, and configurations for it. */
export interface SafetyBench {
  readonly folder: string;
  /** An image of two packages. */
  readonly small: string;
  /** An image of all of them. */
  readonly large: string;
  close(): Promise<void>;
}

export async function openSafetyBench(): Promise<SafetyBench> {
  const folder = await mkdtemp(join(tmpdir(), "apkmill-safety-"));
  const packages = Array.from({ length: 16 }, (_, index): TestPackage => {
    const name = `package${String(index)}`;
    const items = Array.from({ length: 12 }, (_, at) =>
      file(`usr/share/${name}/${String(at)}`, noise(`${name} ${String(at)}`, 3000 * (index + 1))),
    );
    return { name, items };
  });
  const { path, key } = await makeRepository(folder, packages);
  const write = async (name: string, wanted: readonly string[]): Promise<string> => {
    const config = `contents: {repositories: [${path}], keyring: [${key}], packages: [${wanted.join(", ")}]}\n`;
    await writeFile(join(folder, name), config);
    return join(folder, name);
  };
  return {
    folder,
    small: await write("small.yaml", ["package0", "package1"]),
    large: await write(
      "large.yaml",
      packages.map(({ name }) => name),
    ),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Bytes that do not compress, the same every time. */
export function noise(seed: string, sizeBytes: number): Buffer {
  const parts = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, index) =>
    createHmac("sha256", seed).update(String(index)).digest(),
  );
  return Buffer.concat(parts).subarray(0, sizeBytes);
}

/** Path → hash of content, of all files below a folder; none where there is no folder. */
export function contentOf(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return new Map(
    paths.map((path) => [path.slice(folder.length), createHash("sha256").update(readFileSync(path)).digest("hex")]),
  );
}

/** Names of what was written aside and is still there. */
export function debrisIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.includes(".apkmill-"));
}

/** What a killed build has left in the store: files of `tmp/` that say nothing of who uses it. */
export function scratchIn(store: string): string[] {
  return readdirSync(join(store, "tmp")).filter((name) => !name.endsWith("-lease"));
}

/** The digest of a layout all of whose blobs are good; undefined where there is none. */
export async function wholeLayout(path: string): Promise<string | undefined> {
  if (!existsSync(join(path, "index.json"))) return undefined;
  const layout = await openLayout(path, defaultLimits);
  for (const { manifest } of layout.platforms) {
    for (const layer of manifest.layers) await finished(Readable.from(layout.open(layer)).resume());
  }
  return layout.top.digest;
}
