import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { generateKey } from "@apkmill/apk";
import { defaultLimits, hexOf, offlineHttpClient, pathExists } from "@apkmill/core";
import { openLayout, type ImagePlatform } from "@apkmill/oci";
import type { BuildImageOptions } from "./build-options.ts";
import { inspectImage, type InspectedPlatform } from "./inspect-image.ts";
import { unpackImage } from "./unpack-image.ts";
import { openBench, withCode } from "./testing/bench.ts";
import { directory, file, makeRepository, type TestPackage, type TestRepository } from "./testing/repository.ts";

const release = 'ID=mill\nVERSION_ID="7"\nNAME="Mill Linux"\n';
const embedded = JSON.stringify({
  spdxVersion: "SPDX-2.3",
  documentDescribes: ["SPDXRef-App"],
  packages: [
    { SPDXID: "SPDXRef-App", name: "app", copyrightText: "(c) acme" },
    { SPDXID: "SPDXRef-Source", name: "app.tar.gz", downloadLocation: "https://example.org/app.tar.gz" },
  ],
  relationships: [
    { spdxElementId: "SPDXRef-App", relationshipType: "GENERATED_FROM", relatedSpdxElement: "SPDXRef-Source" },
  ],
});

const packages: TestPackage[] = [
  { name: "release", items: [file("etc/os-release", release), file("etc/passwd", "root:x:0:0::/root:/bin/sh\n")] },
  {
    name: "app",
    control: {
      depends: ["release"],
      buildTime: 1_700_000_500,
      maintainer: "Ann <ann@example.org>",
      license: "MIT AND custom",
    },
    items: [file("usr/bin/app", "app", { mode: 0o755 }), file("var/lib/db/sbom/app-1-r0.spdx.json", embedded)],
  },
  { name: "s6", items: [file("bin/s6-svscan", "s6", { mode: 0o755 })] },
  { name: "java", items: [file("etc/ssl/certs/java/cacerts", "store")] },
  { name: "old", version: "1-r0", items: [file("old")] },
  { name: "busybox", items: [directory("etc/busybox-paths.d"), file("bin/busybox", "bb", { mode: 0o755 })] },
];

describe("building an image", () => {
  let bench: Awaited<ReturnType<typeof openBench>>;
  let repository: TestRepository;

  before(async () => {
    bench = await openBench();
    repository = await makeRepository(bench.folder, packages, ["x86_64", "aarch64"]);
  });
  after(() => bench.close());

  async function built(
    more = "",
    options: Partial<BuildImageOptions> = {},
    contents = "packages: [app]",
    repositories = `repositories: ["${repository.path}"]`,
  ): Promise<Built> {
    const { key } = repository;
    const text = `contents:\n  ${repositories}\n  keyring: ["${key}"]\n  ${contents}\n${more}\n`;
    const image = await bench.build(text, options);
    const layout = await openLayout(image.layout, defaultLimits);
    const [inspected] = (await inspectImage(image.layout, defaultLimits)).platforms;
    const [platform] = layout.platforms;
    assert.ok(platform !== undefined && inspected !== undefined);
    const root = `${image.layout}-root`;
    await rm(root, { recursive: true, force: true });
    await mkdir(root);
    await unpackImage(layout, platform, root, defaultLimits);
    return {
      layout: image.layout,
      digest: image.digest,
      platform,
      inspected,
      read: (name) => readFile(join(root, name), "utf8"),
    };
  }

  interface Built {
    readonly layout: string;
    readonly digest: string | undefined;
    readonly platform: ImagePlatform;
    readonly inspected: InspectedPlatform;
    readonly read: (path: string) => Promise<string>;
  }

  test("for two architectures gives an index of both, in order, with an SBOM each", async () => {
    const { layout } = await built("archs: [arm64, amd64]", { archs: [], tag: "acme/app:2" });
    const { platforms, refName } = await openLayout(layout, defaultLimits);
    assert.deepEqual(
      platforms.map(({ platform }) => platform.architecture),
      ["amd64", "arm64"],
    );
    assert.equal(refName, "2");
    for (const name of ["sbom-x86_64", "sbom-aarch64", "sbom-index"]) {
      assert.ok(await pathExists(join(layout, `${name}.spdx.json`)));
    }
  });

  test("writes what runs and how", async () => {
    const { platform } = await built(
      "entrypoint: {command: /usr/bin/app --x 'a b'}\ncmd: run\nwork-dir: /srv\nstop-signal: SIGINT\n" +
        "environment: {B: two, A: one}\nvolumes: [/data]\naccounts: {run-as: root}\nannotations: {org.opencontainers.image.title: App}",
    );
    assert.deepEqual(platform.config.config, {
      Cmd: ["run"],
      Entrypoint: ["/usr/bin/app", "--x", "a b"],
      Env: [
        "A=one",
        "B=two",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin",
        "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
      ],
      Labels: {
        "org.opencontainers.image.created": "2023-11-14T22:21:40Z",
        "org.opencontainers.image.title": "App",
      },
      User: "0",
      Volumes: { "/data": {} },
      WorkingDir: "/srv",
      StopSignal: "SIGINT",
    });
    assert.equal(platform.manifest.annotations?.["org.opencontainers.image.title"], "App");
    assert.equal(platform.config.rootfs.diff_ids.length, platform.manifest.layers.length);
    assert.equal(platform.config.history?.length, platform.manifest.layers.length);
  });

  test("is dated by the newest package, or as it is told", async () => {
    assert.equal((await built()).inspected.created, "2023-11-14T22:21:40Z");
    assert.equal((await built("", { buildDate: 86_400 })).inspected.created, "1970-01-02T00:00:00Z");
  });

  test("keeps the user's own words in the world, and no password among the repositories", async () => {
    const { path } = repository;
    const contents = `packages: ["app>0", release]\n  runtime_repositories: ["https://me:secret@r.example.org/main?token=x", "@edge https://me:secret@r.example.org/edge"]`;
    const { read } = await built("", {}, contents);
    assert.equal(await read("etc/apk/world"), "app>0\nrelease\n");
    assert.equal(
      await read("etc/apk/repositories"),
      `${path}\n@edge https://r.example.org/edge\nhttps://r.example.org/main\n`,
    );
  });

  test("takes the tag of a pinned package where apko writes it, and where apk does", async () => {
    const tagged = `repositories: ["@own ${repository.path}"]`;
    for (const item of ["old=1-r0@own", "old@own=1-r0"]) {
      const { read, inspected } = await built("", {}, `packages: ["${item}"]`, tagged);
      assert.equal(await read("etc/apk/world"), "old@own=1-r0\n");
      assert.deepEqual(
        inspected.packages.map(({ name }) => name),
        ["old"],
      );
    }
  });

  test("has the keys of the build and those for the running image", async () => {
    const { publicPem } = await generateKey(2048);
    const content = JSON.stringify(`The key of our tests\r\n${publicPem.replaceAll("\n", "\r\n")}`);
    const { read } = await built(
      "",
      {},
      `packages: [app]\n  runtime_keyring: [{name: own.rsa.pub, content: ${content}}]`,
    );
    assert.equal(await read("etc/apk/keys/own.rsa.pub"), publicPem);
    assert.equal(await read("etc/apk/keys/test.rsa.pub"), await readFile(repository.key, "utf8"));
    const collision = `packages: [app]\n  runtime_keyring: [{name: test.rsa.pub, content: ${content}}]`;
    await assert.rejects(built("", {}, collision), withCode("IMAGE_KEY"));
  });

  test("of services runs their supervisor", async () => {
    const more = "entrypoint: {type: service-bundle, services: {web: /usr/bin/app --serve}}";
    const { platform, read, inspected } = await built(more);
    assert.deepEqual(platform.config.config.Entrypoint, ["/bin/s6-svscan", "/sv"]);
    assert.equal(await read("sv/web/run"), "#!/bin/execlineb\n/usr/bin/app --serve\n");
    assert.ok(inspected.packages.some(({ name }) => name === "s6"));
    assert.equal(await read("etc/apk/world"), "app\ns6\n");
  });

  test("runs its command whatever else the entrypoint's type says", async () => {
    const { platform } = await built("entrypoint: {type: other, command: /usr/bin/app}");
    assert.deepEqual(platform.config.config.Entrypoint, ["/usr/bin/app"]);
  });

  test("says where it comes from when it is asked to, and drops the user's name", async () => {
    const { platform, layout } = await built("vcs-url: https://u:p@git.example.org/acme/app@abc123");
    assert.equal(
      platform.manifest.annotations?.["org.opencontainers.image.source"],
      "https://git.example.org/acme/app",
    );
    assert.equal(platform.manifest.annotations["org.opencontainers.image.revision"], "abc123");
    assert.match(
      await readFile(join(layout, "sbom-x86_64.spdx.json"), "utf8"),
      /git\+https:\/\/git\.example\.org\/acme\/app@abc123/,
    );
  });

  test("describes every package in the SBOM, with what its own document says", async () => {
    const { layout, platform } = await built();
    const sbom = JSON.parse(await readFile(join(layout, "sbom-x86_64.spdx.json"), "utf8")) as {
      packages: Record<string, unknown>[];
      relationships: unknown[];
    };
    const app = sbom.packages.find(({ name }) => name === "app");
    assert.equal(app?.["copyrightText"], "(c) acme");
    assert.equal(app["supplier"], "Person: Ann (ann@example.org)");
    assert.equal(app["licenseDeclared"], "MIT AND LicenseRef-custom");
    assert.match(JSON.stringify(app["externalRefs"]), /pkg:apk\/mill\/app@1-r0\?arch=x86_64&distro=mill-7&origin=app"/);
    assert.ok(sbom.packages.some(({ name }) => name === "release"));
    assert.ok(sbom.packages.some(({ name }) => name === "app.tar.gz"));
    assert.ok(sbom.packages.some(({ SPDXID }) => SPDXID === `SPDXRef-Image-${hexOf(platform.descriptor.digest)}`));
  });

  test("replaces an earlier layout, and fails without touching it", async () => {
    const first = await built();
    const output = first.layout;
    await writeFile(join(bench.folder, "bad.yaml"), "contents: {packages: [nonsense]}\n");
    await assert.rejects(bench.build("", { configPath: join(bench.folder, "bad.yaml"), output }));
    assert.equal((await openLayout(output, defaultLimits)).top.digest, first.digest);
  });

  test("as a dry run shows the plan and writes nothing", async () => {
    const { path, key } = repository;
    const output = join(bench.folder, "dry");
    const text = `contents: {repositories: ["${path}"], keyring: ["${key}"], packages: [app]}`;
    const image = await bench.build(text, { output, dryRun: true });
    assert.equal(image.digest, undefined);
    assert.deepEqual(image.platforms[0]?.packages, ["release=1-r0", "app=1-r0"]);
    assert.equal(image.platforms[0].layers.at(-1)?.kind, "generated");
    assert.equal(await pathExists(output), false);
  });

  test("warns of a busybox that does not list its commands", async () => {
    await built("", {}, "packages: [busybox]");
    assert.ok(bench.lines.some((line) => line.includes("does not list its commands")));
  });

  const certificate = "{additional: [{name: own, content: nonsense}]}";
  const refused: readonly [string, string, string, string?][] = [
    [
      "a base image that is not there",
      "IMAGE_BASE",
      "",
      "packages: [app]\n  baseimage: {image: ./base, apkindex: ./index}",
    ],
    ["an unknown layering", "CONFIG_INVALID", "layering: {strategy: other, budget: 3}"],
    ["no package", "IMAGE_NOTHING_TO_BUILD", "", "packages: []"],
    ["a missing package", "APK_UNSATISFIABLE", "", "packages: [nowhere]"],
    ["an open quote", "IMAGE_SYNTAX", "cmd: '\"open'"],
    ["a service with a carriage return", "IMAGE_SYNTAX", 'entrypoint: {services: {web: "a\\rb"}}'],
    ["a service that leaves its folder", "IMAGE_SYNTAX", "entrypoint: {services: {../web: a}}"],
    ["a certificate that is none", "IMAGE_CERTIFICATE", `certificates: ${certificate}`],
    ["a deletion", "IMAGE_PATH", "paths: [{path: /etc/.wh.passwd, type: empty-file}]"],
  ];
  for (const [what, code, more, contents] of refused) {
    test(`with ${what} is refused`, async () => {
      await assert.rejects(built(more, {}, contents), withCode(code));
    });
  }

  test("offline needs no network, or says what it would need", async () => {
    const { key, path } = repository;
    const offline = { http: offlineHttpClient };
    const from = (place: string): string =>
      `contents: {repositories: ["${place}"], keyring: ["${key}"], packages: [app]}`;
    await bench.build(from(path), {}, offline);
    await assert.rejects(bench.build(from("https://u:p@r.example.org/x"), {}, offline), (error: Error) => {
      assert.match(error.message, /https:\/\/r\.example\.org\/x/);
      return withCode("REPOSITORY_OFFLINE")(error);
    });
  });
});
