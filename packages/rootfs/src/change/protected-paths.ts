/**
 * Which directories hold what the administrator may change? Patterns name directories, component by component, with the
 * wildcards of fnmatch(3); what holds for a directory holds below it until a pattern says otherwise, and of patterns that
 * match one directory the last one counts (reference apk-formats A8).
 *
 * `+` protects changed files (the same without a sign), `@` symbolic links and `!` everything for who backs up the root;
 * an upgrade treats these three alike. `-` protects nothing.
 */
export interface ProtectedPath {
  readonly isProtected: boolean;
  /** One matcher for each component. */
  readonly components: readonly RegExp[];
}

const builtIn = ["+etc", "@etc/init.d", "!etc/apk"];

/** The rules that apk begins with, then those in the lines of `etc/apk/protected_paths.d/*.list`. */
export function parseProtectedPaths(lines: readonly string[]): ProtectedPath[] {
  return [...builtIn, ...lines].flatMap((line) => {
    if (line === "" || line.startsWith("#")) return [];
    const isProtected = !line.startsWith("-");
    const pattern = line.replace(/^[-+@!]/, "").replace(/^\/+|\/+$/g, "");
    return pattern === "" ? [] : [{ isProtected, components: pattern.split("/").map(matcherOf) }];
  });
}

/** Answers for directories relative to the root, `""` for the root itself; answers are remembered. */
export function protectionOf(rules: readonly ProtectedPath[]): (directory: string) => boolean {
  const known = new Map<string, DirectoryRules>();
  const rulesOf = (directory: string): DirectoryRules => {
    const found = known.get(directory);
    if (found !== undefined) return found;
    const made = directory === "" ? { isProtected: false, below: rules } : descend(directory, rulesOf);
    known.set(directory, made);
    return made;
  };
  return (directory) => rulesOf(directory).isProtected;
}

/** What holds in a directory, and the rest of the patterns that have matched as far as here. */
interface DirectoryRules {
  readonly isProtected: boolean;
  readonly below: readonly ProtectedPath[];
}

function descend(directory: string, rulesOf: (directory: string) => DirectoryRules): DirectoryRules {
  const slash = directory.lastIndexOf("/");
  const above = rulesOf(directory.slice(0, Math.max(0, slash)));
  const name = directory.slice(slash + 1);
  let { isProtected } = above;
  const below: ProtectedPath[] = [];
  for (const rule of above.below) {
    const [first, ...rest] = rule.components;
    if (first?.test(name) !== true) continue;
    if (rest.length === 0) isProtected = rule.isProtected;
    else below.push({ isProtected: rule.isProtected, components: rest });
  }
  return { isProtected, below };
}

/** One component of an fnmatch(3) pattern: `*`, `?`, `[…]` with `!` and ranges, `\` before a sign that means itself. */
function matcherOf(component: string): RegExp {
  let source = "";
  for (let at = 0; at < component.length; at += 1) {
    const sign = component.charAt(at);
    const set = sign === "[" ? /^\[(!?)(\]?[^\]]*)\]/.exec(component.slice(at)) : null;
    if (set !== null) {
      const [whole, negated = "", members = ""] = set;
      source += `[${negated === "" ? "" : "^"}${members.replace(/[\\\]^[]/g, "\\$&")}]`;
      at += whole.length - 1;
    } else if (sign === "*") source += source.endsWith(".*") ? "" : ".*";
    else if (sign === "?") source += ".";
    else {
      if (sign === "\\" && at + 1 < component.length) at += 1;
      source += component.charAt(at).replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
    }
  }
  return compile(source, component);
}

/** A set that no expression can be made of (`[z-a]`) matches nothing, as in fnmatch(3). */
function compile(source: string, component: string): RegExp {
  try {
    return new RegExp(`^${source}$`, "su");
  } catch {
    return new RegExp(
      `^${component.replace(/[^A-Za-z0-9]/g, (sign) => `\\u{${sign.codePointAt(0)?.toString(16) ?? "0"}}`)}$`,
      "u",
    );
  }
}
