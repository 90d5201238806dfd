import { listedException, listedLicense } from "./license-list.ts";
import type { LicenseRefs } from "./license-refs.ts";

/** A licence text of a package as an SPDX expression. */
export interface DeclaredLicense {
  /** Valid, or NOASSERTION, or NONE. */
  readonly expression: string;
  /** Whether it is one identifier of the SPDX list. */
  readonly listed: boolean;
  /** Where it is one licence that the list does not have: what the package calls it. */
  readonly name?: string | undefined;
}

/** Longer ones are no expressions. */
const longest = 4000;

/**
 * Packages write identifiers, expressions, or free text. Identifiers that the list does not have, and text that is no
 * expression, become a `LicenseRef-` that the document declares, because a validator refuses anything else.
 * NOASSERTION when the package says nothing.
 */
export function declareLicense(text: string, refs: LicenseRefs): DeclaredLicense {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "NOASSERTION") return { expression: "NOASSERTION", listed: false };
  if (trimmed === "NONE") return { expression: "NONE", listed: false };
  const listed = listedLicense(trimmed);
  if (listed !== undefined) return { expression: listed, listed: true };
  const tokens = trimmed.length > longest ? [] : (trimmed.match(/[()]|[^\s()]+/g) ?? []);
  if (tokens.length > 1) {
    const expression = parseExpression(tokens, refs);
    if (expression !== undefined) return { expression, listed: false };
  }
  const { id, name } = refs.refer(trimmed);
  return { expression: id, listed: false, name };
}

/** A licence with the exception that stands behind it, "" for none; or an operator or bracket. */
type Piece = string | { readonly license: string; readonly exception: string };

/** The expression in the list's spelling; undefined when the tokens are none. Source: SPDX 2.3 annex D. */
function parseExpression(tokens: readonly string[], refs: LicenseRefs): string | undefined {
  const pieces = piecesOf(tokens);
  if (pieces === undefined) return undefined;
  const texts = pieces.map((piece) => (typeof piece === "string" ? piece : operand(piece, refs)));
  return texts.join(" ").replaceAll("( ", "(").replaceAll(" )", ")");
}

/** Tokens of `A AND (B OR C WITH D)`, checked. No recursion: a hostile text may open any number of brackets. */
function piecesOf(tokens: readonly string[]): Piece[] | undefined {
  const pieces: Piece[] = [];
  let depth = 0;
  let wantsOperand = true;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? "";
    if ((token === "(" || !/^(?:\)|and|or|with)$/i.test(token)) !== wantsOperand) return undefined;
    if (token === "(" || token === ")") {
      depth += token === "(" ? 1 : -1;
      if (depth < 0) return undefined;
      pieces.push(token);
    } else if (!wantsOperand) {
      if (!isOperator(token, "AND", "OR")) return undefined;
      pieces.push(token.toUpperCase());
      wantsOperand = true;
    } else {
      const exception = isOperator(tokens[at + 1], "WITH") ? (tokens[at + 2] ?? "?") : "";
      if (!/^[A-Za-z0-9.+:-]+$/.test(token + exception)) return undefined;
      pieces.push({ license: token, exception });
      at += exception === "" ? 0 : 2;
      wantsOperand = false;
    }
  }
  return wantsOperand || depth !== 0 ? undefined : pieces;
}

/** In capitals, as the list asks, or in small letters, as many write them. */
function isOperator(token: string | undefined, ...operators: readonly string[]): boolean {
  return operators.some((one) => token === one || token === one.toLowerCase());
}

/** The list has no `LicenseRef-` for exceptions: where one of the two is not listed, both together are one licence of its own. */
function operand({ license, exception }: Exclude<Piece, string>, refs: LicenseRefs): string {
  const listed = listedLicense(license);
  if (exception === "") return listed ?? refs.refer(license).id;
  const addition = listedException(exception);
  if (listed !== undefined && addition !== undefined) return `${listed} WITH ${addition}`;
  return refs.refer(`${license} WITH ${exception}`).id;
}
