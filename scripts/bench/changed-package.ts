import { cp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  openPackageData,
  readPackageFile,
  writePackage,
  type ContentPorts,
  type PackageItem,
  type StoredPackage,
} from "@apkmill/apk";
import { defaultLimits, openStore } from "@apkmill/core";
import { runOnce } from "./commands.ts";

const wantedBytes = 100_000;

/** A copy of a repository in which the package whose size is nearest to 100 kB has a new revision with other content, signed by `key`. */
export async function changeOnePackage(packages: string, work: string, key: string): Promise<string> {
  const copy = join(work, "changed");
  const folder = join(copy, "x86_64");
  await cp(packages, copy, { recursive: true });
  const path = await nearest(folder);
  const ports = { store: await openStore(join(work, "scratch")), limits: defaultLimits };
  const stored = await readPackageFile(ports, path);
  await rm(path);
  const changed = join(folder, "changed.apk");
  await writePackage(changed, { control: nextRevision(stored), entries: await changedItems(ports, stored), mtime: 0 });
  await runOnce(["apk", "index", "--merge", "--signing-key", key, "-o", join(folder, "APKINDEX.tar.gz"), changed]);
  return copy;
}

async function nearest(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".apk"));
  const sized = await Promise.all(
    names.map(async (name) => ({ name, away: Math.abs((await stat(join(folder, name))).size - wantedBytes) })),
  );
  return join(folder, sized.sort((a, b) => a.away - b.away)[0]?.name ?? "");
}

function nextRevision({ control }: StoredPackage): StoredPackage["control"] {
  return { ...control, version: control.version.replace(/-r(\d+)$/, (_, revision) => `-r${Number(revision) + 1}`) };
}

/** Every file gets one byte more. */
async function changedItems(ports: ContentPorts, stored: StoredPackage): Promise<PackageItem[]> {
  const items: PackageItem[] = [];
  for await (const { entry, content } of openPackageData(ports, stored)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(Buffer.from(chunk));
    if (entry.type === "file") chunks.push(Buffer.from("\n"));
    const bytes = Buffer.concat(chunks);
    items.push({ entry: { ...entry, sizeBytes: bytes.length }, content: bytes });
  }
  return items;
}
