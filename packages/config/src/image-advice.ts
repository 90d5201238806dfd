import { nearestNames } from "@apkmill/core";
import type { JsonSchema } from "./json-schema.ts";
import { imageFile } from "./image-schema.ts";

/** Keys that apko once had. */
const removed: Readonly<Record<string, string>> = {
  "os-release": "remove it: packages bring etc/os-release",
  options: "remove it, or write one configuration for each of its options",
};

/** What to do about a key that has no meaning where it stands: where it has one, or what became of it. */
export function adviseOnImageKey(name: string): string | undefined {
  if (Object.hasOwn(removed, name)) return removed[name];
  const homes = homesOfKeys(imageFile.schema?.() ?? {}, "at the top level");
  const [near] = nearestNames(name, homes.keys());
  return near === undefined
    ? undefined
    : `did you mean \`${near}\`, which belongs ${homes.get(near) ?? ""}? move it there, or remove it`;
}

/** The names of all keys with the place of each in the configuration; one that has several places has the outermost. */
function homesOfKeys(schema: JsonSchema, home: string): ReadonlyMap<string, string> {
  const properties = Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>);
  const homes = new Map(properties.map(([name]) => [name, home]));
  for (const [name, value] of properties) {
    const inner =
      value["items"] === undefined
        ? homesOfKeys(value, `in \`${name}\``)
        : homesOfKeys(value["items"] as JsonSchema, `in an entry of \`${name}\``);
    for (const [key, place] of inner) if (!homes.has(key)) homes.set(key, place);
  }
  return homes;
}
