import type { AdbNode, AdbValues } from "./values.ts";

/**
 * Lists of dependency objects (1 name, 2 version, 3 match) → the items as `.PKGINFO` and APKINDEX write them: `name`,
 * `name>=1`, `!name`. Items and lists are shared between packages; each is rendered once.
 */
export class DependencyTexts {
  readonly #values: AdbValues;
  readonly #items = new Map<number, string>();
  readonly #lists = new Map<number, readonly string[]>();
  readonly #sizes = new Map<readonly string[], number>();

  constructor(values: AdbValues) {
    this.#values = values;
  }

  /** The list in a slot of an object. @throws ApkError …_FORMAT */
  list(owner: AdbNode, slot: number): readonly string[] {
    const word = owner.word(slot);
    const known = this.#lists.get(word);
    if (known !== undefined) return known;
    const array = owner.node(slot);
    const items = Array.from({ length: array?.length ?? 0 }, (_, index) => this.#item(array?.word(index + 1) ?? 0));
    this.#lists.set(word, items);
    this.#sizes.set(
      items,
      items.reduce((sum, item) => sum + item.length + 1, 0),
    );
    return items;
  }

  /** Characters of a list that was given out, as a line of text. */
  sizeOf(list: readonly string[]): number {
    return this.#sizes.get(list) ?? 0;
  }

  #item(word: number): string {
    const known = this.#items.get(word);
    if (known !== undefined) return known;
    const node = this.#values.node(word);
    if (node === undefined) throw this.#values.error("a dependency is null");
    const text = formatItem(node);
    this.#items.set(word, text);
    return text;
  }
}

const [equal, less, greater, fuzzy, conflict] = [1, 2, 4, 8, 16];
const everything = equal | less | greater;

/** By the bits of `match` that compare versions. `<` and `>` together compare identities; with `=` they admit all. */
const operators: readonly (string | undefined)[] = [
  ...["=", "=", "<", "<=", ">", ">=", "><", ""],
  ...["~", "~", "<~", "<~", ">~", ">~", undefined, undefined],
];

function formatItem(node: AdbNode): string {
  const name = node.text(1);
  const version = node.text(2);
  const match = node.integer(3) ?? equal;
  const operator = match < 2 * conflict ? operators[match & (everything | fuzzy)] : undefined;
  // A sign or a space in the wrong place would make the text mean another item, or several.
  if (!nameForm.test(name) || !versionForm.test(version) || operator === undefined) {
    return node.refuse(
      `a dependency cannot be written as text: ${JSON.stringify([name, version, match]).slice(0, 200)}`,
    );
  }
  const relation = version === "" || operator === "" ? "" : `${operator}${version}`;
  return `${(match & conflict) === 0 ? "" : "!"}${name}${relation}`;
}

const nameForm = /^[^!@<=>~\p{C}\s][^@<=>~\p{C}\s]*$/u;
const versionForm = /^([^<=>~\p{C}\s][^\p{C}\s]*)?$/u;
