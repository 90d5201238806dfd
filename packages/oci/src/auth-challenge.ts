/** One challenge of a `WWW-Authenticate` header: its scheme in lower case and its parameters by lower-case name. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * The challenges of a `WWW-Authenticate` header (RFC 9110 §11.6.1), in order. Several schemes share one header with
 * the same comma that separates parameters, so a word without `=` after a comma begins a new challenge. What does not
 * parse ends the list: what stood before it still counts.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let rest = header.slice(0, 16_384);
  for (;;) {
    rest = rest.replace(/^[\s,]+/, "");
    const parameter = /^([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/.exec(rest);
    const current = challenges.at(-1);
    if (parameter !== null && current !== undefined) {
      const [text, name = "", quoted, plain = ""] = parameter;
      current.parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain);
      rest = rest.slice(text.length);
      continue;
    }
    const scheme = /^([A-Za-z][!#$%&'*+.^_`|~\w-]*)(?=$|[\s,])/.exec(rest);
    if (scheme?.[1] === undefined) return challenges;
    challenges.push({ scheme: scheme[1].toLowerCase(), parameters: new Map() });
    rest = rest.slice(scheme[1].length);
  }
}
