import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { startSigstore, type SigstoreServices } from "./sigstore.ts";
import { toPem } from "./x509.ts";

/**
 * The services are spoken to over HTTP alone, as any client does, and judged by readers that we did not write: @sigstore/verify and
 * openssl. The same requests are what the public services take.
 */
const run = promisify(execFile);

interface Signed {
  readonly bundle: Record<string, unknown>;
  readonly leaf: string;
}

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

async function post(path: string, body: unknown): Promise<{ status: number; bytes: Buffer }> {
  const answer = await fetch(`${services.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}

const json = (bytes: Buffer): Record<string, never> => JSON.parse(bytes.toString("utf8")) as Record<string, never>;

function certificateRequest(
  token: string,
  subject: string,
): { request: unknown; privateKey: ReturnType<typeof generateKeyPairSync>["privateKey"] } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const proofOfPossession = sign("sha256", Buffer.from(subject), privateKey).toString("base64");
  const content = publicKey.export({ type: "spki", format: "pem" }) as string;
  return {
    request: {
      credentials: { oidcIdentityToken: token },
      publicKeyRequest: { publicKey: { algorithm: "ECDSA", content }, proofOfPossession },
    },
    privateKey,
  };
}

const subjectOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { sub: string }).sub;

async function signStatement(payload: Buffer): Promise<Signed> {
  const token = services.issueToken();
  const { request, privateKey } = certificateRequest(token, subjectOf(token));
  const issued = json((await post("/api/v2/signingCert", request)).bytes) as unknown as {
    signedCertificateEmbeddedSct: { chain: { certificates: string[] } };
  };
  const leaf = (issued.signedCertificateEmbeddedSct.chain.certificates[0] ?? "").replace(/-----[^-]+-----|\s/g, "");
  const type = "application/vnd.in-toto+json";
  const pae = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
  const signature = sign("sha256", pae, privateKey);
  const entry = await post("/api/v2/log/entries", {
    hashedRekordRequestV002: {
      digest: createHash("sha256").update(pae).digest("base64"),
      signature: {
        content: signature.toString("base64"),
        verifier: { keyDetails: "PKIX_ECDSA_P256_SHA_256", x509Certificate: { rawBytes: leaf } },
      },
    },
  });
  assert.equal(entry.status, 201, entry.bytes.toString());
  const timestamp = await post("/api/v1/timestamp", {
    artifactHash: createHash("sha256").update(signature).digest("base64"),
    hashAlgorithm: "sha256",
  });
  assert.equal(timestamp.status, 201);
  return {
    leaf,
    bundle: {
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: {
        certificate: { rawBytes: leaf },
        tlogEntries: [json(entry.bytes)],
        timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: timestamp.bytes.toString("base64") }] },
      },
      dsseEnvelope: {
        payloadType: type,
        payload: payload.toString("base64"),
        signatures: [{ sig: signature.toString("base64"), keyid: "" }],
      },
    },
  };
}

describe("sigstore on loopback", () => {
  test("what its services give makes a bundle that @sigstore/verify accepts, under their trusted root", async () => {
    await signStatement(Buffer.from("first, so that the second has a proof with hashes"));
    const { bundle } = await signStatement(Buffer.from("statement"));
    const material = toTrustMaterial(TrustedRoot.fromJSON(services.trustRoot));
    const verifier = new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 });
    const signer = verifier.verify(toSignedEntity(bundleFromJSON(bundle)), {
      extensions: { issuer: services.oidcUrl },
    });
    assert.equal(
      signer.identity?.subjectAlternativeName,
      "https://github.com/example/factory/.github/workflows/build.yml@refs/heads/main",
    );
  });

  test("openssl accepts the chain of a signing certificate", async () => {
    const { leaf } = await signStatement(Buffer.from("another"));
    const root =
      (services.trustRoot as { certificateAuthorities: { certChain: { certificates: { rawBytes: string }[] } }[] })
        .certificateAuthorities[0]?.certChain.certificates[0]?.rawBytes ?? "";
    await writeFile(join(folder, "leaf.pem"), toPem("CERTIFICATE", Buffer.from(leaf, "base64")));
    await writeFile(join(folder, "root.pem"), toPem("CERTIFICATE", Buffer.from(root, "base64")));
    const { stdout } = await run("openssl", [
      "verify",
      "-purpose",
      "any",
      "-CAfile",
      join(folder, "root.pem"),
      join(folder, "leaf.pem"),
    ]);
    assert.match(stdout, /leaf\.pem: OK/);
    const shown = await run("openssl", ["x509", "-in", join(folder, "leaf.pem"), "-noout", "-text"]);
    assert.match(shown.stdout, /URI:https:\/\/github\.com\/example\/factory/);
    assert.match(shown.stdout, /Signed Certificate Timestamp/);
  });

  test("openssl accepts the reply to its own timestamp query", async () => {
    await writeFile(join(folder, "data"), "what is stamped");
    await run("openssl", [
      "ts",
      "-query",
      "-data",
      join(folder, "data"),
      "-sha256",
      "-cert",
      "-out",
      join(folder, "query.tsq"),
    ]);
    const answer = await fetch(`${services.url}/api/v1/timestamp`, {
      method: "POST",
      headers: { "content-type": "application/timestamp-query" },
      body: await readFile(join(folder, "query.tsq")),
    });
    await writeFile(join(folder, "reply.tsr"), Buffer.from(await answer.arrayBuffer()));
    const { stdout, stderr } = await run("openssl", [
      "ts",
      "-verify",
      "-queryfile",
      join(folder, "query.tsq"),
      "-in",
      join(folder, "reply.tsr"),
      "-CAfile",
      join(folder, "root.pem"),
    ]);
    assert.match(`${stdout}${stderr}`, /Verification: OK/);
  });

  test("a token of another audience, a forged one and an expired one are refused", async () => {
    const tokens = [
      services.issueToken({ aud: "other" }),
      `${services.issueToken().slice(0, -8)}AAAAAAAA`,
      services.issueToken({ exp: 1 }),
    ];
    for (const token of tokens)
      assert.equal(
        (await post("/api/v2/signingCert", certificateRequest(token, subjectOf(token)).request)).status,
        401,
      );
  });

  test("a key that the requester does not hold is refused", async () => {
    const token = services.issueToken();
    assert.equal((await post("/api/v2/signingCert", certificateRequest(token, "somebody else").request)).status, 400);
  });

  test("the log refuses a wrong signature, entries of other kinds, and a second copy", async () => {
    const { leaf } = await signStatement(Buffer.from("once"));
    const wrong = {
      digest: createHash("sha256").update("x").digest("base64"),
      signature: {
        content: Buffer.from("3006020101020101", "hex").toString("base64"),
        verifier: { keyDetails: "PKIX_ECDSA_P256_SHA_256", x509Certificate: { rawBytes: leaf } },
      },
    };
    assert.equal((await post("/api/v2/log/entries", { hashedRekordRequestV002: wrong })).status, 400);
    assert.equal((await post("/api/v2/log/entries", { dsseRequestV002: {} })).status, 400);
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const digest = createHash("sha256").update("twice").digest();
    const rawBytes = publicKey.export({ type: "spki", format: "der" }).toString("base64");
    const entry = {
      hashedRekordRequestV002: {
        digest: digest.toString("base64"),
        signature: {
          content: sign("sha256", Buffer.from("twice"), privateKey).toString("base64"),
          verifier: { keyDetails: "PKIX_ECDSA_P256_SHA_256", publicKey: { rawBytes } },
        },
      },
    };
    assert.deepEqual(
      [(await post("/api/v2/log/entries", entry)).status, (await post("/api/v2/log/entries", entry)).status],
      [201, 409],
    );
  });

  test("a token is handed out as a runner's endpoint does, and only for its request token", async () => {
    const ask = (bearer: string): Promise<Response> =>
      fetch(`${services.requestUrl}&audience=sigstore`, { headers: { authorization: `Bearer ${bearer}` } });
    assert.equal((await ask("wrong")).status, 401);
    const { value } = (await (await ask(services.requestToken)).json()) as { value: string };
    assert.equal(
      (JSON.parse(Buffer.from(value.split(".")[1] ?? "", "base64url").toString()) as { aud: string }).aud,
      "sigstore",
    );
  });

  test("a restart in the same folder continues the log and keeps the keys", async () => {
    const again = await startSigstore({ folder });
    const note = await (await fetch(`${again.url}/api/v2/checkpoint`)).text();
    assert.ok(Number(note.split("\n")[1]) >= 4);
    const certificateOf = (root: unknown): unknown =>
      (root as { timestampAuthorities: unknown[] }).timestampAuthorities.length;
    assert.equal(certificateOf(again.trustRoot), 1);
    await again.close();
  });
});
