import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { encodeIndex, generateKey, indexPackages, loadSigningKey, writePackage } from "@apkmill/apk";
import { startApkRepository } from "@apkmill/dev-services";
import { main } from "../main.ts";

/** The options about repositories and the network, as a user gives them. */

interface Answer {
  readonly code: number;
  readonly json: Record<string, unknown>;
  readonly stderr: string;
}

async function run(env: Record<string, string>, ...argv: string[]): Promise<Answer> {
  let stdout = "";
  let stderr = "";
  const shell = { env, stdout: (text: string) => (stdout += text), stderr: (text: string) => (stderr += text) };
  const code = await main({ ...shell, argv: [...argv, "--json"], signal: new AbortController().signal });
  return { code, json: JSON.parse(stdout) as Record<string, unknown>, stderr };
}

/** A signed repository of one package, and the options that every command here takes. */
async function fixture(t: TestContext): Promise<{ root: string; folder: string; common: string[] }> {
  const root = await mkdtemp(join(tmpdir(), "apkmill-options-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, "repo");
  const { privatePem, publicPem } = await generateKey(2048);
  await writeFile(join(root, "acme.rsa"), privatePem);
  await writeFile(join(root, "acme.rsa.pub"), publicPem);
  await mkdir(join(folder, "x86_64"), { recursive: true });
  const path = join(folder, "x86_64/hello-1-r0.apk");
  await writePackage(path, {
    control: control("hello"),
    scripts: new Map(),
    extraControlFiles: new Map(),
    entries: [],
    mtime: 0,
    key: undefined,
  });
  const records = await indexPackages([path], { arch: "x86_64" });
  const keys = [await loadSigningKey(join(root, "acme.rsa"))];
  await writeFile(join(folder, "x86_64/APKINDEX.tar.gz"), await encodeIndex(records, { keys }));
  return {
    root,
    folder,
    common: ["--arch", "x86_64", "--cache-dir", join(root, "store"), "-k", join(root, "acme.rsa.pub")],
  };
}

const control = (name: string): Parameters<typeof writePackage>[1]["control"] => ({
  ...{
    name,
    version: "1-r0",
    arch: "x86_64",
    description: "",
    url: "",
    license: "",
    origin: "",
    maintainer: "",
    commit: "",
  },
  ...{ buildTime: 0, installedSizeBytes: 1, providerPriority: 0, replacesPriority: 0, dataHash: "" },
  ...{ depends: [], provides: [], installIf: [], replaces: [], triggers: [] },
});

const errorOf = ({ json }: Answer): Record<string, unknown> => json["error"] as Record<string, unknown>;

test("--offline uses what an earlier run fetched, and names what none has", async (t) => {
  const { folder, common } = await fixture(t);
  const service = await startApkRepository(folder);
  const fetchHello = (...more: string[]): Promise<Answer> =>
    run({}, "repo", "fetch", ...common, "-r", service.url, "hello", ...more);
  const first = await fetchHello("--offline");
  assert.deepEqual([first.code, errorOf(first)["code"]], [1, "REPOSITORY_OFFLINE"]);
  assert.equal((await run({}, "repo", "resolve", ...common, "-r", service.url, "hello")).code, 0);
  assert.match(String(errorOf(await fetchHello("--offline"))["message"]), /hello-1-r0/);
  assert.equal((await fetchHello()).code, 0);
  await service.close();
  const again = await fetchHello("--offline");
  assert.equal(again.code, 0, again.stderr);
});

test("--repositories-file reads repositories as apk does, and a new root gets them without passwords", async (t) => {
  const { root, folder, common } = await fixture(t);
  const service = await startApkRepository(folder, { credentials: { username: "me", password: "s3cr3t" } });
  t.after(() => service.close());
  const list = join(root, "repositories");
  await writeFile(list, `# ours\nset host=${service.url.replace("//", "//me:s3cr3t@")}\nv2 @x \${host}\n`);
  const install = ["repo", "install", ...common, "--repositories-file", list, "--root", join(root, "tree"), "hello@x"];
  const { code, stderr, json } = await run({}, ...install);
  assert.equal(code, 0, `${stderr}${JSON.stringify(json)}`);
  assert.equal(await readFile(join(root, "tree/etc/apk/repositories"), "utf8"), `v2 @x ${service.url}\n`);
});

test("--discover-keys trusts what a repository publishes, and says so", async (t) => {
  const { root, folder, common } = await fixture(t);
  const service = await startApkRepository(folder);
  t.after(() => service.close());
  const pem = await readFile(join(root, "acme.rsa.pub"), "utf8");
  const { createPublicKey } = await import("node:crypto");
  const jwk = { ...createPublicKey(pem).export({ format: "jwk" }), kid: "acme" };
  await writeFile(join(folder, "keys.json"), JSON.stringify({ keys: [jwk] }));
  await writeFile(join(folder, "apk-configuration"), JSON.stringify({ jwks_uri: `${service.url}/keys.json` }));
  const command = ["repo", "resolve", ...common.slice(0, 4), "-r", service.url, "hello"];
  assert.equal(errorOf(await run({}, ...command))["code"], "INDEX_UNKNOWN_SIGNER");
  const { code, stderr } = await run({}, ...command, "--discover-keys");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /trusting key acme\.rsa\.pub/);
});

const skip = spawnSync("openssl", ["version"]).error === undefined ? false : "needs openssl";

test("--ca-file and credentials of HTTP_AUTH open a repository of one's own over https", { skip }, async (t) => {
  const { root, folder, common } = await fixture(t);
  const subject = ["-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem"];
  execFileSync("openssl", ["req", "-x509", ...newKey, "-out", "ca.pem", ...subject], { cwd: root, stdio: "pipe" });
  const [key, cert] = await Promise.all(["key.pem", "ca.pem"].map((name) => readFile(join(root, name))));
  const server = createServer({ key, cert }, (request, response) => {
    const allowed = request.headers.authorization === `Basic ${btoa("me:pw")}`;
    readFile(join(folder, request.url ?? "")).then(
      (bytes) => response.writeHead(allowed ? 200 : 401).end(allowed ? bytes : ""),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const command = ["repo", "fetch", ...common, "-r", `https://${host}`, "hello"];
  const ca = ["--ca-file", join(root, "ca.pem")];
  const env = { HTTP_AUTH: `basic:${host}:me:pw` };
  assert.equal(errorOf(await run(env, ...command))["code"], "HTTP_UNTRUSTED");
  assert.equal(errorOf(await run({}, ...command, ...ca))["code"], "HTTP_STATUS");
  assert.equal((await run(env, ...command, ...ca)).code, 0);
});
