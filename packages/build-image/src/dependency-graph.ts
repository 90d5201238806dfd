import { parseDependency, type IndexRecord } from "@apkmill/apk";
import type { Reason } from "@apkmill/core";

/** What is drawn. */
export interface GraphRequest {
  /** The configuration, where the graph begins. */
  readonly root: string;
  /** What was asked for. */
  readonly world: readonly string[];
  /** What was chosen, in install order; none where nothing could be. */
  readonly packages: readonly GraphPackage[];
  /** Why nothing could be chosen. */
  readonly failure?: { readonly message: string; readonly reasons: readonly Reason[] } | undefined;
  /** Draws only the first line to each package. */
  readonly isSpanning: boolean;
}

export interface GraphPackage {
  readonly record: Pick<IndexRecord, "name" | "version" | "description" | "depends" | "provides">;
  /** A page about it. */
  readonly url?: string | undefined;
}

/**
 * The packages of an image and what needs what, as a graph in the language of graphviz, in apko's form (reference apko, appendix C):
 * the configuration, what it asks for, the packages that were chosen, and as rectangles the names that they provide to others. The same
 * request gives the same text.
 */
export function drawDependencies(request: GraphRequest): string {
  const graph = new Graph();
  drawWorld(graph, request);
  drawPackages(graph, request);
  drawProviders(graph, request);
  if (request.failure !== undefined) drawFailure(graph, request.failure);
  return graph.text();
}

type Attributes = Readonly<Record<string, string>>;

/** Nodes and edges in the order in which they were first named. */
class Graph {
  readonly #nodes = new Map<string, Attributes>();
  readonly #edges = new Map<string, string>();

  node(name: string, attributes: Attributes = {}): void {
    this.#nodes.set(name, { ...this.#nodes.get(name), ...attributes });
  }

  edge(from: string, to: string, attributes: Attributes = {}): void {
    this.node(from);
    this.node(to);
    const line = `${quote(from)} -> ${quote(to)}`;
    if (!this.#edges.has(line)) this.#edges.set(line, formatAttributes(attributes));
  }

  text(): string {
    const nodes = [...this.#nodes].map(([name, attributes]) => `${quote(name)}${formatAttributes(attributes)}`);
    const edges = [...this.#edges].map(([line, attributes]) => `${line}${attributes}`);
    return ["digraph images {", ...["rankdir=LR", ...nodes, ...edges].map((line) => `  ${line};`), "}"].join("\n");
  }
}

function drawWorld(graph: Graph, { root, world }: GraphRequest): void {
  graph.node(root);
  for (const wanted of world) {
    graph.edge(root, wanted);
    const { name } = parseDependency(wanted);
    if (name !== wanted) graph.edge(wanted, name);
  }
}

function drawPackages(graph: Graph, { packages, isSpanning }: GraphRequest): void {
  const reached = new Set<string>();
  for (const { record, url } of packages) {
    const { name, version, description } = record;
    graph.node(name, { label: `${name}-${version}`, ...told("tooltip", description), ...told("URL", url ?? "") });
    for (const needed of neededNames(record)) {
      if (needed === name || (isSpanning && reached.has(needed))) continue;
      reached.add(needed);
      graph.edge(name, needed);
    }
  }
}

/** A name that somebody needs and that is not the package's own. */
function drawProviders(graph: Graph, { world, packages, isSpanning }: GraphRequest): void {
  const needed = new Set([
    ...world.map((wanted) => parseDependency(wanted).name),
    ...packages.flatMap(({ record }) => neededNames(record)),
  ]);
  const reached = new Set<string>();
  for (const { record } of packages) {
    for (const provided of new Set(record.provides.map(nameOf))) {
      if (!needed.has(provided) || provided === record.name || (isSpanning && reached.has(record.name))) continue;
      reached.add(record.name);
      graph.node(provided, { shape: "rect" });
      graph.edge(provided, record.name);
    }
  }
}

const failureNode = "❌ error";

function drawFailure(graph: Graph, { message, reasons }: NonNullable<GraphRequest["failure"]>): void {
  graph.node(failureNode, { tooltip: message });
  for (const { constraint, package: label, note, requiredBy, candidates } of reasons) {
    const subject = `❌ ${constraint ?? label ?? message}`;
    graph.edge(failureNode, subject, told("label", note ?? ""));
    for (const requirer of requiredBy) graph.edge(subject, `❌ ${requirer}`, { label: "required by" });
    for (const { version, rejected } of candidates) graph.edge(subject, `❌ ${version}`, { label: rejected });
  }
  if (reasons.length === 0) graph.edge(failureNode, `❌ ${message}`);
}

/** Conflicts are not needed. */
function neededNames({ depends }: GraphPackage["record"]): string[] {
  return depends.filter((text) => !text.startsWith("!")).map(nameOf);
}

function nameOf(dependency: string): string {
  return dependency.replace(/[<>=~@].*$/s, "");
}

function told(key: string, value: string): Attributes {
  return value === "" ? {} : { [key]: value };
}

function formatAttributes(attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${quote(value)}`);
  return pairs.length === 0 ? "" : ` [${pairs.join(", ")}]`;
}

/** In graphviz's quotes; a backslash would begin an escape, and a line break is written as one. */
function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/\r?\n/g, "\\n")}"`;
}
