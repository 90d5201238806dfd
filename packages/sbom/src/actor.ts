import type { Actor } from "./bill.ts";
import { plainLine } from "./plain-text.ts";

const longest = 200;

/** `Name <address>` is a person, another text an organisation; undefined where nobody is named. */
export function parseMaintainer(text: string): Actor | undefined {
  const line = plainLine(text, longest);
  const [, name, email] = /^(.+?)\s*<([^<>()\s]+@[^<>()\s]+)>$/.exec(line) ?? [];
  if (name !== undefined) return actor("Person", name, email);
  return line === "unknown" ? undefined : actor("Organization", line);
}

/** The organisation of that name; undefined for no name. */
export function organization(name: string | undefined): Actor | undefined {
  return actor("Organization", plainLine(name ?? "", longest));
}

/**
 * `Person: Name (address)` and the like; undefined for anything else, NOASSERTION among it. The text is another's and of any
 * length: it is first made one short line in which no two spaces follow each other, so that nothing matches in two ways.
 */
export function parseSpdxActor(text: string): Actor | undefined {
  const [, type, rest = ""] = /^(Person|Organization):\s?(.+)$/s.exec(plainLine(text)) ?? [];
  if (type === undefined) return undefined;
  const [, name = rest, email] = /^(.*?)\s?\(\s?([^()\s]*)\s?\)$/s.exec(rest) ?? [];
  const known = email?.includes("@") === true ? email : undefined;
  return actor(type === "Person" ? "Person" : "Organization", plainLine(name, longest), known);
}

/** As SPDX writes it. */
export function formatSpdxActor(one: Actor | undefined): string {
  if (one === undefined) return "NOASSERTION";
  return `${one.type}: ${one.name}${one.email === undefined ? "" : ` (${one.email})`}`;
}

/** Brackets end a name in SPDX. */
function actor(type: Actor["type"], name: string, email?: string): Actor | undefined {
  const clean = name.replace(/[()]/g, "").trim();
  return clean === "" ? undefined : { type, name: clean, email };
}
