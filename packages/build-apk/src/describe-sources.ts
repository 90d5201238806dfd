import { genericPackageUrl, githubPackageUrl, type PackageSource } from "@apkmill/sbom";
import type { CompiledStep } from "./compiled.ts";

/** The archives and repositories that steps fetched, in their order, each once; steps that are off fetched nothing. */
export function describeSources(steps: readonly CompiledStep[]): PackageSource[] {
  const found = new Map<string, PackageSource>();
  for (const source of steps.flatMap(sourcesOf)) found.set(`${source.location} ${source.version}`, source);
  return [...found.values()];
}

function sourcesOf(step: CompiledStep): PackageSource[] {
  if (!step.enabled) return [];
  if (step.uses === "fetch") return fetched(step.inputs);
  if (step.uses === "git-checkout") return checkedOut(step.inputs);
  return step.pipeline.flatMap(sourcesOf);
}

type Inputs = CompiledStep["inputs"];

function fetched({
  uri = "",
  "purl-name": name = "",
  "purl-version": version = "",
  "expected-sha256": sha256 = "",
  "expected-sha512": sha512 = "",
}: Inputs): PackageSource[] {
  if (uri === "") return [];
  const location = withoutUser(uri);
  const demanded = {
    ...(/^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}),
    ...(/^[0-9a-f]{128}$/.test(sha512) ? { sha512 } : {}),
  };
  return [{ name, version, location, ...demanded, purl: archiveUrl(name, version, location, demanded) }];
}

/** The package URL of an archive (reference melange §7); undefined for one that has no name, or that is on this machine. */
function archiveUrl(
  name: string,
  version: string,
  location: string,
  demanded: Readonly<Record<string, string>>,
): string | undefined {
  if (name === "" || !URL.canParse(location)) return undefined;
  const checksum = Object.entries(demanded)
    .map(([algorithm, hex]) => `${algorithm}:${hex}`)
    .join(",");
  return genericPackageUrl([name], version, { checksum, download_url: location });
}

/** As SPDX writes places under version control: `git+https://host/repository@revision` (SPDX 2.3 §7.7). */
function checkedOut({
  repository = "",
  tag = "",
  branch = "",
  "expected-commit": commit = "",
}: Inputs): PackageSource[] {
  const place = withoutUser(repository);
  const revision = commit || tag || branch;
  if (repository === "" || revision === "") return [];
  const name =
    repository
      .replace(/\/+$/, "")
      .replace(/\.git$/, "")
      .split("/")
      .at(-1) ?? "";
  const purl = repositoryUrl(place, tag, commit);
  return [{ name, version: tag || revision, location: `git+${place}@${revision}`, purl }];
}

/**
 * The package URL of a repository on a host, at a tag or else at a commit (reference melange §7); undefined for a branch, which is
 * no version.
 */
function repositoryUrl(place: string, tag: string, commit: string): string | undefined {
  const version = tag || commit;
  const { host = "", pathname = "" } = URL.parse(place) ?? {};
  const path = pathname
    .replace(/(?:\.git)?\/*$/, "")
    .split("/")
    .filter((part) => part !== "");
  const [owner = "", name = "", ...deeper] = path;
  if (version === "" || host === "" || owner === "") return undefined;
  if (host === "github.com" && name !== "" && deeper.length === 0) return githubPackageUrl(owner, name, version);
  return genericPackageUrl(path, version, { vcs_url: `git+${place}${commit === "" ? "" : `@${commit}`}` });
}

/** An SBOM is public: whoever may read the source with a password keeps it. */
const withoutUser = (url: string): string => url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
