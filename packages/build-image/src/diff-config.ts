import { canonicalJson, compareBytes } from "@apkmill/core";
import type { ImagePlatform } from "@apkmill/oci";

/** One thing that a configuration says differently; left out where it does not say it. */
export interface ConfigChange {
  /** `Entrypoint`, `Env PATH`, `Labels org.example.a`, `annotation org.example.a`, `author`. */
  readonly what: string;
  /** Texts as they are, all else as JSON. */
  readonly from?: string;
  readonly to?: string;
}

/**
 * How configuration and annotations of two platforms differ, by name. Variables, labels, volumes and ports count one by one; when the
 * image was made does not count, wherever it stands.
 */
export function diffConfig(from: ImagePlatform, to: ImagePlatform): ConfigChange[] {
  const [old, now] = [statementsOf(from), statementsOf(to)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(compareBytes);
  return names.flatMap((what) => {
    const [before, after] = [old.get(what), now.get(what)];
    return before === after ? [] : [{ what, ...pair("from", before), ...pair("to", after) }];
  });
}

function pair(name: "from" | "to", value: string | undefined): Partial<Record<"from" | "to", string>> {
  return value === undefined ? {} : { [name]: value };
}

const times = new Set(["Labels org.opencontainers.image.created", "annotation org.opencontainers.image.created"]);

function statementsOf({ config, manifest }: ImagePlatform): ReadonlyMap<string, string> {
  const said = [
    ...Object.entries(config.config).flatMap(([name, value]) => statements(name, value)),
    ...Object.entries(manifest.annotations ?? {}).map(([name, value]) => [`annotation ${name}`, value] as const),
    ...statements("author", config.author),
  ];
  return new Map(said.filter(([what]) => !times.has(what)));
}

/** What says nothing is as good as absent: `null`, "", empty lists and objects. */
function statements(name: string, value: unknown): (readonly [what: string, value: string])[] {
  if (value === undefined || value === null || value === "") return [];
  if (name === "Env" && Array.isArray(value)) return value.map((text) => variable(String(text)));
  if (Array.isArray(value)) return value.length === 0 ? [] : [[name, canonicalJson(value)]];
  if (typeof value !== "object") return [[name, textOf(value)]];
  if (name === "Healthcheck") return [[name, canonicalJson(value)]];
  return Object.entries(value).map(([key, inner]) => [`${name} ${key}`, textOf(inner)]);
}

function variable(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [`Env ${text}`, ""] : [`Env ${text.slice(0, at)}`, text.slice(at + 1)];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : canonicalJson(value);
}
