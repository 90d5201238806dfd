import { Discovery, Graph } from "./discovery";
import { Ints, ofLength } from "./ints";
import { Lists } from "./lists";
import { Visit } from "./visit";

/**
 * What can a world reach, and in which order are its names decided? (A10.4) Every name that some choice could lead to is
 * visited once, depth first. The stack is explicit: chains of dependencies are long, and hostile ones longer.
 *
 * One instance makes one discovery: the columns that it reads are put in, then names asked, then roots visited.
 */

const columns: Ints[] = [];
let discovery: Discovery | null = null;
/** Visits are used again: not all of them are under way. */
const stack: Visit[] = [];

/** Makes room for the next column; returns the address at which it is to be written. */
export function putColumn(length: i32): usize {
  const column = ofLength(length);
  columns.push(column);
  return column.start;
}

/** After twelve columns: owners and places of entries, then for each of the lists of a {@link Graph}, where they begin and what they hold. */
export function openDiscovery(): void {
  const graph = new Graph(listsAt(2), listsAt(4), listsAt(6), listsAt(8), listsAt(10), columns[0], columns[1]);
  discovery = new Discovery(graph);
}

function listsAt(column: i32): Lists {
  return new Lists(columns[column], columns[column + 1]);
}

/** The name was asked for by itself. */
export function ask(name: i32): void {
  discovery!.asked.set(name);
}

/** Visits all that a name leads to. */
export function visit(root: i32): void {
  if (discovery!.names.has(root)) return;
  let depth = 0;
  openVisit(depth, root);
  while (depth >= 0) {
    const next = stack[depth].next();
    if (next < 0) depth -= 1;
    else openVisit((depth += 1), next);
  }
}

function openVisit(depth: i32, name: i32): void {
  if (depth == stack.length) stack.push(new Visit(discovery!));
  stack[depth].open(name);
}

/** Where a byte for each name says whether it was visited. */
export function discoveredNames(): usize {
  return discovery!.names.start;
}

/** Where a byte for each package says whether a name that it provides was visited. */
export function discoveredPackages(): usize {
  return discovery!.packages.start;
}

/** Where the order id of each name stands. */
export function orderIds(): usize {
  return discovery!.orderIds.start;
}
