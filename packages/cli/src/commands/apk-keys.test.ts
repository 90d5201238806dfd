import assert from "node:assert/strict";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { jsonLines, runCommand, temporaryFolder, type Ran } from "../testing/run-command.ts";
import { writeHello } from "../testing/write-package.ts";

type Run = (...argv: readonly string[]) => Promise<Ran>;

async function workspace(t: TestContext): Promise<{ readonly folder: string; readonly run: Run }> {
  const folder = await temporaryFolder(t);
  return { folder, run: (...argv) => runCommand(folder, argv) };
}

const small = ["--key-size", "2048"];

test("keygen writes a private key for its owner only, and never over another", async (t) => {
  const { folder, run } = await workspace(t);
  const path = join(folder, "acme.rsa");
  assert.equal((await run("apk", "keygen", ...small, path)).status, 0);
  assert.deepEqual([(await stat(path)).mode & 0o777, (await stat(`${path}.pub`)).mode & 0o777], [0o600, 0o644]);
  const before = await readFile(path, "utf8");
  assert.match(before, /^-----BEGIN RSA PRIVATE KEY-----/);
  const again = await run("apk", "keygen", ...small, path);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /CLI_USAGE/);
  assert.equal(await readFile(path, "utf8"), before);
});

test("an encrypted key signs with the passphrase of a file, and not without", async (t) => {
  const { folder, run } = await workspace(t);
  const [key, secret] = [join(folder, "acme.rsa"), join(folder, "passphrase")];
  await writeFile(secret, "correct horse\n");
  assert.equal((await run("apk", "keygen", "--encrypt", ...small, key)).status, 1);
  assert.equal((await run("apk", "keygen", "--passphrase-file", secret, ...small, key)).status, 1);
  assert.equal((await run("apk", "keygen", "--encrypt", "--passphrase-file", secret, ...small, key)).status, 0);
  const { path } = await writeHello(folder);
  const without = await run("apk", "sign", "-k", key, path);
  assert.equal(without.status, 1);
  assert.match(without.stderr, /no passphrase is given \[KEY_FORMAT\]/);
  assert.equal((await run("apk", "sign", "-k", key, "--passphrase-file", secret, path)).status, 0);
  assert.equal((await run("apk", "verify", "-k", `${key}.pub`, path)).status, 0);
  await writeFile(secret, "two\nlines\n");
  assert.match((await run("apk", "sign", "-k", key, "--passphrase-file", secret, path)).stderr, /CLI_BAD_VALUE/);
});

test("a key in a variable signs under the name that is given, and is not left for children", async (t) => {
  const { folder, run } = await workspace(t);
  await run("apk", "keygen", ...small, join(folder, "acme.rsa"));
  const pem = await readFile(join(folder, "acme.rsa"), "utf8");
  const { path } = await writeHello(folder);
  process.env["APKMILL_TEST_KEY"] = pem;
  t.after(() => delete process.env["APKMILL_TEST_KEY"]);
  const signed = ["apk", "sign", "--signing-key", "env:APKMILL_TEST_KEY", "--signing-key-name", "acme.rsa", path];
  assert.equal((await runCommand(folder, signed, process.env)).status, 0);
  assert.equal(process.env["APKMILL_TEST_KEY"], undefined);
  assert.equal((await run("apk", "verify", "-k", join(folder, "acme.rsa.pub"), path)).status, 0);
  assert.match((await runCommand(folder, signed, process.env)).stderr, /KEY_MISSING/);
  const nameless = await runCommand(folder, ["apk", "sign", "-k", "env:K", path], { K: pem });
  assert.match(nameless.stderr, /has no name that signatures could carry \[KEY_FORMAT\]/);
});

test("what is in the place of a key is never printed", async (t) => {
  const { folder, run } = await workspace(t);
  await run("apk", "keygen", ...small, join(folder, "acme.rsa"));
  const pem = await readFile(join(folder, "acme.rsa"), "utf8");
  const { path } = await writeHello(folder);
  const attempts = [
    await run("apk", "sign", "--signing-key", pem, path),
    await run("apk", "sign", `--signing-key=${pem}`, path, "--json"),
    await runCommand(folder, ["apk", "sign", "-k", "env:K", path], { K: "s3cr3t-not-pem" }),
    await runCommand(folder, ["apk", "sign", "-k", "env:K", path], { K: pem.replace("MII", "XII") }),
  ];
  const line = pem.split("\n")[3] ?? "?";
  for (const { status, stdout, stderr } of attempts) {
    assert.equal(status, 1);
    assert.ok(!`${stdout}${stderr}`.includes(line) && !`${stdout}${stderr}`.includes("s3cr3t"));
  }
});

test("several keys sign; names and keys must match in number", async (t) => {
  const { folder, run } = await workspace(t);
  const [one, two] = [join(folder, "one.rsa"), join(folder, "two.rsa")];
  for (const key of [one, two]) await run("apk", "keygen", ...small, key);
  const { path } = await writeHello(folder);
  assert.equal((await run("apk", "sign", "-k", one, "-k", two, "--signing-key-name", "x", path)).status, 1);
  assert.equal((await run("apk", "sign", "-k", one, "-k", two, path)).status, 0);
  for (const key of [one, two]) assert.equal((await run("apk", "verify", "-k", `${key}.pub`, path)).status, 0);
  await run("apk", "sign", "-k", one, path);
  assert.equal((await run("apk", "verify", "-k", `${two}.pub`, path)).status, 1);
  await run("apk", "sign", "-k", two, "--keep-signatures", path);
  for (const key of [one, two]) assert.equal((await run("apk", "verify", "-k", `${key}.pub`, path)).status, 0);
});

test("a key that is here under another name, or as text, verifies and is named", async (t) => {
  const { folder, run } = await workspace(t);
  const key = join(folder, "acme.rsa");
  await run("apk", "keygen", ...small, key);
  const pem = await readFile(`${key}.pub`, "utf8");
  await writeFile(join(folder, "renamed.pub"), pem);
  const { path } = await writeHello(folder);
  await run("apk", "sign", "-k", key, path);
  const renamed = await run("apk", "verify", "-k", join(folder, "renamed.pub"), path, "--json");
  assert.deepEqual(jsonLines(renamed.stdout)[0]?.["signer"], "renamed.pub");
  for (const given of [["-k", pem], ["--keyring", pem], [`--keyring=${pem}`]]) {
    const { status, stdout } = await run("apk", "verify", ...given, path);
    assert.equal(status, 0);
    assert.match(stdout, /signed by the key that is here inline-[0-9a-f]{16}\.rsa\.pub, as acme\.rsa\.pub/);
  }
});

test("an index that is signed is left alone unless forced", async (t) => {
  const { folder, run } = await workspace(t);
  const [one, two] = [join(folder, "one.rsa"), join(folder, "two.rsa")];
  for (const key of [one, two]) await run("apk", "keygen", ...small, key);
  await writeHello(join(folder, "x86_64"));
  const index = join(folder, "x86_64", "APKINDEX.tar.gz");
  await run("apk", "index", join(folder, "x86_64"));
  assert.deepEqual((await readdir(join(folder, "x86_64"))).sort(), ["APKINDEX.tar.gz", "hello-1.0-r0.apk"]);
  assert.equal((await run("apk", "sign-index", "--signing-key", one, index)).status, 0);
  const first = await readFile(index);
  const left = await run("apk", "sign-index", "--signing-key", two, index, "--json");
  assert.deepEqual(jsonLines(left.stdout)[0], { index, signed: false, keys: ["one.rsa.pub"] });
  assert.match(left.stderr, /--force signs it anew/);
  assert.ok((await readFile(index)).equals(first));
  await run("apk", "sign-index", "--force", "--signing-key", two, "--signing-key", one, index);
  const both = await run("apk", "sign-index", "--signing-key", two, index, "--json");
  assert.deepEqual(jsonLines(both.stdout)[0]?.["keys"], ["two.rsa.pub", "one.rsa.pub"]);
});

test("a dry run writes nothing", async (t) => {
  const { folder, run } = await workspace(t);
  const key = join(folder, "acme.rsa");
  await run("apk", "keygen", ...small, key);
  const { path } = await writeHello(folder);
  const before = await readFile(path);
  for (const argv of [
    ["apk", "keygen", ...small, join(folder, "other.rsa")],
    ["apk", "sign", "-k", key, path],
    ["apk", "index", folder],
  ]) {
    assert.equal((await run(...argv, "--dry-run")).status, 0);
  }
  assert.ok((await readFile(path)).equals(before));
  assert.deepEqual((await readdir(folder)).sort(), ["acme.rsa", "acme.rsa.pub", "cache", "hello-1.0-r0.apk"]);
});
