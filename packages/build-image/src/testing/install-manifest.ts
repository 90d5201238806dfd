import { fetchPackages, loadKeyring, openRepositories, requireSolution, solve } from "@apkmill/apk";
import type { Ports } from "@apkmill/core";
import { hashContents, loadAccountFiles, planInstall, planManifest } from "@apkmill/rootfs";

/** The manifest that `repo install` writes, line by line. */
export async function installManifest(
  ports: Ports,
  {
    location,
    key,
    world,
    arch,
  }: { readonly location: string; readonly key: string; readonly world: readonly string[]; readonly arch: string },
): Promise<string[]> {
  const keyring = await loadKeyring(ports, [key]);
  const repositories = await openRepositories(ports, { locations: [location], keyring, arch });
  const resolved = requireSolution(solve({ repositories, world, arch }));
  const packages = await fetchPackages(ports, resolved);
  const plan = planInstall({
    packages,
    accountFiles: await loadAccountFiles(ports, packages),
    records: new Map(resolved.map(({ record }, index) => [index, record])),
    world,
    arch,
    scriptsForm: "scripts.tar.gz",
  });
  return planManifest(await hashContents(ports, packages, plan.entries)).split("\n");
}

/** Path → line. */
export function byPath(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(lines.filter((line) => line !== "").map((line) => [line.split("\t")[7]?.slice(2) ?? "", line]));
}

/** Paths at which two manifests differ, sorted. */
export function differentPaths(a: readonly string[], b: readonly string[]): string[] {
  const [first, second] = [byPath(a), byPath(b)];
  return [...new Set([...first.keys(), ...second.keys()])]
    .filter((path) => first.get(path) !== second.get(path))
    .sort();
}
