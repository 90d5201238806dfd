/**
 * The replacement language of Go's `regexp.Expand`: `$1`, `${1}`, `$name`, `${name}`, `$$`. A bare name is as long as it can be,
 * so `$1x` is the group named `1x`; a group that does not exist is empty. Source: Go's regexp documentation; reference melange §1.8.
 */

/** The replacement with the groups of `match` in place. */
export function expandTemplate(template: string, match: RegExpExecArray): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return whole === "$$" ? "$" : whole;
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? "";
  });
}

/**
 * Every match replaced, as Go's `ReplaceAllString`: like JavaScript's, except that an empty match right behind another match
 * does not count.
 */
export function replaceAllMatches(text: string, pattern: RegExp, template: string): string {
  let result = "";
  let copied = 0;
  let lastEnd = -1;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (match[0] === "" && match.index === lastEnd) continue;
    result += text.slice(copied, match.index) + expandTemplate(template, match);
    copied = end;
    lastEnd = end;
  }
  return result + text.slice(copied);
}
