export type Attributes = Readonly<Record<string, string>>;

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly attributes: Attributes;
}

/** A graph in the language of graphviz: nodes and edges in the order in which they were first named. */
export class DotGraph {
  readonly #nodes = new Map<string, Attributes>();
  readonly #edges = new Map<string, Edge>();

  node(name: string, attributes: Attributes = {}): void {
    this.#nodes.set(name, { ...this.#nodes.get(name), ...attributes });
  }

  edge(from: string, to: string, attributes: Attributes = {}): void {
    this.node(from);
    this.node(to);
    const line = `${quote(from)} -> ${quote(to)}`;
    if (!this.#edges.has(line)) this.#edges.set(line, { from, to, attributes });
  }

  edges(): Iterable<Edge> {
    return this.#edges.values();
  }

  /** Leaves out all other nodes and edges. */
  keep(nodes: ReadonlySet<string>, edges: ReadonlySet<Edge>): void {
    for (const name of this.#nodes.keys()) if (!nodes.has(name)) this.#nodes.delete(name);
    for (const [line, edge] of this.#edges) if (!edges.has(edge)) this.#edges.delete(line);
  }

  text(): string {
    const nodes = [...this.#nodes].map(([name, attributes]) => `${quote(name)}${formatAttributes(attributes)}`);
    const edges = [...this.#edges].map(([line, { attributes }]) => `${line}${formatAttributes(attributes)}`);
    return ["digraph images {", ...["rankdir=LR", ...nodes, ...edges].map((line) => `  ${line};`), "}"].join("\n");
  }
}

/** The line by which a walk, breadth first, comes to each node; none to those of `starts` where it has to begin. */
export function firstLines(graph: DotGraph, starts: readonly string[]): Map<string, Edge> {
  const leaving = Map.groupBy(graph.edges(), ({ from }) => from);
  const [seen, lines] = [new Set<string>(), new Map<string, Edge>()];
  for (const start of starts) {
    const queue = seen.has(start) ? [] : [start];
    seen.add(start);
    for (const at of queue) {
      for (const edge of leaving.get(at) ?? []) {
        if (seen.has(edge.to)) continue;
        seen.add(edge.to);
        lines.set(edge.to, edge);
        queue.push(edge.to);
      }
    }
  }
  return lines;
}

function formatAttributes(attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${quote(value)}`);
  return pairs.length === 0 ? "" : ` [${pairs.join(", ")}]`;
}

/**
 * In graphviz's quotes; a backslash would begin an escape, and a line break is written as one. All other control characters are shown
 * by their number, as for a terminal: the text of a package must not drive it.
 */
function quote(text: string): string {
  const shown = text.replace(/\r?\n|[\p{Cc}\p{Cf}]/gu, (found) =>
    found.endsWith("\n") ? "\n" : `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${shown.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
