/** A formatted CPE 2.3 name: eleven attributes, of which the first is the kind and the seventh a language (NIST IR 7695 §6.2). */

const value = String.raw`(?:[*-]|(?:\?+|\*)?(?:[A-Za-z0-9._-]|\\[!-/:-@[-^{-~\x60])+(?:\?+|\*)?)`;
const language = "(?:[*-]|[a-zA-Z]{2,3}(?:-(?:[a-zA-Z]{2}|[0-9]{3}))?)";

/** What a CPE 2.3 name looks like. Nothing in it matches in two ways, so that no text takes long. */
export const cpePattern = new RegExp(`^cpe:2\\.3:[aho*-](?::${value}){5}:${language}(?::${value}){4}$`);

/** What a build configuration says of the product under `cpe` (reference melange §1.3); what it leaves out may be anything. */
export type CpeFields = Readonly<Record<string, string>>;

const afterVersion = ["update", "edition", "language", "sw_edition", "target_sw", "target_hw", "other"];

/** The name of one version of a product; undefined where the fields name none, or hold what no such name can. */
export function formatCpe(fields: CpeFields, version: string): string | undefined {
  const { part = "a", vendor, product } = fields;
  if (vendor === undefined || product === undefined) return undefined;
  const values = [vendor, product, version, ...afterVersion.map((name) => fields[name] ?? "")];
  const name = `cpe:2.3:${part}:${values.map(bindValue).join(":")}`;
  return cpePattern.test(name) ? name : undefined;
}

/** `*` is any value; other characters than these stand behind a backslash. */
function bindValue(text: string): string {
  return text === "" ? "*" : text.replace(/[^A-Za-z0-9._-]/g, String.raw`\$&`);
}
