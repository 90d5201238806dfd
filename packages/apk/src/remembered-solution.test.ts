import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Ports } from "@apkmill/core";
import { encodeTextIndex } from "./text-index.ts";
import { solveAllRemembered, solveRemembered } from "./remembered-solution.ts";
import { openRepositories } from "./repositories.ts";
import type { Repository } from "./repository.ts";
import { requireSolved, solve } from "./solve.ts";
import { keyringOf } from "./keyring.ts";
import { narrow } from "./solver/narrow.ts";
import { temporaryFolder, testPorts } from "./testing/packages.ts";

/** Records enough for the catalog to be worth keeping; `app` needs `base`, of which there are two versions. */
function indexText(newest: string): Buffer {
  const filler = Array.from(
    { length: 1000 },
    (_, index) => `P:filler${String(index)}\nV:1-r0\nA:x86_64\nT:${"x".repeat(60)}\n\n`,
  );
  const own = [
    "P:app\nV:1-r0\nA:x86_64\nS:10\nD:base>1 so:x\n\n",
    `P:base\nV:${newest}\nA:x86_64\np:so:x\n\n`,
    "P:base\nV:1-r0\nA:x86_64\n\n",
  ];
  return Buffer.from([...filler, ...own].join(""));
}

interface Fixture {
  readonly ports: Ports;
  readonly open: () => Promise<Repository[]>;
  readonly publish: (newest: string) => Promise<void>;
}

async function fixture(t: TestContext): Promise<Fixture> {
  const folder = await temporaryFolder(t);
  const ports = await testPorts(t, folder);
  const publish = async (newest: string): Promise<void> => {
    mkdirSync(join(folder, "repo/x86_64"), { recursive: true });
    writeFileSync(join(folder, "repo/x86_64/APKINDEX.tar.gz"), await encodeTextIndex(indexText(newest)));
  };
  await publish("2-r0");
  const open = (): Promise<Repository[]> =>
    openRepositories(ports, {
      locations: [join(folder, "repo")],
      keyring: keyringOf([]),
      arch: "x86_64",
      ignoreSignatures: true,
    });
  return { ports, open, publish };
}

const request = { world: ["app"], arch: "x86_64" };
const named = ({ install }: { install: readonly { record: { name: string; version: string } }[] }): string[] =>
  install.map(({ record }) => `${record.name}-${record.version}`);

test("a request that was answered before gets the same answer without the index being read", async (t) => {
  const { ports, open } = await fixture(t);
  const fresh = requireSolved(solve({ repositories: await open(), ...request }));
  const first = requireSolved(solveRemembered(ports, { repositories: await open(), ...request }));
  const unreadable = (await open()).map((repository) => ({
    ...repository,
    get records(): never {
      throw new Error("the index was read");
    },
    get indexText(): never {
      throw new Error("the index was read");
    },
  }));
  const second = requireSolved(solveRemembered(ports, { repositories: unreadable, ...request }));
  for (const solved of [first, second]) {
    assert.deepEqual(named(solved), ["base-2-r0", "app-1-r0"]);
    assert.deepEqual(solved.world, fresh.world);
    assert.deepEqual(
      solved.changes.map(({ kind }) => kind),
      ["install", "install"],
    );
  }
  assert.equal(second.install[1]?.record.sizeBytes, 10);
  assert.equal(second.install[0]?.repository, unreadable[0]);
});

test("another index, another world or a torn file is answered anew", async (t) => {
  const { ports, open, publish } = await fixture(t);
  const answer = async (world: readonly string[]): Promise<string[]> =>
    named(requireSolved(solveRemembered(ports, { repositories: await open(), arch: "x86_64", world })));
  assert.deepEqual(await answer(["app"]), ["base-2-r0", "app-1-r0"]);
  assert.deepEqual(await answer(["base<2"]), ["base-1-r0"]);
  await publish("3-r0");
  assert.deepEqual(await answer(["app"]), ["base-3-r0", "app-1-r0"]);
  const folder = join(ports.store.root, "derived/solution.v1");
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name));
    await writeFile(join(folder, name), bytes.subarray(0, bytes.length - 5));
  }
  assert.deepEqual(await answer(["app"]), ["base-3-r0", "app-1-r0"]);
});

test("a catalog is kept for the second request, answers others, and is made again when it is damaged", async (t) => {
  const { ports, open } = await fixture(t);
  const answer = async (world: readonly string[]): Promise<string[]> =>
    named(requireSolved(solve({ repositories: await open(), arch: "x86_64", world })));
  assert.deepEqual(await answer(["app"]), ["base-2-r0", "app-1-r0"]);
  const folder = join(ports.store.root, "derived/catalog.v1");
  const [name = ""] = await readdir(folder);
  assert.equal(
    (await readFile(join(folder, name))).length,
    64,
    "it is noted, behind its place, that the index was read",
  );
  assert.deepEqual(await answer(["filler7", "app"]), ["base-2-r0", "app-1-r0", "filler7-1-r0"]);
  const kept = await readFile(join(folder, name));
  assert.deepEqual(await answer(["filler8", "app"]), ["base-2-r0", "app-1-r0", "filler8-1-r0"]);
  const damaged = Buffer.from(kept);
  damaged.writeUInt8(damaged.readUInt8(2000) ^ 1, 2000);
  await writeFile(join(folder, name), damaged);
  assert.deepEqual(await answer(["filler9", "app"]), ["base-2-r0", "app-1-r0", "filler9-1-r0"]);
  assert.deepEqual(await readFile(join(folder, name)), kept);
  assert.deepEqual((await open())[0]?.records.at(-1)?.version, "1-r0");
});

test("what cannot be resolved is not kept, and fails with its reasons each time", async (t) => {
  const { ports, open } = await fixture(t);
  for (let time = 0; time < 2; time += 1) {
    const solution = solveRemembered(ports, {
      repositories: await open(),
      world: ["app", "!base"],
      arch: "x86_64",
    });
    assert.equal(solution.ok, false);
  }
  await assert.rejects(readdir(join(ports.store.root, "derived/solution.v1")), { code: "ENOENT" });
});

test("a repository that offers only some of its records has no answer of the whole one", async (t) => {
  const { ports, open } = await fixture(t);
  solveRemembered(ports, { repositories: await open(), ...request });
  const repositories = (await open()).map((one) => narrow(one, ({ version }) => version !== "2-r0"));
  const solution = solveRemembered(ports, { repositories, ...request });
  assert.equal(solution.ok, false);
});

test("for one architecture of an image the answer is remembered, for several each is resolved with the others", async (t) => {
  const { ports, open } = await fixture(t);
  const perArch = new Map([["x86_64", await open()]]);
  const first = solveAllRemembered(ports, perArch, request.world);
  const [repository] = await open();
  assert.ok(repository !== undefined);
  const unreadable = {
    ...repository,
    get records(): never {
      throw new Error("the index is read");
    },
  };
  const second = solveAllRemembered(ports, new Map([["x86_64", [unreadable]]]), request.world);
  const install = (found: typeof first): string[] => named({ install: found.get("x86_64") ?? [] });
  assert.deepEqual(
    [install(first), install(second)],
    [
      ["base-2-r0", "app-1-r0"],
      ["base-2-r0", "app-1-r0"],
    ],
  );
  const archs = new Map([
    ["x86_64", [unreadable]],
    ["aarch64", [unreadable]],
  ]);
  assert.throws(() => solveAllRemembered(ports, archs, request.world), /the index is read/);
});
