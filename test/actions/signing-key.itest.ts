import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { generateKey, loadKeyring, verifyPackageFile } from "@apkmill/apk";
import { defaultLimits } from "@apkmill/core";
import { openDemoPorts } from "../../scripts/demo/demo-ports.ts";
import { baseKeyPath, prepareExample, type Example } from "./example-workspace.ts";
import { runMain, runPost, startJob, type Job } from "./run-action.ts";

/** Where a private key that is given to action-build-apk goes: into signatures, and nowhere else. */
let example: Example | string = "not prepared";

before(async () => (example = await prepareExample()));

after(async () => {
  if (typeof example !== "string") await example.dispose();
});

const inputs = {
  configs: "spy.melange.yaml",
  archs: "x86_64",
  repositories: "base",
  keyring: baseKeyPath,
  "signing-key-name": "acme.rsa",
  cache: "off",
};

/** A build that looks for secrets wherever a build script can look, and packs and prints what it finds. */
const spy = `
package: {name: spy, version: 1.0.0, epoch: 0, copyright: [{license: MIT}]}
environment: {contents: {packages: [busybox]}}
pipeline:
  - runs: |
      mkdir -p "\${{targets.destdir}}/usr/share/spy"
      { env; cat /proc/*/environ /proc/*/cmdline; find / -xdev -type f -size -64k -exec grep -l "PRIVATE KEY" {} +; } > found 2>/dev/null || true
      cat found
      cp found "\${{targets.destdir}}/usr/share/spy/found"
`;

test("a signing key is masked, signs, and is found in no file, log line, state or sandbox", async (t) => {
  if (typeof example === "string") {
    t.skip(example);
    return;
  }
  const { privatePem, publicPem } = await generateKey(2048);
  const job = await startJob();
  t.after(() => job.dispose());
  await example.checkOut(job);
  await writeSpy(job);

  const main = await runMain(job, "action-build-apk", { ...inputs, "signing-key": privatePem });
  assert.equal(main.status, 0, main.log);
  const secretLines = bodyLines(privatePem);
  assert.deepEqual(
    secretLines.filter((line) => line.length >= 8 && !main.masks.includes(line)),
    [],
    "every line is masked",
  );
  assert.ok(main.masks.includes(secretLines.join("")), "and so is the body in one piece");

  const publicKeyPath = main.outputs["public-key-path"] ?? "";
  assert.ok(publicKeyPath.endsWith("/packages/acme.rsa.pub"));
  assert.equal(await readFile(publicKeyPath, "utf8"), publicPem);
  const [built] = JSON.parse(main.outputs["packages"] ?? "") as { path: string }[];
  assert.equal(await signerOf(built?.path ?? "", publicKeyPath), "acme.rsa.pub");

  const post = await runPost(job, "action-build-apk", inputs, main);
  assert.equal(post.status, 0);
  const shown = [main.log, post.log, main.summary, JSON.stringify(main.outputs), JSON.stringify(main.state)].join("\n");
  for (const line of secretLines.slice(0, -1)) assert.ok(!shown.includes(line), "the key is printed");
  for (const root of [job.workspace, job.temp])
    for (const path of await filesBelow(root)) await assertHasNoKey(path, secretLines);
});

test("sign: key without a key is refused, and none signs nothing", async (t) => {
  if (typeof example === "string") {
    t.skip(example);
    return;
  }
  const job = await startJob();
  t.after(() => job.dispose());
  await example.checkOut(job);
  await writeSpy(job);
  const refused = await runMain(job, "action-build-apk", { ...inputs, sign: "key" });
  assert.equal(refused.status, 1);
  assert.match(refused.log, /^::error::input sign is key, and signing-key is empty \[ACTION_INPUT\]$/m);
  const unsigned = await runMain(job, "action-build-apk", { ...inputs, sign: "none" });
  assert.equal(unsigned.status, 0, unsigned.log);
  assert.equal(unsigned.outputs["public-key-path"], "");
  const [built] = JSON.parse(unsigned.outputs["packages"] ?? "") as { path: string }[];
  await assert.rejects(signerOf(built?.path ?? "", join(job.workspace, baseKeyPath)), { code: "APK_UNSIGNED" });
});

test("a text that is no key is refused without being quoted", async (t) => {
  const job = await startJob();
  t.after(() => job.dispose());
  const broken = "-----BEGIN RSA PRIVATE KEY-----\nMIIEverySecretLineOfText\n-----END RSA PRIVATE KEY-----\n";
  const step = await runMain(job, "action-build-apk", { ...inputs, "signing-key": broken });
  assert.equal(step.status, 1);
  assert.match(step.log, /\[KEY_FORMAT\]/);
  assert.doesNotMatch(step.log, /MIIEvery/);
  assert.ok(step.masks.includes("MIIEverySecretLineOfText"));
});

async function writeSpy({ workspace }: Job): Promise<void> {
  await writeFile(join(workspace, "spy.melange.yaml"), spy);
}

const bodyLines = (pem: string): string[] => pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function assertHasNoKey(path: string, lines: readonly string[]): Promise<void> {
  const bytes = await readFile(path);
  const text = bytes.toString("latin1");
  const inner = bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b])) ? gunzipSync(bytes).toString("latin1") : "";
  for (const line of lines.slice(0, -1))
    assert.ok(!text.includes(line) && !inner.includes(line), `${path} holds the key`);
}

async function signerOf(path: string, publicKeyPath: string): Promise<string | undefined> {
  createPublicKey(await readFile(publicKeyPath));
  const ports = await openDemoPorts();
  try {
    return (await verifyPackageFile(path, await loadKeyring(ports, [publicKeyPath]), defaultLimits)).signer;
  } finally {
    ports.http.close();
  }
}
