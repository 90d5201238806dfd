import { createHash } from "node:crypto";
import { compareBytes } from "@apkmill/core";
import { plainText } from "./plain-text.ts";

/** An id of a licence that the SPDX list does not have. */
export interface LicenseRef {
  /** `LicenseRef-…`, of no other text in this document. */
  readonly id: string;
  /** What the package calls it. */
  readonly name: string;
}

/** A licence that the SPDX list does not have, with what it stands for. */
export interface ExtractedLicense {
  readonly licenseId: string;
  readonly extractedText: string;
}

/** The `LicenseRef-` ids of one document: the same text always has the same, and no two texts share one. */
export interface LicenseRefs {
  /** @param texts what the document that mentions the licence says about its own ids */
  refer(name: string, texts?: ReadonlyMap<string, string>): LicenseRef;
  /** The same ids, for somebody whose document says what its own stand for. */
  knowing(texts: ReadonlyMap<string, string>): LicenseRefs;
  /** All that were referred to, by the bytes of their ids. */
  extracted(): ExtractedLicense[];
}

/** Licence texts run to some 40 KiB. */
const longestText = 200_000;

/** No ids yet. */
export function openLicenseRefs(): LicenseRefs {
  const textOf = new Map<string, string>();
  const isFor = (id: string, text: string): boolean => (textOf.get(id) ?? text) === text;
  const others = new Map<string, string>();
  /** With a hash of the text; and with a number, where a package names a licence just so. */
  const otherId = (plain: string, text: string): string => {
    const hashed = `${plain}-${hashOf(text)}`;
    let id = others.get(hashed) ?? hashed;
    for (let turn = 2; !isFor(id, text); turn += 1) id = `${hashed}-${String(turn)}`;
    others.set(hashed, id);
    return id;
  };
  const refer = (name: string, texts?: ReadonlyMap<string, string>): LicenseRef => {
    const text = plainText(texts?.get(name) ?? name, longestText);
    const plain = idOf(name);
    const id = isFor(plain, text) ? plain : otherId(plain, text);
    textOf.set(id, text);
    return { id, name: plainText(name) };
  };
  const extracted = (): ExtractedLicense[] =>
    [...textOf]
      .map(([licenseId, extractedText]) => ({ licenseId, extractedText }))
      .sort((a, b) => compareBytes(a.licenseId, b.licenseId));
  const knowing = (texts: ReadonlyMap<string, string>): LicenseRefs => {
    // A document may mention one long text a hundred thousand times.
    const known = new Map<string, LicenseRef>();
    const remembered = (name: string): LicenseRef => {
      const ref = known.get(name) ?? refer(name, texts);
      known.set(name, ref);
      return ref;
    };
    return { refer: remembered, knowing, extracted };
  };
  return { refer, knowing, extracted };
}

/** As melange names them: letters, digits, dots and hyphens stay, white space becomes a hyphen (reference melange §1.9). */
function idOf(name: string): string {
  if (/^LicenseRef-[A-Za-z0-9.-]+$/.test(name)) return name;
  const kept = name
    .replace(/^LicenseRef-/, "")
    .slice(0, 100)
    .replace(/[\s_]+/g, "-")
    .replace(/[^A-Za-z0-9.-]/g, "");
  return `LicenseRef-${kept === "" ? hashOf(name) : kept}`;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
