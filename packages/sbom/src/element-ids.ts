/** Gives each element of a document an id of its own. */
export type TakeId = (...parts: readonly string[]) => string;

/** Ids from what is said of the elements: the same words in the same order give the same ids, and no two are the same. */
export function openIds(): TakeId {
  const taken = new Set<string>();
  const turns = new Map<string, number>();
  return (...parts) => {
    const plain = elementId(...parts);
    let id = plain;
    for (let turn = turns.get(plain) ?? 2; taken.has(id); turn += 1) {
      id = `${plain}-x-${String(turn)}`;
      turns.set(plain, turn + 1);
    }
    taken.add(id);
    return id;
  };
}

/** Letters, digits, dots and hyphens; anything else becomes a hyphen and its code, so that ids stay distinct. */
export function elementId(...parts: readonly string[]): string {
  const whole = parts.join("-");
  if (!/[^A-Za-z0-9.-]/.test(whole)) return whole;
  return whole.replace(/[^A-Za-z0-9.-]/gu, (char) => `-x${(char.codePointAt(0) ?? 0).toString(16)}-`);
}
