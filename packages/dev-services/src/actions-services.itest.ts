import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startActionsServices } from "./actions-services.ts";

/**
 * The public clients are the judges: whatever @actions/cache and @actions/artifact accept here, they send to the real services.
 * They run in a process of their own, because they read their endpoints from the environment.
 */
const script = `
  import { writeFile, mkdir } from "node:fs/promises";
  const cache = await import("@actions/cache");
  const { DefaultArtifactClient } = await import("@actions/artifact");
  const out = {};
  out.available = cache.isFeatureAvailable();
  out.miss = (await cache.restoreCache(["kept"], "key-1", ["key-"])) ?? null;
  out.saved = await cache.saveCache(["kept"], "key-1");
  await writeFile("kept/file", "changed");
  out.prefix = await cache.restoreCache(["kept"], "key-2", ["key-"]);
  out.twice = await cache.saveCache(["kept"], "key-1");
  const client = new DefaultArtifactClient();
  const uploaded = await client.uploadArtifact("thing", [process.cwd() + "/kept/file"], process.cwd() + "/kept");
  out.digest = uploaded.digest;
  out.listed = (await client.listArtifacts()).artifacts.map(({ id, name }) => ({ id, name }));
  await mkdir("down");
  out.good = (await client.downloadArtifact(uploaded.id, { path: "down", expectedHash: "sha256:" + uploaded.digest })).digestMismatch;
  out.bad = (await client.downloadArtifact(uploaded.id, { path: "down", expectedHash: "sha256:" + "0".repeat(64) })).digestMismatch;
  out.conflict = await client.uploadArtifact("thing", [process.cwd() + "/kept/file"], process.cwd()).then(() => "accepted", () => "refused");
  await writeFile("result.json", JSON.stringify(out));
`;

test("the public cache and artifact clients store, find and check what they stored", async (t) => {
  const services = await startActionsServices();
  const folder = await mkdtemp(join(tmpdir(), "actions-services-"));
  t.after(async () => {
    await services.close();
    await rm(folder, { recursive: true, force: true });
  });
  await mkdir(join(folder, "kept"));
  await writeFile(join(folder, "kept", "file"), "original");
  const log = await runClients(folder, services.environment("run-1", "job-1"));
  const result = JSON.parse(
    await readFile(join(folder, "result.json"), "utf8").catch(() => `{"log":${JSON.stringify(log)}}`),
  ) as Record<string, unknown>;
  assert.equal(result["log"], undefined);
  assert.equal(result["available"], true);
  assert.equal(result["miss"], null);
  assert.ok(Number(result["saved"]) > 0);
  assert.equal(result["prefix"], "key-1");
  assert.equal(result["twice"], -1);
  assert.deepEqual(result["listed"], [{ id: 1, name: "thing" }]);
  assert.equal(result["good"], false);
  assert.equal(result["bad"], true);
  assert.equal(result["conflict"], "refused");
  assert.equal(await readFile(join(folder, "kept", "file"), "utf8"), "original");
  assert.equal(await readFile(join(folder, "down", "file"), "utf8"), "original");
  assert.equal(services.cacheEntries.length, 1);
  assert.equal(services.artifacts.length, 1);
});

async function runClients(folder: string, services: Readonly<Record<string, string>>): Promise<string> {
  const program = join(import.meta.dirname, "actions-clients.test-program.mjs");
  await writeFile(program, script);
  try {
    const env = {
      ...process.env,
      ...services,
      GITHUB_WORKSPACE: folder,
      RUNNER_TEMP: folder,
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_ACTIONS: "true",
    };
    return await new Promise((resolve) => {
      const child = spawn(process.execPath, [program], { cwd: folder, env });
      let log = "";
      child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
      child.on("close", () => {
        resolve(log);
      });
    });
  } finally {
    await rm(program, { force: true });
  }
}
