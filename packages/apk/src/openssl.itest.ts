import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { splitGzipMembers } from "@apkmill/archive";
import { encodeIndex } from "./index-file.ts";
import { indexPackages } from "./index-packages.ts";
import { generateKey, loadSigningKey } from "./signing-key.ts";
import { temporaryFolder, writeTestPackage } from "./testing/packages.ts";

const tools = ["openssl", "tar"].filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
const skip = tools.length === 0 ? false : `needs ${tools.join(" and ")}`;

test("openssl and tar alone verify our packages and indexes", { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  const { privatePem, publicPem } = await generateKey(2048);
  await writeFile(join(folder, "key.rsa"), privatePem);
  await writeFile(join(folder, "key.rsa.pub"), publicPem);
  const key = await loadSigningKey(join(folder, "key.rsa"));
  const { path } = await writeTestPackage(folder, { key });
  const index = join(folder, "APKINDEX.tar.gz");
  await writeFile(index, await encodeIndex(await indexPackages([path]), { keys: [key] }));

  for (const file of [path, index]) {
    const bytes = await readFile(file);
    const [signature, control] = splitGzipMembers(bytes);
    const signed = file === index ? bytes.subarray(signature?.raw.length) : control?.raw;
    await writeFile(join(folder, "signature.tar.gz"), signature?.raw ?? "");
    await writeFile(join(folder, "signed"), signed ?? "");
    const name = ".SIGN.RSA256.key.rsa.pub";
    execFileSync("tar", ["-C", folder, "-xzf", join(folder, "signature.tar.gz"), name]);
    const verdict = execFileSync("openssl", [
      ...["dgst", "-sha256", "-verify", join(folder, "key.rsa.pub")],
      ...["-signature", join(folder, name), join(folder, "signed")],
    ]);
    assert.equal(verdict.toString().trim(), "Verified OK");
  }
});

test("keys made by openssl sign, and openssl reads ours", { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "o.rsa");
  execFileSync("openssl", ["genrsa", "-traditional", "-out", path, "2048"], { stdio: "ignore" });
  assert.equal((await loadSigningKey(path)).name, "o.rsa.pub");
  const { privatePem } = await generateKey();
  await writeFile(path, privatePem);
  assert.match(execFileSync("openssl", ["rsa", "-in", path, "-noout", "-check"], { stdio: "pipe" }).toString(), /ok/);
  assert.match(execFileSync("openssl", ["rsa", "-in", path, "-noout", "-text"]).toString(), /4096 bit/);
});

test("keys that openssl encrypted are read with their passphrase, in both formats", { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  const [plain, path] = [join(folder, "plain.rsa"), join(folder, "o.rsa")];
  execFileSync("openssl", ["genrsa", "-traditional", "-out", plain, "2048"], { stdio: "ignore" });
  for (const format of [["-traditional"], []]) {
    const encrypt = ["rsa", "-in", plain, "-aes256", "-passout", "pass:hush", ...format, "-out", path];
    execFileSync("openssl", encrypt, { stdio: "ignore" });
    assert.equal((await loadSigningKey(path, { passphrase: "hush" })).name, "o.rsa.pub");
    await assert.rejects(loadSigningKey(path), { code: "KEY_FORMAT", message: /no passphrase is given/ });
  }
});
