/** A formatted CPE 2.3 name: eleven attributes, of which the first is the kind and the sixth a language (NIST IR 7695 §6.2). */

const value = String.raw`(?:[*-]|(?:\?+|\*)?(?:[A-Za-z0-9._-]|\\[!-/:-@[-^{-~\x60])+(?:\?+|\*)?)`;
const language = "(?:[*-]|[a-zA-Z]{2,3}(?:-(?:[a-zA-Z]{2}|[0-9]{3}))?)";

/** What a CPE 2.3 name looks like. Nothing in it matches in two ways, so that no text takes long. */
export const cpePattern = new RegExp(`^cpe:2\\.3:[aho*-](?::${value}){5}:${language}(?::${value}){4}$`);
