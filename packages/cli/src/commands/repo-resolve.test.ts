import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { encodeIndex, parseIndexText } from "@apkmill/apk";
import { runCommand, temporaryFolder, type Ran } from "../testing/run-command.ts";

const index = [
  "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:app\nV:1\nA:x86_64\nI:1\nD:lib",
  "C:Q1BAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:app\nV:2\nA:x86_64\nI:1\nD:lib",
  "C:Q1CAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:lib\nV:1\nA:x86_64\nI:1",
  "C:Q1DAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:tool\nV:1\nA:x86_64\nI:1",
];

/** apko's form of a database: empty fields, lists in brackets. */
const database =
  "P:app\nV:1\nA:x86_64\nD:lib\ni:[]\nk:0\nC:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nF:etc\nR:app\na:0:0:0644\n\n" +
  "P:lib\nV:1\nA:x86_64\nD:\ni:[]\nC:Q1CAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n";

interface Workspace {
  readonly folder: string;
  /** A database without a world beside it. */
  readonly installed: string;
  /** Runs `repo resolve` on the repository. */
  readonly resolve: (...argv: readonly string[]) => Promise<Ran>;
  readonly write: (path: string, text: string) => Promise<string>;
}

async function workspace(t: TestContext): Promise<Workspace> {
  const folder = await temporaryFolder(t);
  const write = async (path: string, text: string | Buffer): Promise<string> => {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  };
  await write("repo/x86_64/APKINDEX.tar.gz", await encodeIndex(parseIndexText(index.join("\n\n"))));
  const common = ["repo", "resolve", "--arch", "x86_64", "--ignore-signatures", "-r", join(folder, "repo")];
  return {
    folder,
    installed: await write("installed", database),
    resolve: (...argv) => runCommand(folder, [...common, ...argv]),
    write,
  };
}

test("without a database it says what would be installed, and its JSON is a lock", async (t) => {
  const { resolve, write } = await workspace(t);
  assert.equal((await resolve("app")).stdout, "lib-1\napp-2\n");
  const { stdout } = await resolve("app=1", "--json");
  const lock = await write("lock.json", stdout);
  assert.equal((await resolve("--lockfile", lock, "--json")).stdout, stdout);
  assert.equal((await resolve("--lockfile", lock, "lib")).stdout, "lib-1\n");
});

test("a lock whose packages are gone names them", async (t) => {
  const { resolve, write } = await workspace(t);
  const gone = {
    name: "old",
    version: "1",
    arch: "x86_64",
    repository: "",
    checksum: "Q1ZAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    sizeBytes: 1,
  };
  const { status, stdout } = await resolve(
    "--json",
    "--lockfile",
    await write("lock.json", JSON.stringify({ install: [gone] })),
  );
  assert.equal(status, 1);
  const { error } = JSON.parse(stdout) as { error: { code: string; reasons: readonly { package: string }[] } };
  assert.equal(error.code, "APK_STALE_LOCK");
  assert.deepEqual(
    error.reasons.map((reason) => reason.package),
    ["old-1"],
  );
});

const cases: readonly (readonly [what: string, argv: readonly string[], printed: string])[] = [
  ["add leaves what is installed", ["tool"], "(1/1) Installing tool (1)\n"],
  ["upgrade takes all", ["--upgrade"], "(1/1) Upgrading app (1 -> 2)\n"],
  [
    "upgrade with names adds and upgrades these",
    ["-u", "tool", "app"],
    "(1/2) Upgrading app (1 -> 2)\n(2/2) Installing tool (1)\n",
  ],
  ["ignored packages stay", ["--upgrade", "--ignore", "app"], ""],
  ["latest takes the newest of what is named", ["--latest", "app"], "(1/1) Upgrading app (1 -> 2)\n"],
  ["remove takes along what nobody needs then", ["--remove", "app"], "(1/2) Purging app (1)\n(2/2) Purging lib (1)\n"],
  [
    "recursive removal takes what needs it",
    ["--remove", "--recursive", "lib"],
    "(1/2) Purging app (1)\n(2/2) Purging lib (1)\n",
  ],
];
for (const [what, argv, printed] of cases) {
  test(`on a database, ${what}`, async (t) => {
    const { resolve, installed } = await workspace(t);
    const { status, stdout, stderr } = await resolve("--installed", installed, ...argv);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, printed);
  });
}

test("its JSON has the changes, the world and what had to stay", async (t) => {
  const { resolve, installed } = await workspace(t);
  const { stdout, stderr } = await resolve("--installed", installed, "--remove", "lib", "--json");
  assert.deepEqual(JSON.parse(stdout), {
    install: [],
    changes: [],
    world: ["app"],
    kept: [{ name: "lib", neededBy: ["app"] }],
  });
  assert.match(stderr, /lib stays: it is needed by app/);
});

test("a database in its place in a root has the world of that root, and --world is another one", async (t) => {
  const { resolve, write } = await workspace(t);
  const installed = await write("root/lib/apk/db/installed", database);
  await write("root/etc/apk/world", "lib\n");
  assert.equal(
    (await resolve("--installed", installed, "tool")).stdout,
    "(1/2) Purging app (1)\n(2/2) Installing tool (1)\n",
  );
  const world = await write("world", "app=1 lib\n");
  assert.equal((await resolve("--installed", installed, "--world", world, "--upgrade")).stdout, "");
});

const misused: readonly (readonly string[])[] = [
  [],
  ["--upgrade"],
  ["--remove", "app"],
  ["--lockfile", "x", "--upgrade"],
  ["--installed", "x", "--remove"],
  ["--installed", "x", "--recursive", "app"],
  ["--installed", "x", "--remove", "--prune", "app"],
];
for (const argv of misused) {
  test(`\`repo resolve ${argv.join(" ")}\` is refused`, async (t) => {
    const { resolve } = await workspace(t);
    const { status, stdout } = await resolve(...argv, "--json");
    assert.equal(status, 1);
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, "CLI_USAGE");
  });
}
