import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { defaultLimits, digestOf, hexOf } from "@apkmill/core";
import { openLayout } from "@apkmill/oci";
import { readLayerContents } from "./layer-contents.ts";
import { openBench, withCode } from "./testing/bench.ts";
import { file, makeRepository, type TestRepository } from "./testing/repository.ts";
import { hasTool, runTool } from "./testing/unpacked.ts";

const skip = hasTool("openssl") ? false : "needs openssl";
const bundle = "etc/ssl/certs/ca-certificates.crt";

describe("certificates of a configuration", { skip }, () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;
  let own: string;
  let provided: string;

  before(async () => {
    bench = await openBench();
    [own, provided] = [certificate("own"), certificate("provided")];
    repository = await makeRepository(bench.folder, [
      { name: "bundle", items: [file(bundle, "before\n")] },
      { name: "java", items: [file("etc/ssl/certs/java/cacerts")] },
      {
        name: "provider",
        control: { provides: ["acme-certs=1"] },
        items: [file("usr/local/share/ca-certificates/provided.crt", provided)],
      },
    ]);
  });
  after(() => bench.close());

  function certificate(name: string): string {
    const subject = ["-subj", `/CN=${name}`, "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null"];
    return runTool("openssl", "req", "-x509", "-days", "3650", ...subject).replace(/^[\s\S]*?(?=-----BEGIN)/, "");
  }

  async function files(packages: string, certificates: string, wanted: string[]): Promise<ReadonlyMap<string, string>> {
    const { path, key } = repository;
    const contents = `contents: {repositories: [${path}], keyring: [${key}], packages: [${packages}]}`;
    const image = await bench.build(`${contents}\ncertificates: ${certificates}\n`, { layering: "single" });
    const layout = await openLayout(image.layout, defaultLimits);
    const [platform] = layout.platforms;
    assert.ok(platform !== undefined);
    return (await readLayerContents(layout, platform, 0, { limits: defaultLimits, wanted: new Set(wanted) })).texts;
  }

  const additional = (pem: string): string => `{additional: [{name: own, content: ${JSON.stringify(pem)}}]}`;

  test("stand in the bundle, by themselves, and in its checksum", async () => {
    const path = `usr/local/share/ca-certificates/own-${hexOf(digestOf(new X509Certificate(own).raw))}.crt`;
    const checksum = "etc/ssl/certs/.ca-certificates.crt.sha256";
    const texts = await files("bundle", additional(own), [path, bundle, checksum]);
    assert.equal(texts.get(path), own);
    assert.equal(texts.get(bundle), `before\n${own}\n`);
    assert.equal(texts.get(checksum), `${hexOf(digestOf(`before\n${own}\n`))}  ca-certificates.crt\n`);
  });

  test("may come from a package that provides them", async () => {
    const texts = await files("bundle, provider", "{providers: [acme-certs]}", [bundle]);
    assert.equal(texts.get(bundle), `before\n${provided}\n`);
  });

  test("without a bundle are written and warned about", async () => {
    await files("provider", additional(own), []);
    assert.ok(bench.lines.some((line) => line.includes("no bundle")));
  });

  test("are refused where a Java key store would stay without them", async () => {
    await assert.rejects(files("bundle, java", additional(own), []), withCode("IMAGE_UNSUPPORTED"));
  });

  const wrong: readonly [string, (pem: string) => string][] = [
    ["two certificates in one entry", (pem) => pem + pem],
    ["a damaged certificate", (pem) => pem.replace(/\n[A-Za-z0-9+/]{64}\n/, "\n")],
    [
      "a private key beside the certificate",
      (pem) => `${pem}-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n`,
    ],
  ];
  for (const [what, change] of wrong) {
    test(`with ${what} are refused`, async () => {
      await assert.rejects(files("bundle", additional(change(own)), []), withCode("IMAGE_CERTIFICATE"));
    });
  }
});
