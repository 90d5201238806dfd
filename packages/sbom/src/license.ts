import { createHash } from "node:crypto";

/**
 * Licence texts of packages as SPDX expressions. Packages write identifiers, expressions, or free text; what is not an expression of known form
 * becomes a `LicenseRef-` that the document then declares, because a validator refuses anything else.
 */
export interface DeclaredLicense {
  readonly expression: string;
  /** Licence ids of our own that the expression mentions, with the text that they stand for. */
  readonly extracted: readonly { readonly licenseId: string; readonly extractedText: string }[];
}

const simple = /^[A-Za-z0-9][A-Za-z0-9.+-]*$/;
const expression = /^\(*[A-Za-z0-9][A-Za-z0-9.+-]*\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9][A-Za-z0-9.+-]*\)*)*$/;

/** The licence of a package as a valid expression; NOASSERTION when it says nothing. */
export function declareLicense(text: string): DeclaredLicense {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "NOASSERTION" || trimmed === "NONE")
    return { expression: trimmed === "" ? "NOASSERTION" : trimmed, extracted: [] };
  if ((simple.test(trimmed) || expression.test(trimmed)) && isBalanced(trimmed)) return fromExpression(trimmed);
  return reference(trimmed);
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    depth += char === "(" ? 1 : char === ")" ? -1 : 0;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Identifiers that the SPDX list does not have by their looks (`custom`, `Public-Domain`) are declared beside the expression. */
function fromExpression(text: string): DeclaredLicense {
  const ids = text.split(/[\s()]+/).filter((word) => word !== "" && !["AND", "OR", "WITH"].includes(word));
  const own = [...new Set(ids.filter((id) => id.startsWith("LicenseRef-") || unlisted.test(id)))];
  const named = own.reduce(
    (result, id) => result.replaceAll(new RegExp(`(?<![A-Za-z0-9.+-])${escape(id)}(?![A-Za-z0-9.+-])`, "g"), refOf(id)),
    text,
  );
  return { expression: named, extracted: own.map((id) => ({ licenseId: refOf(id), extractedText: id })) };
}

/** Words that distributions use in the place of an identifier. */
const unlisted = /^(custom|proprietary|public-domain|unknown|other|free|none)$/i;

function reference(text: string): DeclaredLicense {
  const licenseId = refOf(text);
  return { expression: licenseId, extracted: [{ licenseId, extractedText: text }] };
}

function refOf(text: string): string {
  if (text.startsWith("LicenseRef-")) return text;
  const kept = text.replace(/[\s_]+/g, "-").replace(/[^A-Za-z0-9.-]/g, "");
  return `LicenseRef-${kept === "" ? createHash("sha256").update(text).digest("hex").slice(0, 8) : kept}`;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
