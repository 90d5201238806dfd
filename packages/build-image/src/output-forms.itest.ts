import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { defaultLimits } from "@apkmill/core";
import { inspectImage } from "./inspect-image.ts";
import { openBench } from "./testing/bench.ts";
import { directory, file, hardlink, makeRepository, symlink } from "./testing/repository.ts";
import { capability, incompressible } from "./testing/troublesome.ts";
import { hasTool, rootOf, runTool } from "./testing/unpacked.ts";
import { compressions } from "./write-layer.ts";

const skopeo = hasTool("skopeo") ? false : "needs skopeo";
const umoci = hasTool("umoci") && hasTool("skopeo") && process.getuid?.() === 0 ? false : "needs umoci, skopeo, root";

const packages = [
  { name: "layout", items: [directory("usr/lib"), symlink("lib", "usr/lib"), directory("srv", { mode: 0o1777 })] },
  { name: "crossing", control: { depends: ["layout"] }, items: [file("lib/libcross.so", incompressible("c", 40_000))] },
  {
    name: "app",
    items: [
      file("usr/app", incompressible("app", 40_000), { xattrs: new Map([["security.capability", capability]]) }),
      hardlink("usr/app-link", "usr/app"),
    ],
  },
  ...["a", "b", "c"].map((name) => ({ name, items: [file(`srv/${name}`)] })),
];

/** Every form in which an image comes is read by others, of one platform and of several, whatever the compression. */
for (const compression of compressions) {
  describe(`an image with layers of ${compression}`, () => {
    let bench: Awaited<ReturnType<typeof openBench>>;
    let config: string;
    const forms = new Map<string, string>();
    const trees = new Map<string, readonly string[]>();

    before(async () => {
      bench = await openBench();
      const repository = await makeRepository(bench.folder, packages, ["x86_64", "aarch64"]);
      const names = packages.map(({ name }) => name).join(", ");
      config = `contents: {repositories: [${repository.path}], keyring: [${repository.key}], packages: [${names}]}`;
      for (const [name, output, archs] of [
        ["one", "one", ["amd64"]],
        ["one as a tar", "one.tar", ["amd64"]],
        ["two", "two", ["amd64", "arm64"]],
        ["two as a tar", "two.tar", ["amd64", "arm64"]],
      ] as const) {
        const path = join(bench.folder, output);
        await bench.build(config, { output: path, archs: [...archs], tag: "acme/app:1", compression });
        forms.set(name, path);
      }
      for (const { platform, tree = [] } of (await inspectTwo(forms.get("two") ?? "")).platforms)
        trees.set(platform, tree);
    });
    after(() => bench.close());

    const select = (arch: string): string[] => ["--override-os", "linux", "--override-arch", arch];
    const sources = (name: string): string[] => {
      const path = forms.get(name) ?? "";
      if (!path.endsWith(".tar")) return [`oci:${path}:1`];
      return [`oci-archive:${path}`, ...(name === "one as a tar" ? [`docker-archive:${path}`] : [])];
    };

    for (const name of ["one", "one as a tar", "two", "two as a tar"]) {
      const archs = name.startsWith("two") ? ["amd64", "arm64"] : ["amd64"];
      test(`${name}: skopeo inspects and copies it`, { skip: skopeo }, () => {
        for (const [position, source] of sources(name).entries()) {
          for (const arch of archs) {
            const shown = JSON.parse(runTool("skopeo", ...select(arch), "inspect", source)) as { Architecture: string };
            assert.equal(shown.Architecture, arch);
          }
          const target = join(bench.folder, `copied-${name.replaceAll(" ", "-")}-${String(position)}`);
          const all = source.startsWith("oci") ? ["--all"] : [];
          runTool("skopeo", ...select("amd64"), "copy", ...all, source, `dir:${target}`);
        }
      });

      // Debian's umoci reads no zstd.
      if (compression === "gzip")
        test(`${name}: umoci unpacks the tree that inspect shows`, { skip: umoci }, () => {
          for (const arch of archs) {
            const folder = join(bench.folder, `umoci-${name.replaceAll(" ", "-")}-${arch}`);
            // umoci takes no index of several platforms and no tar: skopeo hands it one platform, its layers as they are.
            runTool("skopeo", ...select(arch), "copy", sources(name)[0] ?? "", `oci:${folder}:1`);
            runTool("umoci", "unpack", "--image", `${folder}:1`, `${folder}-bundle`);
            assert.deepEqual(rootOf(join(`${folder}-bundle`, "rootfs")), trees.get(`linux/${arch}`));
          }
        });
    }

    test(
      "one as a tar: its layers come out of a docker archive as the tree that inspect shows",
      { skip: umoci },
      () => {
        const folder = join(bench.folder, "from-docker-archive");
        const source = `docker-archive:${forms.get("one as a tar") ?? ""}`;
        runTool("skopeo", "copy", source, `oci:${folder}:1`);
        runTool("umoci", "unpack", "--image", `${folder}:1`, `${folder}-bundle`);
        assert.deepEqual(rootOf(join(`${folder}-bundle`, "rootfs")), trees.get("linux/amd64"));
      },
    );

    test("one as a tar: the layers for docker load are of gzip, those of the layout in it as asked for", () => {
      const tar = forms.get("one as a tar") ?? "";
      const [image] = JSON.parse(runTool("tar", "-xOf", tar, "manifest.json")) as { Layers: string[] }[];
      const startOf = (path: string): string => extract(tar, path).subarray(0, 2).toString("hex");
      assert.deepEqual([...new Set(image?.Layers.map(startOf))], ["1f8b"]);
      const index = JSON.parse(runTool("tar", "-xOf", tar, "index.json")) as Index;
      const platform = (JSON.parse(extract(tar, blobOf(index.manifests[0])).toString()) as Index).manifests[0];
      const { layers } = JSON.parse(extract(tar, blobOf(platform)).toString()) as Manifest;
      assert.deepEqual([...new Set(layers.map(blobOf).map(startOf))], [compression === "gzip" ? "1f8b" : "28b5"]);
    });

    test("two as a tar: the image of each platform has its own name in the docker archive", { skip: skopeo }, () => {
      for (const arch of ["amd64", "arm64"]) {
        const source = `docker-archive:${forms.get("two as a tar") ?? ""}:acme/app:1-${arch}`;
        const shown = JSON.parse(runTool("skopeo", "inspect", source)) as { Architecture: string };
        assert.equal(shown.Architecture, arch);
      }
    });
  });
}

/** The tree of every platform; layouts of either compression are read. */
function inspectTwo(path: string): ReturnType<typeof inspectImage> {
  return inspectImage(path, defaultLimits, { tree: true });
}

interface Index {
  readonly manifests: readonly { readonly digest: string }[];
}

interface Manifest {
  readonly layers: readonly { readonly digest: string }[];
}

function blobOf(descriptor: { readonly digest: string } | undefined): string {
  return `blobs/${(descriptor?.digest ?? "").replace(":", "/")}`;
}

function extract(tar: string, path: string): Buffer {
  return execFileSync("tar", ["-xOf", tar, path]);
}
