import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startApkRepository } from "@apkmill/dev-services";
import { layOutAlpine } from "./alpine.ts";
import { changeOnePackage } from "./changed-package.ts";
import { bareNode, command, emptyStore, hashing, runOnce } from "./commands.ts";
import type { BenchCases, Case } from "./compare.ts";
import { makeDebian } from "./debian.ts";
import type { Subject } from "./whole-process.ts";

/** A repository that images are built from. */
interface ImageSet {
  /** As rows call it. */
  readonly name: string;
  readonly work: string;
  readonly packages: string;
  readonly key: string;
  readonly world: readonly string[];
  /** The most that a build from an empty and from a warm store may take, in times of the yardstick's. */
  readonly bounds: { readonly cold: number; readonly warm: number };
}

const arch = "x86_64";
const memoryBound = 150;

/** Building images; rows whose data is missing are left out, which is said. */
export async function imageCases(corpora: string, work: string): Promise<BenchCases> {
  const debian = await makeDebian(corpora, work);
  const alpine = await alpineSet(corpora, work);
  const sets: ImageSet[] = alpine === undefined ? [] : [alpine];
  if (debian !== undefined)
    sets.push({
      ...debian,
      name: "128 Debian packages",
      work: join(work, "debian"),
      bounds: { cold: 0.65, warm: 0.11 },
    });
  const servers: { close: () => Promise<void> }[] = [];
  const cases: Case[] = alpine === undefined ? [] : [await smallCase(alpine)];
  for (const set of sets) {
    const server = await startApkRepository(set.packages);
    servers.push(server);
    cases.push(...(await buildCases(set, server.url)));
  }
  if (alpine !== undefined) {
    const changed = await startApkRepository(await changeOnePackage(alpine.packages, alpine.work, privateKey(alpine)));
    servers.push(changed);
    cases.push(await changedCase(alpine, changed.url));
  }
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
  };
  return { cases, close };
}

async function alpineSet(corpora: string, work: string): Promise<ImageSet | undefined> {
  const alpine = await layOutAlpine(corpora, work);
  const list = await readFile(join(corpora, "golden", "image", "_large-packages.txt"), "utf8").catch(() => undefined);
  if (alpine === undefined || list === undefined) {
    console.log(`the rows over Alpine packages need the corpora alpine-3.19-x86_64 and golden/image: left out`);
    return undefined;
  }
  const key = join(work, "bench.rsa");
  await runOnce(["apk", "keygen", key]);
  const index = join(alpine.packages, arch, "APKINDEX.tar.gz");
  await runOnce(["apk", "index", "--rewrite-arch", arch, "--signing-key", key, "-o", index, ...alpine.files]);
  const world = list.trim().split("\n");
  const bounds = { cold: 0.7, warm: 0.3 };
  return { name: "167 Alpine packages", work, packages: alpine.packages, key: `${key}.pub`, world, bounds };
}

function privateKey({ key }: ImageSet): string {
  return key.replace(/\.pub$/, "");
}

async function smallCase(set: ImageSet): Promise<Case> {
  const config = await writeConfig({ ...set, world: ["alpine-base"] }, set.packages, "small");
  return {
    name: "image of alpine-base from a folder, warm store",
    subject: build(set, config, join(set.work, "store-small")),
    yardstick: bareNode,
    ratioBound: 5,
  };
}

async function buildCases(set: ImageSet, url: string): Promise<Case[]> {
  const config = await writeConfig(set, url, "image");
  const store = storeOf(set);
  const yardstick = hashing(await chosenFiles(set));
  const { cold, warm } = set.bounds;
  const row = (state: string, subject: Subject, ratioBound: number): Case => {
    return { name: `image of ${set.name}, ${state} store`, subject, yardstick, ratioBound, memoryBound };
  };
  return [
    row("empty", build(set, config, store, emptyStore(store)), cold),
    row("warm", build(set, config, store), warm),
  ];
}

/** Against the warm build: after the rows above, its store is filled. */
async function changedCase(set: ImageSet, url: string): Promise<Case> {
  const before = await writeConfig(set, url, "changed");
  const after = join(set.work, "store-after");
  const empty = emptyStore(after);
  return {
    name: `image of ${set.name}, one of 100 kB changed`,
    subject: build(set, before, after, async () => {
      await empty();
      await cp(storeOf(set), after, { recursive: true, preserveTimestamps: true });
      // The copy's seals are broken; what is measured is a store that was in use.
      await runOnce(["cache", "verify", "--cache-dir", after]);
    }),
    yardstick: build(set, join(set.work, "image.yaml"), storeOf(set)),
    ratioBound: 1.3,
  };
}

function storeOf({ work }: ImageSet): string {
  return join(work, "store-image");
}

function build({ work }: ImageSet, config: string, store: string, before?: () => Promise<void>): Subject {
  const args = ["image", "build", "--cache-dir", store, "--log-level", "warn", config, "bench:1", join(work, "layout")];
  return command(args, before);
}

async function writeConfig({ work, key, world }: ImageSet, location: string, name: string): Promise<string> {
  const path = join(work, `${name}.yaml`);
  const contents = { keyring: [key], repositories: [location], packages: world };
  await writeFile(path, JSON.stringify({ contents, archs: [arch] }));
  return path;
}

/** The files of the packages that an image gets. */
async function chosenFiles({ packages, key, world }: ImageSet): Promise<string[]> {
  const printed = await runOnce(["repo", "resolve", "--json", "--arch", arch, "-r", packages, "-k", key, ...world]);
  const { install } = JSON.parse(printed) as { install: { name: string; version: string }[] };
  return install.map(({ name, version }) => join(packages, arch, `${name}-${version}.apk`));
}
