import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createHttpClient, defaultLimits, isEngineError, silentLogger, type Ports } from "@apkmill/core";
import { findCredentialFiles, readCredentialFile, type Credentials } from "./auth-config.ts";
import { findCredentials } from "./auth-keychain.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

let directory = "";
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "apkmill-auth-"));
});
after(() => rm(directory, { recursive: true, force: true }));

async function file(path: string, content: unknown): Promise<string> {
  const full = join(directory, path);
  await mkdir(join(full, ".."), { recursive: true });
  await writeFile(full, typeof content === "string" ? content : JSON.stringify(content));
  return full;
}

const portsWith = (env: Record<string, string>): Omit<Ports, "store"> => ({
  http: createHttpClient(),
  log: silentLogger,
  limits: defaultLimits,
  now: () => 0,
  env,
  signal: new AbortController().signal,
});

describe("credential files", () => {
  test("are looked for in the order of docker and podman", async () => {
    const home = join(directory, "order");
    const docker = await file("order/.docker/config.json", {});
    const other = await file("order/elsewhere/config.json", {});
    const named = await file("order/auth-file.json", {});
    const runtime = await file("order/run/containers/auth.json", {});
    const config = await file("order/.config/containers/auth.json", {});
    assert.deepEqual(await findCredentialFiles({ HOME: home }), [docker, config]);
    const env = { HOME: home, REGISTRY_AUTH_FILE: named, XDG_RUNTIME_DIR: join(home, "run") };
    assert.deepEqual(await findCredentialFiles(env), [docker, named, runtime, config]);
    const moved = { HOME: home, DOCKER_CONFIG: join(home, "elsewhere") };
    assert.deepEqual(await findCredentialFiles(moved), [other, config]);
    assert.deepEqual(await findCredentialFiles({}), []);
  });

  const rows: readonly [string, unknown, string, unknown][] = [
    [
      "auth",
      { "r.example": { auth: base64("u:p:q") } },
      "r.example/a",
      { kind: "basic", username: "u", password: "p:q" },
    ],
    [
      "username",
      { "r.example": { username: "u", password: "p" } },
      "r.example/a",
      { kind: "basic", username: "u", password: "p" },
    ],
    [
      "https key",
      { "https://r.example/v2/": { auth: base64("u:p") } },
      "r.example/a",
      { kind: "basic", username: "u", password: "p" },
    ],
    [
      "hub",
      { "https://index.docker.io/v1/": { auth: base64("u:p") } },
      "docker.io/a/b",
      { kind: "basic", username: "u", password: "p" },
    ],
    [
      "identity",
      { "r.example": { auth: base64("u:"), identitytoken: "t" } },
      "r.example/a",
      { kind: "identity", username: "u", token: "t" },
    ],
    ["bearer", { "r.example": { registrytoken: "t" } }, "r.example/a", { kind: "bearer", token: "t" }],
    [
      "longest path",
      { "r.example": { auth: base64("host:p") }, "r.example/team": { auth: base64("team:p") } },
      "r.example/team/img",
      { kind: "basic", username: "team", password: "p" },
    ],
    ["not a longer host", { "r.example": { auth: base64("u:p") } }, "r.example.evil/a", undefined],
    ["not a shorter host", { "evil-r.example": { auth: base64("u:p") } }, "r.example/a", undefined],
    ["not another port", { "r.example:5000": { auth: base64("u:p") } }, "r.example/a", undefined],
    ["empty entry", { "r.example": {} }, "r.example/a", undefined],
  ];
  for (const [name, auths, image, expected] of rows) {
    test(`give credentials: ${name}`, async () => {
      const path = await file(`rows/${name}.json`, { auths });
      const slash = image.indexOf("/");
      const found = await readCredentialFile(portsWith({}), path, image.slice(0, slash), image.slice(slash + 1));
      assert.deepEqual(found, expected === undefined ? undefined : { kind: "found", credentials: expected });
    });
  }

  test("name helpers for one host, or for all that have no secret", async () => {
    const path = await file("helpers.json", {
      auths: { "b.example": { auth: base64("u:p") } },
      credHelpers: { "a.example": "special" },
      credsStore: "desktop",
    });
    const ask = (registry: string): unknown => readCredentialFile(portsWith({}), path, registry, "img");
    assert.deepEqual(await ask("a.example"), { kind: "helper", helper: "special", server: "a.example" });
    assert.deepEqual(await ask("c.example"), { kind: "helper", helper: "desktop", server: "c.example" });
    assert.deepEqual(await ask("docker.io"), {
      kind: "helper",
      helper: "desktop",
      server: "https://index.docker.io/v1/",
    });
    assert.equal(((await ask("b.example")) as { kind: string }).kind, "found");
  });

  test("that are malformed are refused without showing what is in them", async () => {
    const broken = [
      `{"auths":{"r.example":{"auth":"c2VjcmV0"`,
      { auths: { "r.example": { auth: base64("secret") } } },
      { credsStore: "../evil" },
    ];
    for (const [index, content] of broken.entries()) {
      const path = await file(`broken-${String(index)}.json`, content);
      await assert.rejects(readCredentialFile(portsWith({}), path, "r.example", "img"), (error: unknown) => {
        assert.ok(isEngineError(error) && error.code === "REGISTRY_CREDENTIALS");
        assert.doesNotMatch(error.message, /c2VjcmV0|secret/);
        assert.equal(error.context.file, path);
        return true;
      });
    }
  });
});

describe("a credential helper", () => {
  /** Installs a helper that is a shell script, and gives the environment that finds it. */
  async function helper(script: string): Promise<Record<string, string>> {
    const name = `h${String(Math.trunc(performance.now() * 1000))}`;
    const path = await file(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    await file(`${name}/config.json`, { credsStore: name });
    const PATH = [join(directory, "bin"), process.env["PATH"] ?? ""].join(delimiter);
    return { PATH, DOCKER_CONFIG: join(directory, name) };
  }
  const ask = (env: Record<string, string>): Promise<Credentials> =>
    findCredentials(portsWith(env), { registry: "r.example", repository: "img" });

  test("is given the server's name and answers with user and secret", async () => {
    const env = await helper(
      `read server; printf '{"ServerURL":"%s","Username":"%s","Secret":"s"}' "$server" "$server"`,
    );
    assert.deepEqual(await ask(env), { kind: "basic", username: "r.example", password: "s" });
  });

  test("may answer with an identity token", async () => {
    const env = await helper(`printf '{"Username":"<token>","Secret":"t"}'`);
    assert.deepEqual(await ask(env), { kind: "identity", username: "<token>", token: "t" });
  });

  test("that knows nothing leaves the client anonymous", async () => {
    const env = await helper("echo credentials not found in native keychain; exit 1");
    assert.deepEqual(await ask(env), { kind: "anonymous" });
  });

  test("that fails, answers nonsense or is missing is named, and what it printed is not", async () => {
    const missing = {
      PATH: directory,
      DOCKER_CONFIG: join(await file("none/config.json", { credsStore: "none" }), ".."),
    };
    for (const env of [await helper("echo TOPSECRET; exit 3"), await helper("echo TOPSECRET"), missing]) {
      await assert.rejects(ask(env), (error: unknown) => {
        assert.ok(isEngineError(error) && error.code === "REGISTRY_CREDENTIALS");
        assert.doesNotMatch(error.message, /TOPSECRET/);
        return true;
      });
    }
  });

  test("is not asked when credentials were given", async () => {
    const given = { kind: "basic", username: "u", password: "p" } as const;
    const env = await helper("exit 3");
    const image = { registry: "r.example", repository: "img" };
    assert.deepEqual(await findCredentials(portsWith(env), image, new Map([["r.example", given]])), given);
  });
});
