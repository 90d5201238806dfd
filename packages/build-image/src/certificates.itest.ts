import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits, digestOf, hexOf } from "@apkmill/core";
import { openLayout } from "@apkmill/oci";
import { readLayerContents } from "./layer-contents.ts";
import { openBench, withCode } from "./testing/bench.ts";
import { file, makeRepository, type TestRepository } from "./testing/repository.ts";
import { hasTool, runTool } from "./testing/unpacked.ts";
import { unpackImage } from "./unpack-image.ts";

const skip = hasTool("openssl") ? false : "needs openssl";
const bundle = "etc/ssl/certs/ca-certificates.crt";
const javaStore = "etc/ssl/certs/java/cacerts";
const pkcs12 = Buffer.from("3082066a02010330820630", "hex");

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
      { name: "unended", items: [file(bundle, "before")] },
      { name: "java", items: [file(javaStore)] },
      { name: "pkcs12", items: [file(javaStore, pkcs12)] },
      ...(hasTool("keytool") ? [{ name: "jks", items: [file(javaStore, javaStoreOf(certificate("before")))] }] : []),
      {
        name: "provider",
        control: { provides: ["cmd:odd!=1", "pc:odd=1_", "acme-certs=1"] },
        items: [file("usr/local/share/ca-certificates/provided.crt", provided)],
      },
    ]);
  });
  after(() => bench.close());

  function certificate(name: string): string {
    const subject = ["-subj", `/CN=${name}`, "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null"];
    return runTool("openssl", "req", "-x509", "-days", "3650", ...subject).replace(/^[\s\S]*?(?=-----BEGIN)/, "");
  }

  /** A key store that Java itself wrote. */
  function javaStoreOf(pem: string): Buffer {
    const [source, store] = [join(bench.folder, "before.pem"), join(bench.folder, "before.jks")];
    writeFileSync(source, pem);
    const place = ["-keystore", store, "-storetype", "JKS", "-storepass", "changeit"];
    runTool("keytool", "-importcert", "-noprompt", "-alias", "before", "-file", source, ...place);
    return readFileSync(store);
  }

  function configOf(packages: string, certificates: string): string {
    const { path, key } = repository;
    const contents = `contents: {repositories: [${path}], keyring: [${key}], packages: [${packages}]}`;
    return `${contents}\ncertificates: ${certificates}\n`;
  }

  async function files(packages: string, certificates: string, wanted: string[]): Promise<ReadonlyMap<string, string>> {
    const image = await bench.build(configOf(packages, certificates), { layering: "single" });
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
    await assert.rejects(files("bundle, java", additional(own), []), withCode("IMAGE_CONTENT"));
    await assert.rejects(files("bundle, pkcs12", additional(own), []), withCode("IMAGE_UNSUPPORTED"));
  });

  test("leave alone a Java key store that need not change", async () => {
    const checksum = `${javaStore.replace("cacerts", ".cacerts")}.sha256`;
    const texts = await files("pkcs12", "{}", [checksum]);
    assert.equal(texts.get(checksum), `${hexOf(digestOf(pkcs12))}  cacerts\n`);
  });

  test("of providers that no package is are warned about", async () => {
    await files("bundle", "{providers: [nobody-certs]}", []);
    assert.ok(bench.lines.some((line) => line.includes("nobody-certs")));
  });

  test("begin on a line of their own", async () => {
    const texts = await files("unended", additional(own), [bundle]);
    assert.equal(texts.get(bundle), `before\n${own}\n`);
  });

  const noKeytool = hasTool("keytool") ? false : "needs keytool";
  test("stand in a Java key store as Java reads it", { skip: noKeytool }, async () => {
    const { layout } = await bench.build(
      configOf(
        "jks, provider",
        `{additional: [{name: Own, content: ${JSON.stringify(own)}}], providers: [acme-certs]}`,
      ),
      { layering: "single" },
    );
    const image = await openLayout(layout, defaultLimits);
    const root = join(bench.folder, "java-root");
    mkdirSync(root);
    await unpackImage(image, image.platforms[0] ?? assert.fail(), root, defaultLimits);
    const store = join(root, javaStore);
    const listed = runTool("keytool", "-list", "-keystore", store, "-storetype", "JKS", "-storepass", "changeit");
    const prints = [own, provided].map((pem) => hexOf(digestOf(new X509Certificate(pem).raw)));
    const aliases = [...listed.matchAll(/^(\S+), .*trustedCertEntry/gm)].map(([, alias]) => alias);
    assert.deepEqual(aliases.sort(), ["before", `own-${prints[0] ?? ""}`, `pkg-${prints[1] ?? ""}`]);
    for (const print of prints) assert.ok(listed.replaceAll(":", "").toLowerCase().includes(print));
    const checksum = readFileSync(join(root, "etc/ssl/certs/java/.cacerts.sha256"), "utf8");
    assert.equal(checksum, `${hexOf(digestOf(readFileSync(store)))}  cacerts\n`);
  });

  test("are the same in another build", { skip: noKeytool }, async () => {
    const build = () => bench.build(configOf("jks", additional(own)), { layering: "single" });
    assert.equal((await build()).digest, (await build()).digest);
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
