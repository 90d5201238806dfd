import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { exportedTree } from "../../packages/build-image/src/testing/exported-tree.ts";
import { makeRepository } from "../../packages/build-image/src/testing/repository.ts";
import { capability, troublesome, troublesomeImage } from "../../packages/build-image/src/testing/troublesome.ts";
import { rootOf } from "../../packages/build-image/src/testing/unpacked.ts";
import { apkmillJson, run, runOrThrow } from "./apkmill.ts";
import { startDocker, type Docker } from "./docker-daemon.ts";
import { corpora, needs, program, realPackages, root, temporaryDirectory } from "./surroundings.ts";

/** Docker's daemon and its containerd read what we write, and run an Alpine that was assembled from its signed packages. */
const daemon = needs(program("dockerd"), program("docker"), program("ctr"), root);
const alpine = needs(program("dockerd"), program("docker"), root, realPackages);

interface Layered {
  readonly digest: string;
  readonly platforms: readonly {
    readonly layers: readonly {
      readonly digest: string;
      readonly kind: string;
      readonly packages: readonly string[];
    }[];
  }[];
}

interface Inspected {
  readonly platforms: readonly {
    readonly platform: string;
    readonly packages: readonly { readonly name: string; readonly version: string }[];
    readonly tree: readonly string[];
  }[];
}

/** The others are slow with the one storage driver that works everywhere, which copies the whole root for every layer. */
const allCases = process.env["APKMILL_ALL_CASES"] === "yes";

const folder = temporaryDirectory();
let docker: Docker;

describe("in Docker", { skip: daemon }, () => {
  before(async () => {
    docker = await startDocker(folder);
  });
  after(() => docker.stop());

  describe("an Alpine from signed packages", { skip: alpine }, () => {
    const eight = ["alpine-base", "chrony", "dhcpcd", "doas", "e2fsprogs", "openssh", "openssl", "tzdata"];
    const base = ["alpine-base"];
    const x86 = join(corpora ?? "", "alpine-3.19-x86_64", "apks");
    const arm = join(corpora ?? "", "alpine-3.13-aarch64", "apks");

    test("layered by package is the packages' own data, but for the last layer", async () => {
      const config = await configOf("layers", x86, ["alpine-base"], "x86_64");
      const image = join(folder, "package");
      const keys = await alpineKeys(x86, "x86_64");
      const built = await apkmillJson<Layered>([
        ...["image", "build", config, "alpine:package", image, "-k", keys],
        ...["--layering", "package"],
      ]);
      const layers = built.platforms[0]?.layers ?? [];
      assert.ok(layers.length > 20);
      for (const { digest, packages: held } of layers.slice(0, -1)) {
        assert.equal(held.length, 1);
        assert.equal(digest, `sha256:${await dataHash(x86, held[0] ?? "")}`);
      }
      assert.equal(layers.at(-1)?.kind, "generated");
    });

    const cases = [
      { name: "of-eight", packages: eight, location: x86, arch: "x86_64", flags: ["--layering", "origin"] },
      {
        name: "with-zstd",
        packages: base,
        location: x86,
        arch: "x86_64",
        flags: ["--layering", "origin", "--compression", "zstd"],
      },
      { name: "for-arm64", packages: base, location: arm, arch: "aarch64", flags: ["--layering", "single"] },
      { name: "of-many-layers", packages: eight, location: x86, arch: "x86_64", flags: [] },
      { name: "by-package", packages: base, location: x86, arch: "x86_64", flags: ["--layering", "package"] },
      { name: "of-one-layer", packages: base, location: x86, arch: "x86_64", flags: ["--layering", "single"] },
    ];
    for (const { name, packages, location, arch, flags } of allCases ? cases : cases.slice(0, 3)) {
      const emulator = arch === "aarch64" && needs(program("qemu-aarch64-static"));
      test(`${name}: apk inside lists its packages and finds nothing changed`, { skip: emulator }, async () => {
        const config = await configOf(name, location, packages, arch);
        const keys = await alpineKeys(location, arch);
        const [tar, layout] = [join(folder, `${name}.tar`), join(folder, name)];
        const build = ["image", "build", config, `alpine:${name}`];
        await apkmillJson([...build, tar, "-k", keys, ...flags]);
        await apkmillJson([...build, layout, "-k", keys, ...flags]);
        await docker.run(["load", "-i", tar]);
        const script =
          "apk info -v 2>/dev/null; echo =; apk audit --system; echo =; . /etc/os-release; echo $PRETTY_NAME";
        const platform = arch === "aarch64" ? ["--platform", "linux/arm64"] : [];
        const inside = ["run", "--rm", "--network", "none", ...platform, `alpine:${name}`, "sh", "-c", script];
        const [listed = "", changed = "", rest = ""] = (await docker.run(inside)).split("=\n");
        const { platforms } = await apkmillJson<Inspected>(["image", "inspect", layout]);
        const labels = platforms[0]?.packages.map((one) => `${one.name}-${one.version}`) ?? [];
        assert.deepEqual(listed.trim().split("\n").sort(), labels.sort());
        assert.equal(changed, "");
        await docker.run(["image", "rm", `alpine:${name}`]);
        assert.match(rest, /^Alpine Linux v3\.1[39]$/m);
      });
    }
  });

  describe("an image of troublesome packages", () => {
    const source = join(folder, "troublesome");
    const config = join(folder, "troublesome.apko.yaml");

    before(async () => {
      await writeFile(config, troublesomeImage(await makeRepository(source, troublesome)));
    });

    for (const flags of [
      ["--layering", "auto"],
      ["--layering", "origin", "--compression", "zstd"],
      ["--layering", "single"],
      ...(allCases
        ? [
            ["--layering", "package"],
            ["--compression", "zstd"],
          ]
        : []),
    ]) {
      test(`is exported as the tree that inspect shows, with ${flags.join(" ")}`, async () => {
        const name = flags.join("").replaceAll("--", "").toLowerCase();
        const [tar, layout] = [join(folder, `${name}.tar`), join(folder, `layout-${name}`)];
        const build = ["image", "build", config, `trouble:${name}`];
        for (const output of [tar, layout]) await apkmillJson([...build, output, "--arch", "amd64", ...flags]);
        await docker.run(["load", "-i", tar]);
        await docker.exportRoot(`trouble:${name}`, join(folder, `${name}.export`));
        await docker.run(["image", "rm", `trouble:${name}`]);
        const exported = await exportedTree(join(folder, `${name}.export`));
        assertSameTree(exported.lines.filter(isImages), (await treeOf(layout)).filter(isImages));
        for (const path of ["usr/ping", "usr/large-ping", "usr/lib/cross-ping"])
          assert.deepEqual(exported.xattrs.get(path), { "security.capability": capability.toString("hex") }, path);
      });
    }

    test("is imported by containerd in every form, and mounted as the tree that inspect shows", async () => {
      const more = await makeRepository(join(folder, "more"), troublesome.slice(0, 16), ["x86_64", "aarch64"]);
      const text = `contents: {repositories: [${more.path}], keyring: [${more.key}], packages: [crossing, linked, sticky, deep]}`;
      const small = join(folder, "small.apko.yaml");
      await writeFile(small, text);
      for (const [form, archs, output] of [
        ["layout", "amd64", "form-layout"],
        ["one", "amd64", "form-one.tar"],
        ["two", "amd64,arm64", "form-two.tar"],
      ] as const) {
        const name = `example.test/trouble:${form}`;
        const path = join(folder, output);
        await apkmillJson(["image", "build", small, name, path, "--arch", archs]);
        if (form === "layout") await runOrThrow(["tar", "-C", path, "-cf", `${path}.tar`, "."]);
        const tar = form === "layout" ? `${path}.tar` : path;
        const imported = form === "layout" ? ["--index-name", name] : [];
        const platforms = archs.split(",").map((arch) => `linux/${arch}`);
        await docker.ctr(["image", "import", "--all-platforms", "--no-unpack", ...imported, tar]);
        const layout = join(folder, `inspected-${form}`);
        await apkmillJson(["image", "build", small, name, layout, "--arch", archs]);
        for (const platform of platforms) {
          const mounted = join(folder, `mounted-${form}-${platform.replace("/", "-")}`);
          await mkdir(mounted);
          await docker.ctr(["image", "mount", "--snapshotter", "native", "--platform", platform, name, mounted]);
          try {
            assertSameTree(rootOf(mounted), await treeOf(layout, platform));
          } finally {
            await docker.ctr(["image", "unmount", "--snapshotter", "native", "--rm", mounted]);
          }
        }
      }
    });
  });
});

async function configOf(name: string, location: string, packages: readonly string[], arch: string): Promise<string> {
  const path = join(folder, `${name}.apko.yaml`);
  const contents = `contents:\n  build_repositories: [${location}]\n  packages: [${packages.join(", ")}]\n`;
  await writeFile(path, `${contents}cmd: /bin/sh -l\narchs: [${arch}]\n`);
  return path;
}

/** A folder with the keys that the packages themselves bring. */
async function alpineKeys(location: string, arch: string): Promise<string> {
  const keyPackage = readdirSync(join(location, arch)).find((name) => name.startsWith("alpine-keys-")) ?? "";
  const keys = join(folder, `keys-${arch}`);
  await mkdir(keys, { recursive: true });
  await run(["tar", "-xzf", join(location, arch, keyPackage), "-C", keys, "--strip-components=3", "etc/apk/keys"]);
  return keys;
}

/** What the signed control section states, read with tar and grep. */
async function dataHash(location: string, label: string): Promise<string> {
  const file = join(location, "x86_64", `${label.replace("=", "-")}.apk`);
  const { stdout } = await run(["tar", "-xzOf", file, ".PKGINFO"]);
  return /^datahash = ([0-9a-f]{64})$/m.exec(stdout)?.[1] ?? "none";
}

async function treeOf(layout: string, platform = "linux/amd64"): Promise<readonly string[]> {
  const { platforms } = await apkmillJson<Inspected>(["image", "inspect", "--tree", layout]);
  return platforms.find((one) => one.platform === platform)?.tree ?? assert.fail(platform);
}

/** Says only what differs: a tree has hundreds of lines. */
function assertSameTree(actual: readonly string[], expected: readonly string[]): void {
  const [found, wanted] = [new Set(actual), new Set(expected)];
  const missing = expected.filter((line) => !found.has(line));
  const surplus = actual.filter((line) => !wanted.has(line));
  assert.deepEqual({ missing, surplus }, { missing: [], surplus: [] });
  assert.ok(actual.length > 20);
}

/** False for what Docker puts over every root. */
function isImages(line: string): boolean {
  const path = line.split("\t")[7]?.slice(2) ?? "";
  return !/^(dev(\/.*)?|etc\/(hosts|hostname|resolv\.conf|mtab)|\.dockerenv)$/.test(path);
}
