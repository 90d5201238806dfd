import { parseDependency, type IndexRecord } from "@apkmill/apk";
import type { Reason } from "@apkmill/core";
import { DotGraph, firstLines, type Attributes, type Edge } from "./dot-graph.ts";

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
  /** Draws only the first line to each package, and of the names between them only those on such a way. */
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
  const graph = new DotGraph();
  drawWorld(graph, request);
  drawPackages(graph, request);
  drawProviders(graph, request);
  if (request.isSpanning && request.packages.length > 0) keepSpanningTree(graph, request);
  if (request.failure !== undefined) drawFailure(graph, request.failure);
  return graph.text();
}

function drawWorld(graph: DotGraph, { root, world }: GraphRequest): void {
  graph.node(root);
  for (const wanted of world.filter(isNeed)) {
    graph.edge(root, wanted);
    const { name } = parseDependency(wanted);
    if (name !== wanted) graph.edge(wanted, name);
  }
}

function drawPackages(graph: DotGraph, { packages }: GraphRequest): void {
  for (const { record, url } of packages) {
    const { name, version, description } = record;
    graph.node(name, { label: `${name}-${version}`, ...told("tooltip", description), ...told("URL", url ?? "") });
    for (const needed of neededNames(record)) if (needed !== name) graph.edge(name, needed);
  }
}

/** A name that somebody needs and that is not the package's own. */
function drawProviders(graph: DotGraph, { world, packages }: GraphRequest): void {
  const needed = new Set([
    ...world.filter(isNeed).map((wanted) => parseDependency(wanted).name),
    ...packages.flatMap(({ record }) => neededNames(record)),
  ]);
  for (const { record } of packages) {
    for (const provided of new Set(record.provides.map(nameOf))) {
      if (!needed.has(provided) || provided === record.name) continue;
      graph.node(provided, { shape: "rect" });
      graph.edge(provided, record.name);
    }
  }
}

/**
 * Leaves one line to each package: the first that a walk meets, nearest first, from the configuration, and then from what nothing that
 * it asks for needs, such as a package that comes along with others. What leads to no package on these ways is left out.
 */
function keepSpanningTree(graph: DotGraph, { root, packages }: GraphRequest): void {
  const names = packages.map(({ record }) => record.name);
  // What is installed last is needed by none of those before it.
  const lines = firstLines(graph, [root, ...names.toReversed()]);
  const [nodes, edges] = [new Set([root]), new Set<Edge>()];
  for (const name of names) {
    for (let at: string | undefined = name; at !== undefined && !nodes.has(at);) {
      nodes.add(at);
      const line = lines.get(at);
      if (line !== undefined) edges.add(line);
      at = line?.from;
    }
  }
  graph.keep(nodes, edges);
}

const failureNode = "❌ error";

function drawFailure(graph: DotGraph, { message, reasons }: NonNullable<GraphRequest["failure"]>): void {
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
  return depends.filter(isNeed).map(nameOf);
}

function isNeed(dependency: string): boolean {
  return !dependency.startsWith("!");
}

function nameOf(dependency: string): string {
  return dependency.replace(/[<>=~@].*$/s, "");
}

function told(key: string, value: string): Attributes {
  return value === "" ? {} : { [key]: value };
}
