import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { jsonLines, runCommand, temporaryFolder } from "../testing/run-command.ts";
import { writeHello } from "../testing/write-package.ts";

test("packages and keys are verified at their URLs, with a password that is in none of the answers", async (t) => {
  const folder = await temporaryFolder(t);
  const key = join(folder, "acme.rsa");
  await runCommand(folder, ["apk", "keygen", "--key-size", "2048", key]);
  const { path, sizeBytes } = await writeHello(folder);
  await runCommand(folder, ["apk", "sign", "-k", key, path]);
  const files = new Map([
    ["/hello.apk", await readFile(path)],
    ["/acme.rsa.pub", await readFile(`${key}.pub`)],
  ]);
  const server = createServer(({ url = "", headers }, response) => {
    const isAllowed = headers.authorization === `Basic ${Buffer.from("me:s3cr3t").toString("base64")}`;
    const body = files.get(url);
    response.writeHead(!isAllowed ? 401 : body === undefined ? 404 : 200).end(isAllowed ? body : undefined);
  });
  server.listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const base = `http://me:s3cr3t@${host}`;

  const good = await runCommand(folder, ["apk", "verify", "--json", "-k", `${base}/acme.rsa.pub`, `${base}/hello.apk`]);
  assert.equal(good.status, 0, good.stdout);
  const [verdict] = jsonLines(good.stdout);
  assert.deepEqual([verdict?.["file"], verdict?.["signer"]], [`http://${host}/hello.apk`, "acme.rsa.pub"]);

  const mixed = await runCommand(folder, ["apk", "info", "--json", `${base}/hello.apk`, `${base}/gone.apk`, path]);
  assert.equal(mixed.status, 2, "a remote that refuses is not the input's fault");
  const [info, gone, local] = jsonLines(mixed.stdout);
  assert.ok(Number(info?.["sizeBytes"]) > sizeBytes, "it was signed since");
  assert.equal(info?.["sizeBytes"], local?.["sizeBytes"]);
  assert.equal((gone?.["error"] as { code: string }).code, "APK_MISSING");
  for (const { stdout, stderr } of [good, mixed]) assert.ok(!`${stdout}${stderr}`.includes("s3cr3t"));
});
