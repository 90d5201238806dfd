import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { downloadFolder, uploadFolder } from "./artifacts.ts";

const folder = mkdtempSync(join(tmpdir(), "artifacts-"));
after(() => rmSync(folder, { recursive: true }));

test("a folder with a private key in it does not become an artifact", async () => {
  writeFileSync(join(folder, "acme.rsa.pub"), "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n");
  writeFileSync(join(folder, "acme.rsa"), "x\n-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n");
  await assert.rejects(uploadFolder("packages", folder), {
    code: "ACTION_ARTIFACT",
    message: "acme.rsa is a private key and will not be uploaded",
  });
});

test("an artifact is asked for by number and digest only", async () => {
  const digest = `sha256:${"a".repeat(64)}`;
  for (const [id, sum] of [
    ["", digest],
    ["1 ", digest],
    ["latest", digest],
    ["1", ""],
    ["1", digest.toUpperCase()],
    ["1", "a".repeat(64)],
  ] as const)
    await assert.rejects(downloadFolder(id, sum, folder), { code: "ACTION_ARTIFACT", kind: "input" }, `${id} ${sum}`);
});
