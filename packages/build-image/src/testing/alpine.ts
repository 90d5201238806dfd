import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { openPackageData, readPackageFile } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import { corpora } from "./bench.ts";
import { makeKey, writeIndex, type TestRepository } from "./repository.ts";

const complete = join(corpora, "alpine-3.19-x86_64", "apks");
const more = join(corpora, "alpine-3.19-x86_64", "cache");

/** The complete signed set of Alpine 3.19 for x86_64, with the keys that its own package carries. */
export async function signedAlpine(ports: Ports, folder: string): Promise<TestRepository> {
  const names = await readdir(join(complete, "x86_64"));
  const keys = names.find((name) => name.startsWith("alpine-keys-")) ?? "";
  const stored = await readPackageFile(ports, join(complete, "x86_64", keys));
  await mkdir(join(folder, "keys"), { recursive: true });
  for await (const { entry, content } of openPackageData(ports, stored)) {
    if (entry.type !== "file" || !entry.path.startsWith("etc/apk/keys/")) continue;
    await writeFile(join(folder, "keys", basename(entry.path)), Buffer.concat(await Array.fromAsync(content)));
  }
  return { path: complete, key: join(folder, "keys") };
}

/** All packages of Alpine 3.19 that there are, in a repository signed by a key of ours. */
export async function wholeAlpine(folder: string): Promise<TestRepository> {
  const path = join(folder, "repository");
  await mkdir(join(path, "x86_64"), { recursive: true });
  const files: string[] = [];
  for (const source of [join(complete, "x86_64"), more]) {
    for (const name of (await readdir(source)).filter((each) => each.endsWith(".apk"))) {
      const target = join(path, "x86_64", name.replace(/\.[0-9a-f]{8}\.apk$/, ".apk"));
      await symlink(join(source, name), target);
      files.push(target);
    }
  }
  await writeIndex(path, files, await makeKey(folder));
  return { path, key: join(folder, "test.rsa.pub") };
}
