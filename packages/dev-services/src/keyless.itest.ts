import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  describeProvenance,
  describeProvenanceStatement,
  describeSbomStatement,
  loadBuildPlatform,
  loadTrustRoot,
  openAttestor,
  parseTrustRoot,
  signStatements,
  subjectOf,
  verifyArtifactBundle,
  verifyBundle,
  type AttestPorts,
  type SigningOptions,
} from "@apkmill/attest";
import { defaultLimits, digestOf, isEngineError, openStore } from "@apkmill/core";
import type { Answer, Exchange, Fault } from "./loopback.ts";
import { startSigstore, type SigstoreOptions, type SigstoreServices } from "./sigstore.ts";
import { clientPorts } from "./testing/client-ports.ts";

/** Keyless signing from token to verified bundle, and what becomes of it when a service misbehaves. */

const identity = "https://github.com/example/factory/.github/workflows/build.yml@refs/heads/main";
const subject = subjectOf("registry.example/acme/hello", digestOf("manifest"));
const sbom = describeSbomStatement(subject, { spdxVersion: "SPDX-2.3", SPDXID: "SPDXRef-DOCUMENT" });

let folder: string;
let services: SigstoreServices;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyless-test-"));
  services = await startSigstore({ folder: join(folder, "services") });
});
after(async () => {
  await services.close();
  await rm(folder, { recursive: true, force: true });
});

async function openPorts(
  env: Readonly<Record<string, string>> = {},
): Promise<AttestPorts & { readonly lines: readonly string[] }> {
  return { ...clientPorts(env), store: await openStore(join(folder, "store")) };
}

function optionsFor(sigstore: SigstoreServices, more: SigningOptions = {}): SigningOptions {
  const { fulcioUrl, rekorUrl, tsaUrl, trustRootPath, identityTokenPath } = sigstore;
  return { fulcioUrl, rekorUrl, tsaUrl, trustRoot: trustRootPath, identityToken: identityTokenPath, ...more };
}

interface BundleJson {
  readonly mediaType: string;
  readonly verificationMaterial: {
    readonly certificate: { readonly rawBytes: string };
    // The format leaves empty lists out.
    readonly tlogEntries?: readonly { readonly kindVersion: { readonly kind: string; readonly version: string } }[];
    readonly timestampVerificationData: { readonly rfc3161Timestamps?: readonly unknown[] };
  };
}

const parseBundle = (bytes: Buffer | undefined): BundleJson =>
  JSON.parse((bytes ?? Buffer.alloc(0)).toString("utf8")) as BundleJson;

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => "no error",
    (caught: unknown) => caught,
  );
  return isEngineError(error) ? error.code : String(error);
}

/** Signs against services of its own, with faults or clocks that are given. */
async function signUnder(options: SigstoreOptions, more: SigningOptions = {}): Promise<readonly Buffer[]> {
  const own = await startSigstore(options);
  try {
    return await signStatements(await openPorts(), [sbom], optionsFor(own, more));
  } finally {
    await own.close();
  }
}

/** A fault for the first `times` requests to a path. */
function faultAt(path: string, times: number, fault: Fault): (exchange: Exchange) => Fault | undefined {
  let left = times;
  return (exchange) => (exchange.path === path && exchange.method === "POST" && left-- > 0 ? fault : undefined);
}

const answering = (status: number, body = ""): Fault => ({
  kind: "answer",
  answer: { status, headers: { "content-type": "application/json" }, body: Buffer.from(body) } satisfies Answer,
});

const paths = {
  fulcio: "/api/v2/signingCert",
  log: "/api/v2/log/entries",
  tsa: "/api/v1/timestamp",
};

describe("signing", () => {
  test("makes one bundle for each statement, with one certificate for all", async () => {
    const other = describeSbomStatement(subjectOf("registry.example/acme/hello", digestOf("other")), {});
    const before = services.served.length;
    const bundles = await signStatements(await openPorts(), [sbom, other], optionsFor(services));
    const [first, second] = bundles.map(parseBundle);
    assert.equal(first?.mediaType, "application/vnd.dev.sigstore.bundle.v0.3+json");
    assert.deepEqual(first.verificationMaterial.certificate, second?.verificationMaterial.certificate);
    const posts = services.served.slice(before).filter(({ method }) => method === "POST");
    assert.deepEqual(posts.map(({ path }) => path).sort(), [paths.tsa, paths.tsa, paths.log, paths.log, paths.fulcio]);
  });

  const kinds: readonly [string, SigningOptions, readonly string[], number][] = [
    ["Rekor v2, found out by asking, and a timestamp authority", {}, ["hashedrekord 0.0.2"], 1],
    ["Rekor v1 and a timestamp authority", { rekorVersion: 1 }, ["dsse 0.0.1"], 1],
    ["Rekor v1 alone", { rekorVersion: 1, tsaUrl: undefined }, ["dsse 0.0.1"], 0],
    ["a timestamp authority alone", { rekorUrl: undefined }, [], 1],
    ["no log where none is wanted", { transparencyLog: "none" }, [], 1],
  ];
  for (const [what, options, entries, timestamps] of kinds) {
    test(`works with ${what}`, async () => {
      const [bundle] = await signStatements(await openPorts(), [sbom], optionsFor(services, options));
      const { tlogEntries = [], timestampVerificationData: times } = parseBundle(bundle).verificationMaterial;
      assert.deepEqual(
        tlogEntries.map(({ kindVersion }) => `${kindVersion.kind} ${kindVersion.version}`),
        entries,
      );
      assert.equal(times.rfc3161Timestamps?.length ?? 0, timestamps);
    });
  }

  test("takes its services from a signing configuration", async () => {
    const { signingConfigPath, trustRootPath, identityTokenPath } = services;
    const options = { signingConfig: signingConfigPath, trustRoot: trustRootPath, identityToken: identityTokenPath };
    const [bundle] = await signStatements(await openPorts(), [sbom], options);
    assert.equal(parseBundle(bundle).verificationMaterial.tlogEntries?.[0]?.kindVersion.version, "0.0.2");
  });

  test("signs in a workflow's name with the token that the runner gives", async () => {
    const run = { job_workflow_ref: "acme/ci/.github/workflows/factory.yml@refs/tags/v1" };
    const ports = await openPorts({ GITHUB_ACTIONS: "true", ...services.runnerEnvironment(run) });
    const attestor = await openAttestor(ports, optionsFor(services, { identityToken: undefined }));
    const name = `https://github.com/${run.job_workflow_ref}`;
    assert.deepEqual(await attestor.identity(), { identity: name, issuer: services.oidcUrl });
    const [bundle = Buffer.alloc(0)] = await attestor.sign([sbom]);
    const { signer, statement } = await attestor.verify(bundle);
    assert.equal(signer.identity, name);
    assert.equal(signer.sourceRepository, "https://github.com/example/factory");
    assert.equal(signer.extensions["runnerEnvironment"], "github-hosted");
    assert.deepEqual(statement, sbom);
  });

  test("says of a workflow's build what the verified claims say, and signs only in the builder's name", async () => {
    const builder = await openPorts(services.runnerEnvironment({}));
    const platform = await loadBuildPlatform(builder, "0.1.0");
    const statement = describeProvenanceStatement(subject, describeProvenance({ platform, externalParameters: {} }));
    const options = optionsFor(services, { identityToken: undefined });
    assert.equal((await signStatements(builder, [statement], options)).length, 1);
    const other = await openPorts(services.runnerEnvironment({ job_workflow_ref: "evil/ci/x.yml@refs/heads/main" }));
    assert.equal(await codeOf(signStatements(other, [statement], options)), "ATTEST_IDENTITY");
  });

  test("needs a source of tokens", async () => {
    const options = optionsFor(services, { identityToken: undefined });
    assert.equal(await codeOf(signStatements(await openPorts(), [sbom], options)), "ATTEST_TOKEN");
    const runner = await openPorts({ GITHUB_ACTIONS: "true" });
    assert.equal(await codeOf(signStatements(runner, [sbom], options)), "ATTEST_PERMISSION");
  });
});

describe("a service that misbehaves", () => {
  const recovered: readonly [string, (exchange: Exchange) => Fault | undefined][] = [
    ["an authority that is unavailable twice", faultAt(paths.fulcio, 2, answering(503))],
    ["a log that is unavailable twice", faultAt(paths.log, 2, answering(502, "<html>"))],
    ["a log that stores the entry and loses the answer", faultAt(paths.log, 1, { kind: "reset", handled: true })],
    ["a timestamp authority that cuts the connection", faultAt(paths.tsa, 1, { kind: "reset", handled: false })],
  ];
  for (const [what, fault] of recovered) {
    test(`does not stop signing: ${what}`, async () => {
      assert.equal((await signUnder({ fault })).length, 1);
    });
  }

  const refused: readonly [string, string, SigstoreOptions][] = [
    [
      "an authority that refuses",
      "ATTEST_FULCIO",
      { fault: faultAt(paths.fulcio, 9, answering(400, '{"message":"no"}')) },
    ],
    ["an authority that answers nothing", "ATTEST_FULCIO", { fault: faultAt(paths.fulcio, 9, answering(200, "{}")) }],
    ["an authority that rejects the token", "ATTEST_TOKEN", { fault: faultAt(paths.fulcio, 9, answering(401)) }],
    ["a frozen log", "ATTEST_REKOR", { fault: faultAt(paths.log, 9, answering(405)) }],
    ["a log that answers something else", "ATTEST_REKOR", { fault: faultAt(paths.log, 9, answering(201, "{}")) }],
    ["a log that always has the entry", "ATTEST_LOG_CONFLICT", { fault: faultAt(paths.log, 9, answering(409)) }],
    ["a timestamp authority that refuses", "ATTEST_TSA", { fault: faultAt(paths.tsa, 9, answering(400)) }],
    [
      "a timestamp authority that answers something else",
      "ATTEST_TSA",
      { fault: faultAt(paths.tsa, 9, answering(201)) },
    ],
    ["a timestamp authority that is an hour ahead", "ATTEST_CERTIFICATE", { tsaNow: () => Date.now() / 1000 + 3600 }],
    ["a timestamp authority that is behind", "ATTEST_CERTIFICATE", { tsaNow: () => Date.now() / 1000 - 3600 }],
  ];
  for (const [what, code, options] of refused) {
    test(`ends in ${code}: ${what}`, async () => {
      assert.equal(await codeOf(signUnder(options)), code);
    });
  }

  test("does not pass off another's certificate, log entry or timestamp", async () => {
    const stored = new Map<string, Buffer>();
    const own = await startSigstore();
    const ports = await openPorts();
    const http: AttestPorts["http"] = {
      close: () => undefined,
      request: async (url, options) => {
        const response = await ports.http.request(url, options);
        if (options?.method !== "POST") return response;
        const path = new URL(url).pathname;
        const bytes = stored.get(path) ?? (await response.bytes(defaultLimits.responseBytes));
        stored.set(path, bytes);
        return { ...response, bytes: () => Promise.resolve(bytes) };
      },
    };
    const replayed = { ...ports, http };
    await signStatements(replayed, [sbom], optionsFor(own));
    const codes: string[] = [];
    for (const kept of [paths.fulcio, paths.log, paths.tsa]) {
      for (const path of Object.values(paths)) if (path !== kept) stored.delete(path);
      codes.push(await codeOf(signStatements(replayed, [sbom], optionsFor(own))));
      stored.clear();
      await signStatements(replayed, [sbom], optionsFor(own));
    }
    await own.close();
    assert.deepEqual(codes, ["ATTEST_FULCIO", "ATTEST_TLOG", "ATTEST_TIMESTAMP"]);
  });
});

describe("an identity token", () => {
  test("is in no message, hint, context or log line, whatever goes wrong", async () => {
    const secret = services.issueToken({ sub: "SECRET" });
    const path = join(folder, "secret-token");
    await writeFile(path, secret);
    const ports = await openPorts();
    for (const fault of [
      faultAt(paths.fulcio, 9, answering(400, JSON.stringify({ message: `bad token ${secret}` }))),
      faultAt(paths.fulcio, 9, answering(401, secret)),
    ]) {
      const own = await startSigstore({ fault });
      const error: unknown = await signStatements(ports, [sbom], optionsFor(own, { identityToken: path })).catch(
        (caught: unknown) => caught,
      );
      await own.close();
      assert.ok(isEngineError(error));
      const told = [error.message, error.hint, JSON.stringify(error.context), String(error.cause), ...ports.lines];
      for (const part of secret.split(".")) assert.ok(!told.join("\n").includes(part));
    }
  });

  const answers: readonly [string, string, Fault][] = [
    ["403", "ATTEST_PERMISSION", answering(403, '{"message":"no"}')],
    ["a page", "ATTEST_TOKEN", answering(200, "<html>")],
    ["no token", "ATTEST_TOKEN", answering(200, '{"value":""}')],
  ];
  for (const [what, code, fault] of answers) {
    test(`that a runner answers with ${what} ends in ${code}`, async () => {
      const own = await startSigstore({ fault: ({ path }) => (path === "/oidc/token" ? fault : undefined) });
      const ports = await openPorts(own.runnerEnvironment());
      assert.equal(await codeOf(signStatements(ports, [sbom], optionsFor(own, { identityToken: undefined }))), code);
      await own.close();
    });
  }

  test("that has gone stale is asked for once more", async () => {
    const own = await startSigstore({ fault: faultAt(paths.fulcio, 1, answering(401)) });
    const ports = await openPorts(own.runnerEnvironment());
    assert.equal((await signStatements(ports, [sbom], optionsFor(own, { identityToken: undefined }))).length, 1);
    await own.close();
  });
});

describe("verifying", () => {
  const good = { identity, issuer: "" };
  let bundle: Buffer;
  before(async () => {
    bundle = (await signStatements(await openPorts(), [sbom], optionsFor(services)))[0] ?? Buffer.alloc(0);
    good.issuer = services.oidcUrl;
  });

  const policies: readonly [string, object][] = [
    ["no error", {}],
    ["no error", { identity: /^https:\/\/github\.com\/example\// }],
    ["no error", { identity: undefined, sourceRepository: "example/factory" }],
    ["ATTEST_IDENTITY", { identity: "https://github.com/example/factory" }],
    ["ATTEST_IDENTITY", { identity: /^example/ }],
    ["ATTEST_ISSUER", { issuer: "https://token.actions.githubusercontent.com" }],
    ["ATTEST_SOURCE", { sourceRepository: "example/other" }],
    ["ATTEST_POLICY", { identity: undefined }],
  ];
  for (const [code, policy] of policies) {
    test(`a signer against ${Object.values(policy).map(String).join(" ") || "its own name"}: ${code}`, async () => {
      const trustRoot = await loadTrustRoot(await openPorts(), services.trustRootPath);
      const options = { trustRoot, limits: defaultLimits, policy: { ...good, ...policy } };
      assert.equal(await codeOf(verifyBundle(bundle, options)), code);
    });
  }

  test("refuses the services of somebody else", async () => {
    const others = await startSigstore();
    const trustRoot = parseTrustRoot(JSON.stringify(others.trustRoot), "others");
    await others.close();
    assert.equal(await codeOf(verifyBundle(bundle, { trustRoot, limits: defaultLimits })), "ATTEST_TIMESTAMP");
  });

  test("takes a bundle for the file that it is about and for no other", async () => {
    const [about, other, random] = ["manifest", "another", "random"].map((name) => join(folder, name));
    await writeFile(about ?? "", "manifest");
    await writeFile(other ?? "", "another");
    await writeFile(random ?? "", randomBytes(32));
    const trustRoot = await loadTrustRoot(await openPorts(), services.trustRootPath);
    const options = { trustRoot, limits: defaultLimits, signedBy: { policy: good } };
    const { statement, signer } = await verifyArtifactBundle(bundle, about ?? "", options);
    assert.deepEqual(statement, sbom);
    assert.ok("identity" in signer && signer.identity === identity);
    assert.equal(await codeOf(verifyArtifactBundle(bundle, other ?? "", options)), "ATTEST_SUBJECT");
    const keyed = { ...options, signedBy: { keyFile: random ?? "" } };
    assert.equal(await codeOf(verifyArtifactBundle(bundle, about ?? "", keyed)), "ATTEST_KEY");
  });

  test("refuses a changed byte or finds the content the same, at positions all over a bundle", async () => {
    const trustRoot = parseTrustRoot(await readFile(services.trustRootPath, "utf8"), "ours");
    const options = { trustRoot, limits: defaultLimits };
    const { payload, signer } = await verifyBundle(bundle, options);
    const codes = new Map<string, number>();
    for (let at = 0; at < bundle.byteLength; at += 17) {
      const changed = Buffer.from(bundle);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 7));
      const found = await verifyBundle(changed, options).catch((error: unknown) => error);
      const code = isEngineError(found) ? found.code : "the same";
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (isEngineError(found)) continue;
      assert.ok(!(found instanceof Error), `at ${String(at)}: ${String(found)}`);
      assert.deepEqual(
        { payload, signer },
        { payload: (found as typeof options & { payload: Buffer }).payload, signer },
      );
    }
    for (const code of ["ATTEST_BUNDLE_FORMAT", "ATTEST_TLOG", "ATTEST_TIMESTAMP"]) assert.ok(codes.has(code), code);
    assert.ok((codes.get("the same") ?? 0) < bundle.byteLength / 17 / 4);
  });
});
