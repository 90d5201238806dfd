import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createPrivateKey, randomUUID, sign, type KeyObject } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { digestOf, isEngineError, pathExists } from "@apkmill/core";
import { openRegistry, type Credentials } from "@apkmill/oci";
import { startLoopback, type Answer, type Exchange } from "./loopback.ts";
import { hasDistributionRegistry, startDistributionRegistry } from "./registry-distribution.ts";
import { blobOf, clientPorts } from "./testing/client-ports.ts";

/**
 * The token flow against a registry that we did not write: docker-registry checks signature, audience, expiry and
 * scopes of every token. The token server beside it plays the part that registries leave to their owners.
 */

const needs = [
  (await hasDistributionRegistry()) ? [] : ["the Debian package docker-registry"],
  (await pathExists("/usr/bin/openssl")) ? [] : ["openssl"],
].flat();
const skip = needs.length === 0 ? false : `needs ${needs.join(" and ")}`;

interface TokenServer {
  readonly key: KeyObject;
  readonly x5c: string;
  readonly lifetimeSeconds: number;
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function issue({ key, x5c, lifetimeSeconds }: TokenServer, { headers, query }: Exchange): Answer {
  if (headers["authorization"] !== `Basic ${btoa("user:password")}`) return { status: 401 };
  const now = Math.floor(Date.now() / 1000);
  const access = query.getAll("scope").map((scope) => {
    const [type = "", name = "", actions = ""] = scope.split(":");
    return { type, name, actions: actions.split(",") };
  });
  const claims = { iss: "issuer", sub: "user", aud: "registry", iat: now, nbf: now - 1, exp: now + lifetimeSeconds };
  const head = { typ: "JWT", alg: "RS256", x5c: [x5c] };
  const payload = `${base64url(head)}.${base64url({ ...claims, jti: randomUUID(), access })}`;
  const token = `${payload}.${sign("sha256", Buffer.from(payload), key).toString("base64url")}`;
  const body = Buffer.from(JSON.stringify({ token, expires_in: lifetimeSeconds }));
  return { status: 200, headers: { "content-type": "application/json" }, body };
}

test(
  "a registry with token authentication takes pushes and mounts of who may, and refuses others",
  { skip },
  async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "apkmill-token-"));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const [keyPath, certificatePath] = [join(directory, "token.key"), join(directory, "token.crt")];
    const subject = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=token"];
    await promisify(execFile)("openssl", ["req", ...subject, "-keyout", keyPath, "-out", certificatePath]);
    const certificate = await readFile(certificatePath, "utf8");
    const issuer: TokenServer = {
      key: createPrivateKey(await readFile(keyPath)),
      x5c: certificate.replace(/-----[^-]+-----|\s/g, ""),
      lifetimeSeconds: 2,
    };
    const tokens = await startLoopback((exchange) => Promise.resolve(issue(issuer, exchange)));
    t.after(() => tokens.close());
    const registry = await startDistributionRegistry(directory, {
      token: { realm: `${tokens.url}/token`, service: "registry", issuer: "issuer", rootcertbundle: certificatePath },
    });
    t.after(() => registry.close());

    const open = (repository: string, password: string): ReturnType<typeof openRegistry> => {
      const credentials: Credentials = { kind: "basic", username: "user", password };
      const image = { registry: registry.host, repository };
      return openRegistry(clientPorts(), image, { credentials: new Map([[registry.host, credentials]]) });
    };
    const blob = blobOf(Buffer.alloc(1_000_000, 5));
    const client = open("acme/one", "password");
    assert.equal(await client.pushBlob(blob), "uploaded");
    assert.equal(await open("acme/two", "password").pushBlob(blob, "acme/one"), "mounted");
    // Past the end of the first token.
    await new Promise((resume) => setTimeout(resume, 2500));
    assert.equal(await client.pushBlob(blobOf(Buffer.from("later"))), "uploaded");
    assert.equal((await client.getBlob(blob.digest, 1_000_000)).byteLength, 1_000_000);
    await assert.rejects(
      open("acme/one", "wrong").hasBlob(digestOf("x")),
      (error: unknown) => isEngineError(error) && error.code === "REGISTRY_DENIED",
    );
  },
);
