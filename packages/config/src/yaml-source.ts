import {
  Composer,
  Lexer,
  LineCounter,
  Parser,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  visit,
  type CST,
  type Document,
  type Node,
} from "yaml";
import type { Limits } from "@apkmill/core";
import type { Place, TextPlace } from "./place.ts";
import type { Problems } from "./problems.ts";

/**
 * The first YAML document of a text, with positions. Scalars keep their spelling (the failsafe schema types nothing): a
 * version `1.10` stays "1.10". What a scalar means is the decoder's affair. What follows a `---` is not looked at, as melange and apko do.
 */
export interface YamlSource {
  readonly file: string;
  readonly root: Node;
  readonly placeOf: (node: Node) => Place;
  /** The node's place with its spelling. */
  readonly textPlaceOf: (node: Node) => TextPlace;
  /** The node that an alias stands for; any other node itself. Undefined: no such anchor, or the alias is within what it names. */
  readonly resolve: (node: Node) => Node | undefined;
  readonly depthLimit: number;
}

/** Reads `text`; undefined when it is no YAML, which is then among the problems. */
export function parseYaml(file: string, text: string, limits: Limits, problems: Problems): YamlSource | undefined {
  const start: Place = { file, line: 1, column: 1 };
  if (Buffer.byteLength(text) > limits.configBytes) {
    problems.add(
      "CONFIG_LIMIT",
      start,
      `${file} has more than ${String(limits.configBytes)} bytes`,
      "split the file, or raise the limit with --limit config-bytes=…",
    );
    return undefined;
  }
  if (hasMoreTokens(text, limits.configTokens)) {
    problems.add(
      "CONFIG_LIMIT",
      start,
      `${file} has more than ${String(limits.configTokens)} words and signs`,
      "split the file, or raise the limit with --limit config-tokens=…",
    );
    return undefined;
  }
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const document = composeFirst(text, lines, limits, (offset) => {
    const hint = "flatten the file: such nesting is a mistake or an attack";
    problems.add("CONFIG_LIMIT", placeAt(offset), `nested deeper than ${String(limits.depth)} levels`, hint);
  });
  if (document === "too deep") return undefined;
  // What follows a first mistake is mostly noise.
  for (const error of document?.errors.slice(0, 1) ?? []) {
    problems.add(
      "CONFIG_SYNTAX",
      placeAt(error.pos[0]),
      `cannot read YAML: ${firstLine(error.message)}`,
      /[@`]/.test(text.charAt(error.pos[0]))
        ? "put the text into quotes: none can begin with this sign"
        : "correct the YAML at this position",
    );
  }
  if ((document?.errors.length ?? 0) > 0) return undefined;
  const isMarked = document?.directives?.docStart === true;
  if (document?.contents == null || (isEmptyScalar(document.contents) && !isMarked)) {
    problems.add("CONFIG_EMPTY", start, `${file} holds no configuration`, "write at least one key");
    return undefined;
  }
  if (/\S/.test(text.slice(text.lastIndexOf("\n") + 1))) dropAddedBreak(document.contents, text.length);
  const targets = aliasTargets(document);
  const placeOf = (node: Node): Place => placeAt(node.range?.[0] ?? 0);
  return {
    file,
    root: document.contents,
    depthLimit: limits.depth,
    placeOf,
    textPlaceOf: (node) => ({ ...placeOf(node), spelling: node.range ? text.slice(node.range[0], node.range[1]) : "" }),
    resolve: (node) => (isAlias(node) ? targets.get(node) : node),
  };
}

/** Counted before anything is made of them; a text that is shorter has fewer. */
function hasMoreTokens(text: string, most: number): boolean {
  if (text.length <= most) return false;
  const tokens = new Lexer().lex(text);
  for (let count = 0; tokens.next().done !== true; count += 1) if (count >= most) return true;
  return false;
}

/** The first document, composed only when its nesting is within the limit: composing recurses. */
function composeFirst(
  text: string,
  lines: LineCounter,
  limits: Limits,
  tooDeep: (offset: number) => void,
): Document | "too deep" | undefined {
  const composer = new Composer({ schema: "failsafe", uniqueKeys: false, logLevel: "silent" });
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    const deep = token.type === "document" ? deepestBeyond(token, limits.depth) : undefined;
    if (deep !== undefined) {
      tooDeep(deep);
      return "too deep";
    }
    for (const document of composer.next(token)) return document;
  }
  for (const document of composer.end()) return document;
  return undefined;
}

/** The offset of a collection nested beyond `limit`. Walks with a list of its own, as the input decides the depth. */
function deepestBeyond(document: CST.Document, limit: number): number | undefined {
  const pending: { token: CST.Token | null | undefined; depth: number }[] = [{ token: document.value, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next;
    if (token == null || !("items" in token)) continue;
    if (depth > limit) return token.offset;
    for (const item of token.items) {
      pending.push({ token: item.key, depth: depth + 1 }, { token: item.value, depth: depth + 1 });
    }
  }
  return undefined;
}

/** A block text that the file ends in without a line break has none either, as YAML says (8.1.1.2); the parser adds one. */
function dropAddedBreak(root: Node, end: number): void {
  let last: Node | null | undefined = root;
  while (isCollection(last)) {
    const item: unknown = last.items.at(-1);
    last = (isPair(item) ? item.value : item) as Node | null | undefined;
  }
  if (!isScalar<string>(last) || !last.type?.startsWith("BLOCK") || (last.range?.[1] ?? 0) < end) return;
  last.value = last.source = last.value.replace(/\n$/, "");
}

/** An alias stands for the last node before it that carries its anchor. */
function aliasTargets(document: Document): ReadonlyMap<Node, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        // A node that is still open when its alias comes would contain itself.
        if (target !== undefined && !contains(target, node)) targets.set(node, target);
      } else if (node.anchor !== undefined) {
        anchors.set(node.anchor, node);
      }
    },
  });
  return targets;
}

function contains(outer: Node, inner: Node): boolean {
  return (outer.range?.[1] ?? 0) > (inner.range?.[0] ?? 0);
}

function isEmptyScalar(node: Node): boolean {
  return isScalar(node) && !isMap(node) && node.source === "" && node.type === "PLAIN";
}

function firstLine(message: string): string {
  const line = message.split("\n", 1)[0] ?? message;
  return line.replace(/ at line \d+, column \d+:?$/, "").replace(/^./, (letter) => letter.toLowerCase());
}
