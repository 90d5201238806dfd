import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { createHash, sign, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier, type Signer } from "@sigstore/verify";
import { startSigstore, type SigstoreServices } from "./sigstore.ts";
import { sigstoreCases } from "./testing/sigstore-cases.ts";
import { certificateRequest, claimsOf, fetchCertificate, makeBundle, parse, post } from "./testing/sigstore-client.ts";

/** The services are spoken to over HTTP alone and judged by readers that we did not write: @sigstore/verify and openssl. */
const run = promisify(execFile);
const withoutOpenssl = spawnSync("openssl", ["version"]).status === 0 ? false : "needs openssl";

let folder: string;
let services: SigstoreServices;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sigstore-test-"));
  services = await startSigstore({ folder });
});
after(async () => {
  await services.close();
  await rm(folder, { recursive: true, force: true });
});

function verifyWith(trustRoot: unknown, bundle: unknown, message: Buffer): Signer {
  const material = toTrustMaterial(TrustedRoot.fromJSON(trustRoot));
  const verifier = new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 });
  return verifier.verify(toSignedEntity(bundleFromJSON(bundle), message));
}

describe("sigstore on loopback", () => {
  for (const [sentence, check] of sigstoreCases) test(sentence, () => check(services));

  test("what its services give makes a bundle that @sigstore/verify accepts under their trusted root", async () => {
    const message = Buffer.from("a message");
    const { identity } = verifyWith(services.trustRoot, await makeBundle(services, message), message);
    assert.equal(
      identity?.subjectAlternativeName,
      "https://github.com/example/factory/.github/workflows/build.yml@refs/heads/main",
    );
    assert.equal(identity.extensions?.issuer, services.oidcUrl);
  });

  test("refuses tokens of another audience, expired ones and ones that are not in force yet", async () => {
    const inAnHour = Math.floor(Date.now() / 1000) + 3600;
    for (const claims of [{ aud: "other" }, { exp: 1 }, { nbf: inAnHour }, { iss: "https://elsewhere.example" }]) {
      const token = services.issueToken(claims);
      const { request } = certificateRequest(token, String(claimsOf(token)["sub"]));
      assert.equal((await post(`${services.fulcioUrl}/api/v2/signingCert`, request)).status, 401);
    }
  });

  test("names a person by a verified e-mail address and by nothing less", async () => {
    const person = { job_workflow_ref: undefined, sub: "1", email: "dev@example.test" };
    const { chain } = await fetchCertificate(services, services.issueToken({ ...person, email_verified: true }));
    assert.equal(new X509Certificate(chain[0] ?? "").subjectAltName, "email:dev@example.test");
    const unverified = certificateRequest(services.issueToken(person), "dev@example.test");
    assert.equal((await post(`${services.fulcioUrl}/api/v2/signingCert`, unverified.request)).status, 401);
  });

  test("hands out tokens as a runner does, to who knows the job's secret", async () => {
    const { requestUrl, requestToken } = services;
    const ask = (bearer: string): Promise<Response> =>
      fetch(`${requestUrl}&audience=somebody`, { headers: { authorization: `Bearer ${bearer}` } });
    assert.equal((await ask("wrong")).status, 401);
    assert.equal((await ask(services.issueToken())).status, 401);
    const { value } = (await (await ask(requestToken)).json()) as { value: string };
    const { aud, repository, iss } = claimsOf(value);
    assert.deepEqual([aud, repository, iss], ["somebody", "example/factory", services.oidcUrl]);
  });

  test("finds an entry of the first interface again by its id", async () => {
    const message = Buffer.from("v1");
    const { chain, privateKey } = await fetchCertificate(services, services.issueToken());
    const pem = new X509Certificate(chain[0] ?? "").toString();
    const proposal = {
      apiVersion: "0.0.1",
      kind: "hashedrekord",
      spec: {
        data: { hash: { algorithm: "sha256", value: createHash("sha256").update(message).digest("hex") } },
        signature: {
          content: sign("sha256", message, privateKey).toString("base64"),
          publicKey: { content: Buffer.from(pem).toString("base64") },
        },
      },
    };
    const url = `${services.rekorUrl}/api/v1/log/entries`;
    const first = await post(url, proposal);
    assert.equal(first.status, 201);
    const second = await post(url, proposal);
    assert.equal(second.status, 409);
    const again = await fetch(new URL(second.headers.get("location") ?? "", url));
    assert.deepEqual(Object.keys((await again.json()) as object), Object.keys(parse(first)));
    assert.equal((await fetch(`${url}/${"0".repeat(80)}`)).status, 404);
  });

  test("continues after a restart: what was signed before verifies, and the log goes on", async () => {
    const message = Buffer.from("before");
    const elsewhere = await mkdtemp(join(tmpdir(), "sigstore-test-"));
    const first = await startSigstore({ folder: elsewhere });
    const bundle = await makeBundle(first, message);
    await first.close();
    const second = await startSigstore({ folder: elsewhere });
    assert.deepEqual([second.url, second.trustRoot], [first.url, first.trustRoot]);
    assert.equal(verifyWith(second.trustRoot, bundle, message).identity?.extensions?.issuer, second.oidcUrl);
    verifyWith(second.trustRoot, await makeBundle(second, message), message);
    const checkpoint = await (await fetch(`${second.rekorUrl}/api/v2/checkpoint`)).text();
    assert.equal(checkpoint.split("\n")[1], "2");
    await second.close();
    await rm(elsewhere, { recursive: true });
  });
});

describe("openssl", { skip: withoutOpenssl }, () => {
  const path = (name: string): string => join(folder, name);

  test("accepts the chain of a signing certificate and shows the promise of the log", async () => {
    const { chain } = await fetchCertificate(services, services.issueToken());
    const [leaf = "", intermediate = "", root = ""] = chain.map((der) => new X509Certificate(der).toString());
    await Promise.all([
      writeFile(path("leaf.pem"), leaf),
      writeFile(path("intermediate.pem"), intermediate),
      writeFile(path("root.pem"), root),
    ]);
    const chainOptions = ["-CAfile", path("root.pem"), "-untrusted", path("intermediate.pem"), path("leaf.pem")];
    const { stdout } = await run("openssl", ["verify", "-x509_strict", "-purpose", "any", ...chainOptions]);
    assert.match(stdout, /leaf\.pem: OK/);
    const shown = await run("openssl", ["x509", "-in", path("leaf.pem"), "-noout", "-text"]);
    assert.match(shown.stdout, /Signed Certificate Timestamp/);
  });

  for (const wanted of [["-cert"], ["-cert", "-no_nonce"], []]) {
    test(`accepts the reply to its own timestamp query ${wanted.join(" ")}`, async () => {
      await writeFile(path("data"), "what is stamped");
      await run("openssl", ["ts", "-query", "-data", path("data"), "-sha256", ...wanted, "-out", path("query.tsq")]);
      const query = await readFile(path("query.tsq"));
      await writeFile(path("reply.tsr"), (await post(services.tsaUrl, query, "application/timestamp-query")).bytes);
      const pems = await (await fetch(`${services.tsaUrl}/certchain`)).text();
      const [signer = "", root = ""] = pems.split(/(?<=-----END CERTIFICATE-----\n)/);
      await Promise.all([writeFile(path("tsa.pem"), signer), writeFile(path("tsa-root.pem"), root)]);
      const reply = ["-in", path("reply.tsr"), "-CAfile", path("tsa-root.pem"), "-untrusted", path("tsa.pem")];
      const { stdout, stderr } = await run("openssl", ["ts", "-verify", "-queryfile", path("query.tsq"), ...reply]);
      assert.match(stdout + stderr, /Verification: OK/);
    });
  }
});
