import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startRegistry } from "@apkmill/dev-services";
import { apkmill, apkmillJson, runOrThrow } from "./apkmill.ts";
import { buildHello, sourcesOf, type Hello } from "./hello.ts";
import { needs, program, root, temporaryDirectory } from "./surroundings.ts";
import { differencesOf, treeOf } from "./tree-of.ts";

/** Other programs read what we write: the image, as it comes out of a registry, is the packages as they are installed. */
const skip = needs(program("bwrap"), program("skopeo"), program("umoci"), root);

interface Inspected {
  readonly digest: string;
  readonly platforms: readonly {
    readonly platform: string;
    readonly generated: readonly { readonly path: string; readonly reason: string }[];
  }[];
}

describe("a two-platform image in a registry", { skip }, () => {
  let hello: Hello;
  let folder: string;
  let image: string;
  let registry: Awaited<ReturnType<typeof startRegistry>>;

  before(async () => {
    folder = temporaryDirectory();
    hello = await buildHello(folder);
    image = join(folder, "image");
    await apkmillJson([
      "image",
      "build",
      join(folder, "source", "hello.apko.yaml"),
      "hello:test",
      image,
      ...sourcesOf(hello),
    ]);
    registry = await startRegistry();
    await apkmillJson(["publish", image, `${registry.host}/acme/hello:test`, "--sign", "none", "--attest", ""]);
  });

  after(() => registry.close());

  for (const [arch, oci] of [
    ["x86_64", "amd64"],
    ["aarch64", "arm64"],
  ] as const) {
    test(`skopeo inspects and copies ${oci}, and umoci unpacks what repo install lays down plus the generated entries`, async () => {
      const select = ["--override-os", "linux", "--override-arch", oci];
      const reference = `docker://${registry.host}/acme/hello:test`;
      const shown = JSON.parse(await runOrThrow(["skopeo", ...select, "inspect", "--tls-verify=false", reference])) as {
        Architecture: string;
        Layers: string[];
      };
      assert.equal(shown.Architecture, oci);
      const copy = join(folder, `copy-${oci}`);
      await runOrThrow(["skopeo", ...select, "copy", "--src-tls-verify=false", reference, `oci:${copy}:test`]);
      await runOrThrow(["umoci", "unpack", "--image", `${copy}:test`, join(folder, `bundle-${oci}`)]);
      const installed = join(folder, `installed-${oci}`);
      await apkmillJson([
        "repo",
        "install",
        "--root",
        installed,
        "--arch",
        arch,
        "-r",
        hello.base,
        "-r",
        hello.packages,
        ...hello.keys.flatMap((key) => ["-k", key]),
        "base-layout",
        "busybox",
        "hello",
      ]);

      const unpacked = treeOf(join(folder, `bundle-${oci}`, "rootfs"));
      const differences = differencesOf(unpacked, treeOf(installed));
      const inspected = await apkmillJson<Inspected>(["image", "inspect", image]);
      const generated = new Map(
        inspected.platforms
          .find(({ platform }) => platform === `linux/${oci}`)
          ?.generated.map(({ path, reason }) => [path, reason]),
      );
      const unnamed = [...differences].filter(([path]) => !generated.has(path));
      // The image keeps no repository that was only built from; `repo install` writes the ones that it was given, and the
      // scripts in apk 3's form.
      assert.deepEqual(
        unnamed.map(([path]) => path),
        ["etc/apk/repositories", "lib/apk/db/scripts.tar.gz"],
      );
      assert.ok(unpacked.has("usr/bin/hello") && unpacked.size > 100);
      assert.deepEqual(
        [...differences.keys()].filter((path) => path.startsWith("usr/")),
        [],
      );
    });
  }

  test("a tag that does not point where the user expects is not moved", async () => {
    const other = join(folder, "other");
    await apkmillJson([
      "image",
      "build",
      join(folder, "source", "hello.apko.yaml"),
      "hello:test",
      other,
      "--annotations",
      "org.example:other",
      ...sourcesOf(hello),
    ]);
    const expected = `sha256:${"0".repeat(64)}`;
    const refused = await apkmill([
      "publish",
      other,
      `${registry.host}/acme/hello:test`,
      "--sign",
      "none",
      "--expect-previous",
      expected,
    ]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /PUBLISH_TAG/);
    const { digest } = await apkmillJson<Inspected>(["image", "inspect", image]);
    const shown = JSON.parse(
      await runOrThrow([
        "skopeo",
        "inspect",
        "--raw",
        "--tls-verify=false",
        `docker://${registry.host}/acme/hello:test`,
      ]),
    ) as { manifests: unknown[] };
    assert.equal(shown.manifests.length, 2);
    const kept = await runOrThrow([
      "skopeo",
      "inspect",
      "--tls-verify=false",
      "--format",
      "{{.Digest}}",
      `docker://${registry.host}/acme/hello:test`,
    ]);
    assert.equal(kept.trim(), digest);
  });
});
