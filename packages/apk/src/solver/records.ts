import type { Catalog } from "./catalog.ts";
import { lineAt } from "./item-text.ts";

/** What records say, read from the texts of their indexes when it is asked for. */

export function readVersion({ text, fields }: Catalog, number: number): string {
  return valueAt(text, fields.version[number] ?? 0);
}

export function readPriority({ text, fields }: Catalog, number: number): number {
  const at = fields.priority[number] ?? 0;
  return at === 0 ? 0 : Number.parseInt(lineAt(text, at), 10) || 0;
}

/** True when the package is for this architecture or for all; `arch` undefined: any will do. */
export function isOfArch({ text, fields }: Catalog, number: number, arch: string | undefined): boolean {
  const at = fields.arch[number] ?? 0;
  return arch === undefined || isLine(text, at, arch) || isLine(text, at, "noarch");
}

/** True when nothing in the record is beyond us: other packages cannot be installed (A4). */
export function isUnderstood({ fields }: Catalog, number: number): boolean {
  return fields.unreadable[number] === 0;
}

/** The size of what a package lays down; 0 where its record does not say. */
export function readInstalledSize({ text, fields }: Catalog, number: number): number {
  const record = text.toString("latin1", fields.start[number], fields.start[number + 1]);
  return Number(/^I:(\d+)$/m.exec(record)?.[1] ?? 0);
}

export function readIdentity({ text, fields }: Catalog, number: number): string {
  return valueAt(text, fields.identity[number] ?? 0);
}

/** The value that begins at `start`; "" for 0, which says that there is none. */
function valueAt(text: Buffer, start: number): string {
  return start === 0 ? "" : lineAt(text, start);
}

/** Is the line that begins at `start` (0: there is none) this value? */
function isLine(text: Buffer, start: number, value: string): boolean {
  if (start === 0) return value === "";
  const end = start + value.length;
  for (let at = start; at < end; at += 1) if (text[at] !== value.charCodeAt(at - start)) return false;
  return end >= text.length || text[end] === 0x0a;
}
