import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { checkout } from "../../scripts/checkout.ts";
import { makeBaseRepository } from "../../scripts/demo/base-repository.ts";
import { demoKey, openDemoPorts } from "../../scripts/demo/demo-ports.ts";
import { apkmillJson } from "./apkmill.ts";

/** The example, built below a directory: base repository, packages, keys. Both architectures. */
export interface Hello {
  readonly base: string;
  readonly packages: string;
  readonly keys: readonly string[];
}

/** Builds the packages of examples/hello with the command line. */
export async function buildHello(folder: string): Promise<Hello> {
  const base = await baseRepository(folder);
  const signingKey = join(folder, "test.rsa");
  await apkmillJson(["apk", "keygen", "--key-size", "2048", signingKey]);
  const packages = join(folder, "packages");
  await cp(join(checkout, "examples", "hello"), join(folder, "source"), { recursive: true });
  const configs = ["hello", "greeting"].map((name) => join(folder, "source", `${name}.melange.yaml`));
  await apkmillJson([
    "apk",
    "build",
    "--arch",
    "x86_64,aarch64",
    "--signing-key",
    signingKey,
    "-r",
    base.path,
    "-k",
    base.key,
    "--out-dir",
    packages,
    ...configs,
  ]);
  return { base: base.path, packages, keys: [base.key, `${signingKey}.pub`] };
}

/** The example's base repository, made with our own packer from Debian's busybox. */
export async function baseRepository(folder: string): Promise<{ path: string; key: string }> {
  const path = join(folder, "base");
  await mkdir(path, { recursive: true });
  const ports = await openDemoPorts();
  const { signing, publicPath } = await demoKey(folder);
  for (const arch of ["x86_64", "aarch64"] as const) await makeBaseRepository(ports, arch, path, signing);
  ports.http.close();
  return { path, key: publicPath };
}

/** Options of the commands that read the example's repositories. */
export function sourcesOf({ base, packages, keys }: Hello): string[] {
  return ["-b", base, "-b", packages, ...keys.flatMap((key) => ["-k", key])];
}
