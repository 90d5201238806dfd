import { key, list, mapping } from "./collections.ts";
import type { Decoder } from "./decoder.ts";
import { boolean, literalText, mapped, natural, oneOf, optional, text } from "./scalars.ts";

/**
 * `update`: how a bot finds new versions. A build does not read it, so it stays a JSON value with the file's own keys; it is
 * checked all the same, as a mistyped key would silently stop the updates. Source: reference melange §1.7.
 */

type Json = Readonly<Record<string, unknown>>;

/** A mapping whose keys keep the names of the file; what is empty is left out. */
function jsonMapping(what: string, table: Readonly<Record<string, Decoder<unknown>>>): Decoder<Json> {
  const rows = Object.entries(table).map(([name, decoder]) => [name, key(name, decoder)] as const);
  return mapped(mapping(what, Object.fromEntries(rows)), (value: Json) =>
    Object.fromEntries(Object.entries(value).filter(([, each]) => !isEmpty(each))),
  );
}

function isEmpty(value: unknown): boolean {
  return value === "" || value === 0 || value === false || (Array.isArray(value) && value.length === 0);
}

const strip = { "strip-prefix": literalText, "strip-suffix": literalText };
const tagFilters = { "tag-filter-prefix": text, "tag-filter-contains": text };

const github = jsonMapping("`github`", {
  identifier: text,
  ...strip,
  "tag-filter": text,
  ...tagFilters,
  "use-tag": boolean,
});

const git = jsonMapping("`git`", { ...strip, ...tagFilters });

const oci = jsonMapping("`oci`", { identifier: text, ...strip, ...tagFilters });

const releaseMonitor = jsonMapping("`release-monitor`", {
  identifier: natural(),
  ...strip,
  "version-filter-contains": text,
  "version-filter-prefix": text,
});

const versionSource = jsonMapping("a version source", {
  name: literalText,
  stream: literalText,
  ignore: list(literalText),
  commit_source: literalText,
  use_release: boolean,
});

const versionData = jsonMapping("`version_data`", { version_format: literalText, sources: list(versionSource) });

const schedule = jsonMapping("`schedule`", { reason: literalText, period: oneOf(["", "daily", "weekly", "monthly"]) });

const updateFields = jsonMapping("`update`", {
  manual: boolean,
  "require-sequential": boolean,
  shared: boolean,
  "version-separator": literalText,
  "ignore-regex-patterns": list(literalText),
  "release-monitor": optional(releaseMonitor),
  github: optional(github),
  git: optional(git),
  oci: optional(oci),
  version_data: optional(versionData),
  "version-transform": list(jsonMapping("a version transform", { match: literalText, replace: literalText })),
  "exclude-reason": literalText,
  schedule: optional(schedule),
  "enable-prerelease-tags": boolean,
  enabled: mapped(boolean, String),
});

/** `update`; `enabled` is always there. */
export const update: Decoder<Json> = mapped(updateFields, ({ enabled, ...rest }) => ({
  enabled: enabled === "true",
  ...rest,
}));
