import { scriptNames, type PackageControl, type ScriptName } from "@apkmill/apk";
import type { Copyright, Scriptlets } from "@apkmill/config";
import type { CompiledPackage, CompiledSubpackage } from "./compiled.ts";

/** One package of a configuration: the main one or a subpackage, with what it takes from the main one in place. */
export type Output = Omit<CompiledSubpackage, "if">;

/** The packages that a configuration makes: the main one, then the subpackages in the order of the file. */
export function outputsOf(compiled: CompiledPackage): Output[] {
  const { package: main, pipeline, test } = compiled;
  const { name, description, url, commit, annotations, dependencies, options, scriptlets, disabledChecks, setcap } =
    main;
  const first = {
    name,
    description,
    url,
    commit,
    annotations,
    dependencies,
    options,
    scriptlets,
    disabledChecks,
    setcap,
  };
  return [{ ...first, pipeline, ...(test === undefined ? {} : { test }) }, ...compiled.subpackages];
}

/** `1.2.3-r0`. */
export function fullVersionOf({ package: { version, epoch } }: CompiledPackage): string {
  return `${version}-r${String(epoch)}`;
}

/** What analysis and packing add to what the configuration says. */
export interface MeasuredPackage {
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly installedSizeBytes: number;
}

/** The `.PKGINFO` of an output, but for the datahash. Fields are melange's (reference melange §5.2). */
export function describeControl(
  compiled: CompiledPackage,
  output: Output,
  measured: MeasuredPackage,
  { namespace, buildTime }: { readonly namespace: string; readonly buildTime: number },
): Omit<PackageControl, "dataHash"> {
  return {
    name: output.name,
    version: fullVersionOf(compiled),
    arch: compiled.arch,
    description: oneLine(output.description),
    url: output.url,
    license: licenseOf(compiled.package.copyright),
    origin: compiled.package.name,
    maintainer: namespace,
    commit: output.commit,
    buildTime,
    installedSizeBytes: measured.installedSizeBytes,
    providerPriority: numberOf(output.dependencies.providerPriority),
    replacesPriority: numberOf(output.dependencies.replacesPriority),
    depends: measured.depends,
    provides: measured.provides,
    installIf: [],
    replaces: output.dependencies.replaces,
    triggers: output.scriptlets.trigger?.paths ?? [],
  };
}

/** A description folded over several lines in the YAML is one line in every index. */
const oneLine = (text: string): string => text.trim().replace(/\s*[\r\n]+\s*/g, " ");

/** All licences hold at once; one that offers a choice keeps it. */
export function licenseOf(copyright: readonly Copyright[]): string {
  const licenses = [...new Set(copyright.map(({ license }) => license.trim()).filter((license) => license !== ""))];
  if (licenses.length < 2) return licenses[0] ?? "";
  return licenses.map((license) => (/\sOR\s/.test(license) ? `(${license})` : license)).join(" AND ");
}

const numberOf = (text: string): number => (text === "" ? 0 : Number(text));

/** The scripts of an output, as they go into the control section. */
export function scriptsOf(scriptlets: Scriptlets): Map<ScriptName, Uint8Array> {
  const texts: Record<ScriptName, string> = {
    "pre-install": scriptlets.preInstall,
    "post-install": scriptlets.postInstall,
    "pre-upgrade": scriptlets.preUpgrade,
    "post-upgrade": scriptlets.postUpgrade,
    "pre-deinstall": scriptlets.preDeinstall,
    "post-deinstall": scriptlets.postDeinstall,
    trigger: scriptlets.trigger?.script ?? "",
  };
  return new Map(scriptNames.filter((name) => texts[name] !== "").map((name) => [name, Buffer.from(texts[name])]));
}
