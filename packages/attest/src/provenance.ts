import { compareBytes, hexOf, type Digest } from "@apkmill/core";
import { builderId, internalParameters, invocationId, sourceOf, type BuildPlatform } from "./build-platform.ts";
import type { SourceState } from "./source-state.ts";

/**
 * SLSA provenance v1 of what this engine builds. Every value is a fact that the caller checked: claims of a verified
 * token, digests of bytes that were read. Source: slsa.dev/spec/v1.0/provenance; docs/provenance.md explains our type.
 */

/** Names the shape of `externalParameters` and `internalParameters`; a verifier rejects parameters it does not know. */
export const buildType = "https://apkmill.github.io/provenance/build/v1";

export interface ProvenanceInputs {
  /** Who built it: from `loadBuildPlatform`. */
  readonly platform: BuildPlatform;
  /** Exactly what the user asked for: configuration, architectures, repositories. Complete, or verifiers are misled. */
  readonly externalParameters: Readonly<Record<string, unknown>>;
  /** Every package that went in: its purl and the digest of the .apk file. */
  readonly packages?: readonly { readonly purl: string; readonly digest: Digest }[];
  /** Every configuration file that was read, by its path in the source. */
  readonly configs?: readonly { readonly path: string; readonly digest: Digest }[];
  /** Left out on GitHub, where the verified claims say it. */
  readonly source?: SourceState | undefined;
  /** What the build left beside its result: lock file, log. */
  readonly byproducts?: readonly { readonly name: string; readonly digest: Digest; readonly mediaType?: string }[];
  /** Seconds since the epoch. Left out, the same inputs give the same provenance. */
  readonly startedOn?: number | undefined;
  readonly finishedOn?: number | undefined;
}

interface ResourceDescriptor {
  readonly name?: string;
  readonly uri?: string;
  readonly digest: Readonly<Record<string, string>>;
  readonly mediaType?: string;
}

/** The predicate of an SLSA v1 provenance. */
export interface Provenance {
  readonly buildDefinition: {
    readonly buildType: string;
    readonly externalParameters: Readonly<Record<string, unknown>>;
    readonly internalParameters: Readonly<Record<string, unknown>>;
    readonly resolvedDependencies: readonly ResourceDescriptor[];
  };
  readonly runDetails: {
    readonly builder: { readonly id: string; readonly version?: Readonly<Record<string, string>> };
    readonly metadata?: {
      readonly invocationId?: string;
      readonly startedOn?: string;
      readonly finishedOn?: string;
    };
    readonly byproducts?: readonly ResourceDescriptor[];
  };
}

/** The provenance of a build: source first, then configs and packages, each sorted, so that order of work leaves no trace. */
export function describeProvenance(inputs: ProvenanceInputs): Provenance {
  const byproducts = describeByproducts(inputs);
  const metadata = describeMetadata(inputs);
  return {
    buildDefinition: {
      buildType,
      externalParameters: inputs.externalParameters,
      internalParameters: internalParameters(inputs.platform),
      resolvedDependencies: [...describeSource(inputs), ...describeConfigs(inputs), ...describePackages(inputs)],
    },
    runDetails: {
      builder: { id: builderId(inputs.platform), version: { apkmill: inputs.platform.engineVersion } },
      ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
      ...(byproducts.length === 0 ? {} : { byproducts }),
    },
  };
}

function describeSource({ platform, source = sourceOf(platform) }: ProvenanceInputs): ResourceDescriptor[] {
  if (source === undefined) return [];
  const ref = source.ref === undefined ? "" : `@${source.ref}`;
  return [{ uri: `git+${source.repository}${ref}`, digest: { gitCommit: source.commit } }];
}

function describeConfigs({ configs = [] }: ProvenanceInputs): ResourceDescriptor[] {
  return unique(configs.map(({ path, digest }) => ({ name: path, digest: { sha256: hexOf(digest) } })));
}

function describePackages({ packages = [] }: ProvenanceInputs): ResourceDescriptor[] {
  return unique(packages.map(({ purl, digest }) => ({ uri: purl, digest: { sha256: hexOf(digest) } })));
}

function describeByproducts({ byproducts = [] }: ProvenanceInputs): ResourceDescriptor[] {
  return unique(byproducts.map(({ digest, ...named }) => ({ ...named, digest: { sha256: hexOf(digest) } })));
}

/** Sorted by name or address, then digest; what several platforms share stands once. */
function unique(resources: readonly ResourceDescriptor[]): ResourceDescriptor[] {
  const keyed = new Map(resources.map((one) => [`${one.uri ?? one.name ?? ""}\n${one.digest["sha256"] ?? ""}`, one]));
  return [...keyed].sort(([a], [b]) => compareBytes(a, b)).map(([, resource]) => resource);
}

function describeMetadata({ platform, startedOn, finishedOn }: ProvenanceInputs): Record<string, string> {
  const invocation = invocationId(platform);
  return {
    ...(invocation === undefined ? {} : { invocationId: invocation }),
    ...(startedOn === undefined ? {} : { startedOn: timestamp(startedOn) }),
    ...(finishedOn === undefined ? {} : { finishedOn: timestamp(finishedOn) }),
  };
}

/** RFC 3339, whole seconds, as the specification's Timestamp wants. */
function timestamp(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace(".000Z", "Z");
}
