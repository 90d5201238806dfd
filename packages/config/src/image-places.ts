import { isMap, isScalar, visit, type Node } from "yaml";
import type { ImageConfig } from "./image-config.ts";
import type { Place } from "./place.ts";
import type { YamlSource } from "./yaml-source.ts";

const sourcesOf = new WeakMap<ImageConfig, readonly YamlSource[]>();

/** Remembers what a configuration was read from: its own file first, then what that includes. */
export function keepSources(config: ImageConfig, sources: readonly YamlSource[]): void {
  sourcesOf.set(config, sources);
}

/**
 * Where a value stands that turns out to be wrong only once it is used: `text` below `key`, which names a key by its way from the top,
 * such as `contents.packages`; without a text, or where it came by an alias, the key. Undefined for a configuration from no file.
 */
export function placeInImage(config: ImageConfig, key: string, text?: string): Place | undefined {
  const entries = (sourcesOf.get(config) ?? []).flatMap((source) => {
    const entry = entryAt(source, key.split("."));
    return entry === undefined ? [] : [{ source, ...entry }];
  });
  for (const { source, value } of entries) {
    const found = text === undefined ? undefined : findText(value, text);
    if (found !== undefined) return source.placeOf(found);
  }
  const [first] = entries;
  return first?.source.placeOf(first.key);
}

interface KeyAndValue {
  readonly key: Node;
  readonly value: Node;
}

function entryAt(source: YamlSource, names: readonly string[]): KeyAndValue | undefined {
  return names.reduce<KeyAndValue | undefined>(
    (above, name, depth) =>
      depth > 0 && above === undefined ? undefined : entryOf(source, above?.value ?? source.root, name),
    undefined,
  );
}

function entryOf(source: YamlSource, node: Node, name: string): KeyAndValue | undefined {
  const mapping = source.resolve(node);
  if (!isMap<Node, Node | null>(mapping)) return undefined;
  const pair = mapping.items.find(({ key }) => isScalar(key) && key.value === name);
  if (pair?.value == null) return undefined;
  return { key: pair.key, value: source.resolve(pair.value) ?? pair.value };
}

/** The first scalar that is the text, or else begins with it: of a location the slashes at the end are gone. */
function findText(node: Node, text: string): Node | undefined {
  let equal: Node | undefined;
  let longer: Node | undefined;
  visit(node, {
    Scalar: (_key, scalar) => {
      const value = String(scalar.value);
      if (value === text) {
        equal = scalar;
        return visit.BREAK;
      }
      if (value.startsWith(text)) longer ??= scalar;
      return undefined;
    },
  });
  return equal ?? longer;
}
