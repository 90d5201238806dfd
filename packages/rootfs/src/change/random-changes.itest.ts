import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { PackageItem } from "@apkmill/apk";
import { openBench } from "../testing/corpora.ts";
import { makeKey, makeRepository, noRealClient, openRealClient, own, type OwnPackage } from "../testing/real-client.ts";
import { changeAsThey, factsOf, makeTwins } from "../testing/start-root.ts";

/** Transactions that nobody thought of: apk 2.14 and we make the same of them, and refuse the same ones. */

const paths = ["etc/a", "etc/b", "etc/d/c", "usr/a", "usr/b", "usr/d/c", "opt/e/f", "l/x"];

/** One path of one package, and what is there. */
interface Piece {
  readonly path: string;
  readonly as: "file" | "symlink" | "hardlink";
  readonly text: string;
}

interface Version {
  readonly pieces: readonly Piece[];
  readonly replaces: readonly string[];
  readonly priority: number;
}

interface World {
  /** By package: what is installed, and what is offered then; undefined: not at all. */
  readonly packages: readonly { readonly before?: Version | undefined; readonly after?: Version | undefined }[];
  readonly edits: readonly (Piece | { readonly path: string; readonly as: "nothing" })[];
  /** Of one origin, or one may replace the other: where both is so, apk 2 asks for the origin first, apk 3 last. */
  readonly isFamily: boolean;
  /** `l` leads to `usr/d`, by a package of its own. */
  readonly crosses: boolean;
}

const text = fc.constantFrom("1", "2", "3");
const piece = fc.record({
  path: fc.constantFrom(...paths),
  as: fc.constantFrom("file", "file", "file", "symlink", "hardlink"),
  text,
});
// At least one: of a package that installs nothing apk 3 forgets what it replaces, and apk 2 does not.
const version = fc.record({
  pieces: fc.uniqueArray(piece, { selector: ({ path }) => path, minLength: 1, maxLength: 5 }),
  replaces: fc.subarray(["p0", "p1", "p2"]),
  priority: fc.constantFrom(0, 0, 5),
});
const worlds: fc.Arbitrary<World> = fc.record({
  packages: fc.array(
    fc.record({
      before: fc.option(version, { nil: undefined, freq: 4 }),
      after: fc.option(version, { nil: undefined, freq: 4 }),
    }),
    { minLength: 3, maxLength: 3 },
  ),
  edits: fc.array(fc.oneof(piece, fc.record({ path: fc.constantFrom(...paths), as: fc.constant("nothing") })), {
    maxLength: 3,
  }),
  isFamily: fc.boolean(),
  crosses: fc.boolean(),
});

const count = Number(process.env["APKMILL_RANDOM_CHANGES"] ?? 25);

test("random transactions come out as apk 2.14 makes them", { skip: noRealClient }, async (t) => {
  const { folder, store } = await openBench(t);
  const client = openRealClient(folder);
  const key = await makeKey(folder);
  let refused = 0;
  for (const [index, world] of fc
    .sample(worlds, { numRuns: count, seed: Number(process.env["APKMILL_RANDOM_SEED"] ?? 4) })
    .entries()) {
    const [start, next] = [`r${String(index)}a`, `r${String(index)}b`];
    const before = packagesOf(world, "before");
    const after = packagesOf(world, "after");
    await makeRepository(folder, start, key, before);
    await makeRepository(folder, next, key, after);
    const names = ["base", ...before.slice(1).map(({ name }) => name)];
    // A start that apk itself refuses is no root to go on from.
    const twins = tryTwins(() =>
      makeTwins(client, folder, start, names, (root) => {
        edit(root, world);
      }),
    );
    if (twins === undefined) continue;
    const wanted = after.map(({ name }) => name);
    const gone = names.filter((name) => !wanted.includes(name)).map((name) => `!${name}`);
    const words = ["add", "-u", ...wanted, ...gone];
    const run = client(twins.theirs, "--no-scripts", "-X", `/srv/${next}`, ...words);
    const place = { store, folder, repository: next };
    const change = await changeAsThey(place, twins.ours, run.stdout, { world: [...wanted, ...gone] }).then(
      () => "accepted",
      codeOf,
    );
    if (run.status !== 0) {
      // apk leaves out a hard link to a file that went to another package; we have its content all the same.
      if (run.stderr.includes("no hard link target")) continue;
      refused += 1;
      assert.match(change, /^ROOTFS_/, `${JSON.stringify(world)}\n${run.stdout}${run.stderr}`);
      continue;
    }
    assert.equal(change, "accepted", `${JSON.stringify(world)}\n${run.stdout}`);
    assert.deepEqual(factsOf(twins.ours), factsOf(twins.theirs), `${JSON.stringify(world)}\n${run.stdout}`);
  }
  assert.ok(refused < count / 2);
});

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function tryTwins<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function packagesOf({ packages, isFamily, crosses }: World, when: "before" | "after"): OwnPackage[] {
  const base = {
    name: "base",
    items: [own.directory("usr"), own.directory("usr/d"), ...(crosses ? [own.symlink("l", "usr/d")] : [])],
  };
  return [
    base,
    ...packages.flatMap((one, index): OwnPackage[] => {
      const said = one[when];
      if (said === undefined) return [];
      const name = `p${String(index)}`;
      const control = isFamily
        ? { origin: "o" }
        : { origin: name, replaces: said.replaces, replacesPriority: said.priority };
      return [{ name, version: when === "before" ? "1-r0" : "2-r0", control, items: itemsOf(said.pieces) }];
    }),
  ];
}

/** A hard link needs a file before it; without one it is a file itself. */
function itemsOf(pieces: readonly Piece[]): PackageItem[] {
  let target: string | undefined;
  const sorted = [...pieces].sort((a, b) => (a.as === "hardlink" ? 1 : 0) - (b.as === "hardlink" ? 1 : 0));
  return sorted.map((each) => {
    if (each.as === "symlink") return own.symlink(each.path, each.text);
    if (each.as === "hardlink" && target !== undefined) return own.hardlink(each.path, target);
    target ??= each.path;
    return own.file(each.path, each.text);
  });
}

function edit(root: string, { edits }: World): void {
  for (const each of edits) {
    const path = join(root, each.path);
    if (existsSync(dirname(path)) && lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) continue;
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    if (each.as === "symlink") symlinkSync(each.text, path);
    else if (each.as !== "nothing") writeFileSync(path, each.text);
  }
}
