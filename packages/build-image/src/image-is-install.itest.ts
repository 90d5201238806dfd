import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { openPackageData, readPackageFile } from "@apkmill/apk";
import { defaultLimits, type Ports } from "@apkmill/core";
import { inspectImage } from "./inspect-image.ts";
import { corpora, missing, openBench } from "./testing/bench.ts";
import { byPath, installManifest } from "./testing/install-manifest.ts";

/**
 * An image is its packages as `repo install` lays them, and a list of entries that were generated. The worlds are those of the
 * golden installs, so that what is compared with here is in turn what apk lays.
 */
const goldens = [
  { name: "alpine319-x86_64-base-noscripts", repository: "alpine-3.19-x86_64/apks", arch: "x86_64" },
  { name: "alpine313-aarch64-base-noscripts", repository: "alpine-3.13-aarch64/apks", arch: "aarch64" },
] as const;

for (const { name, repository, arch } of goldens) {
  test(
    `an image of ${name} is its install and the generated entries`,
    { skip: missing("golden/install", name) },
    async (t) => {
      const bench = await openBench();
      t.after(() => bench.close());
      const world = (await readFile(join(corpora, "golden/install", name, "args.txt"), "utf8"))
        .split(/\s+/)
        .filter((word) => word !== "");
      const location = join(corpora, repository);
      const key = await shippedKeys(bench.ports, bench.folder, join(location, arch));
      const config = `contents: {repositories: [${location}], keyring: [${key}], packages: [${world.join(", ")}]}`;
      const { layout } = await bench.build(config, { archs: [arch] });
      const [platform] = (await inspectImage(layout, defaultLimits, { tree: true })).platforms;
      const image = byPath(platform?.tree ?? []);
      const install = byPath(await installManifest(bench.ports, { location, key, world, arch }));

      const generated = new Map(platform?.generated.map(({ path, reason }) => [path, reason]));
      const different = [...new Set([...image.keys(), ...install.keys()])]
        .filter((path) => image.get(path) !== install.get(path))
        .sort();
      const byReason = Map.groupBy(different, (path) => generated.get(path) ?? "only by repo install");
      for (const [reason, paths] of byReason)
        t.diagnostic(`${reason} (${String(paths.length)}): ${paths.slice(0, 12).join(" ")}`);
      // The keys that were only built with do not go into an image, nor does apk 3's form of the scripts, which no scanner reads.
      const onlyInstalled = different.filter((path) => !generated.has(path));
      assert.deepEqual(onlyInstalled, ["lib/apk/db/scripts.tar.gz"]);
      assert.ok(different.length > onlyInstalled.length && install.size > 200);
    },
  );
}

/** A folder with the keys that a repository's own package of keys carries for its architecture. */
async function shippedKeys(ports: Ports, folder: string, repository: string): Promise<string> {
  const keys = join(folder, "keys");
  await mkdir(keys);
  const name = (await readdir(repository)).find((each) => each.startsWith("alpine-keys-")) ?? assert.fail();
  const stored = await readPackageFile(ports, join(repository, name));
  for await (const { entry, content } of openPackageData(ports, stored)) {
    if (entry.type !== "file" || !entry.path.startsWith("etc/apk/keys/")) continue;
    await writeFile(join(keys, basename(entry.path)), Buffer.concat(await Array.fromAsync(content)));
  }
  return keys;
}
