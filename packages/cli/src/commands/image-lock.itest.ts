import assert from "node:assert/strict";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { encodeIndex, generateKey, indexPackages, loadSigningKey, type SigningKey } from "@apkmill/apk";
import { runCommand, temporaryFolder, type Ran } from "../testing/run-command.ts";
import { writeHello } from "../testing/write-package.ts";

/** A repository of two packages, a configuration, and the command line with a store of its own. */
interface Bench {
  readonly folder: string;
  readonly config: string;
  readonly run: (...argv: readonly string[]) => Promise<Ran>;
  /** Writes the index of these packages. */
  readonly offer: (...names: readonly string[]) => Promise<void>;
}

async function openBench(t: TestContext): Promise<Bench> {
  const folder = await temporaryFolder(t);
  const { privatePem, publicPem } = await generateKey(2048);
  await writeFile(join(folder, "own.rsa.pub"), publicPem);
  const key = await loadSigningKey(privatePem, { name: "own.rsa.pub" });
  const repository = join(folder, "repo");
  await mkdir(join(repository, "x86_64"), { recursive: true });
  for (const version of ["1-r0", "2-r0"]) {
    await writeHello(join(repository, "x86_64"), { version, depends: [], installIf: [], triggers: [] }, { key });
  }
  const config = join(folder, "apko.yaml");
  const contents = `{repositories: ["${repository}"], keyring: ["${folder}/own.rsa.pub"], packages: [hello]}`;
  await writeFile(config, `contents: ${contents}\narchs: [x86_64]\n`);
  const bench = {
    folder,
    config,
    run: (...argv: readonly string[]) => runCommand(folder, ["image", ...argv]),
    offer: (...names: readonly string[]) => writeIndex(repository, names, key),
  };
  await bench.offer("hello-1-r0");
  return bench;
}

async function writeIndex(repository: string, names: readonly string[], key: SigningKey): Promise<void> {
  const files = names.map((name) => join(repository, "x86_64", `${name}.apk`));
  const records = await indexPackages(files, { arch: "x86_64" });
  await writeFile(join(repository, "x86_64", "APKINDEX.tar.gz"), await encodeIndex(records, { keys: [key] }));
}

function digestOf({ status, stdout, stderr }: Ran): unknown {
  assert.equal(status, 0, stderr);
  return (JSON.parse(stdout) as { readonly digest: unknown }).digest;
}

test("a lock stands beside its configuration and gives the same image, offline and with no index", async (t) => {
  const { folder, config, run } = await openBench(t);
  const dry = await run("lock", "--dry-run", config);
  assert.match(dry.stdout, /nothing was written/);
  const ran = await run("lock", config);
  assert.equal(ran.stdout, `x86_64  1 package\n${folder}/apko.lock.json\n`);

  const plain = digestOf(await run("build", "--json", config, join(folder, "plain") + "/"));
  const index = join(folder, "repo/x86_64/APKINDEX.tar.gz");
  await rename(index, `${index}.away`);
  const lockfile = ["--lockfile", join(folder, "apko.lock.json")];
  assert.equal(
    digestOf(await run("build", "--json", "--offline", ...lockfile, config, join(folder, "locked") + "/")),
    plain,
  );
  const shown = await run("show-packages", ...lockfile, "--format", "packagelock-source", config);
  assert.equal(shown.stdout, `- hello=1-r0 # ${folder}/repo/x86_64/hello-1-r0.apk\n`);
  await rename(`${index}.away`, index);
});

test("lock --check fails once something else would be chosen, and writes nothing", async (t) => {
  const { folder, config, run, offer } = await openBench(t);
  await run("lock", config, "--output", join(folder, "own.json"));
  const before = await readFile(join(folder, "own.json"));
  const check = ["lock", "--check", "--output", join(folder, "own.json"), config];
  assert.equal((await run(...check)).status, 0);
  await offer("hello-1-r0", "hello-2-r0");
  const stale = await run(...check);
  assert.equal(stale.status, 1);
  assert.match(stale.stdout, /x86_64 {2}package hello: locked 1-r0 Q1\S+, now 2-r0 Q1/);
  const json = JSON.parse((await run(...check, "--json")).stdout) as { readonly upToDate: boolean };
  assert.equal(json.upToDate, false);
  assert.deepEqual(await readFile(join(folder, "own.json")), before);
});

test("verify-build says equal, and exits with 1 when it is not", async (t) => {
  const { folder, config, run } = await openBench(t);
  const layout = join(folder, "layout");
  await run("build", config, `${layout}/`);
  const equal = await run("verify-build", `${layout}/`, config);
  assert.deepEqual([equal.status, equal.stderr], [0, ""]);
  await writeFile(config, `${await readFile(config, "utf8")}cmd: other\n`);
  const other = await run("verify-build", `${layout}/`, config, "--json");
  assert.equal(other.status, 1);
  const { equal: isEqual, differences } = JSON.parse(other.stdout) as Record<string, unknown>;
  assert.deepEqual(
    [isEqual, differences],
    [
      false,
      [{ platform: "linux/amd64", what: "config", name: "config.Cmd", image: undefined, rebuilt: '["other"]' }].map(
        (one) => JSON.parse(JSON.stringify(one)) as unknown,
      ),
    ],
  );
});

test("dot draws a graph, and serves no pages", async (t) => {
  const { config, run } = await openBench(t);
  const drawn = await run("dot", "-S", config);
  assert.match(drawn.stdout, /^digraph images \{\n[^]*"hello" \[label="hello-1-r0"[^]*\}\n$/);
  const web = await run("dot", "--web", config);
  assert.deepEqual([web.status, /CLI_USAGE/.test(web.stderr)], [1, true]);
  const bad = await run("show-packages", "--format", "{{ range }}", config);
  assert.match(bad.stderr, /IMAGE_TEMPLATE/);
});
