import { ApkError } from "../apk-error.ts";
import type { Items } from "./catalog.ts";
import { groupByKey, type IntLists } from "./lists.ts";
import { tableOrder } from "./table-order.ts";
import type { NameTable } from "./name-table.ts";

/**
 * Whose install_if asks for a name? By name: the names of which some provider has it among its conditions, in the order of
 * apk's table, each once.
 *
 * Contract: one walk over the names in the order of that table, so that no list needs sorting. A package is met once for each
 * name that it provides; how often its items are looked at in all is bounded.
 */

/** A thousand times the conditions of a whole distribution; more is an attempt to run us out of memory. */
const mostLinks = 20_000_000;

interface Connections {
  readonly entries: Items;
  readonly providers: IntLists;
  readonly items: Items;
  readonly names: NameTable;
}

/** @throws ApkError APK_RESOLVE_LIMIT */
export function linkNames(connections: Connections): IntLists {
  const pairs = pairsOf(connections, countLinks(connections));
  const { first, values } = groupByKey(pairs.wanted, connections.names.size);
  for (let at = 0; at < values.length; at += 1) values[at] = pairs.dependant[values[at] ?? 0] ?? 0;
  return { first, values };
}

/** Every pair of a wanted name and a dependant once, by dependants in the order of apk's table; `most` is a bound of their number. */
function pairsOf(
  { entries, providers, items, names }: Connections,
  most: number,
): { readonly wanted: Int32Array; readonly dependant: Int32Array } {
  const pairs = { wanted: new Int32Array(most), dependant: new Int32Array(most) };
  let length = 0;
  // By wanted name: the last dependant that was found, plus one.
  const last = new Int32Array(names.size);
  for (const dependant of tableOrder(names)) {
    const to = providers.first[dependant + 1] ?? 0;
    for (let at = providers.first[dependant] ?? 0; at < to; at += 1) {
      const provider = entries.package[providers.values[at] ?? 0] ?? 0;
      const end = items.first[provider + 1] ?? 0;
      for (let item = items.first[provider] ?? 0; item < end; item += 1) {
        const wanted = items.name[item] ?? 0;
        if (last[wanted] === dependant + 1) continue;
        last[wanted] = dependant + 1;
        pairs.wanted[length] = wanted;
        pairs.dependant[length] = dependant;
        length += 1;
      }
    }
  }
  return { wanted: pairs.wanted.subarray(0, length), dependant: pairs.dependant };
}

/** How often a walk meets an item: a bound of the number of pairs. */
function countLinks({ entries, items }: Connections): number {
  let links = 0;
  for (let number = 0; number + 1 < items.first.length; number += 1) {
    const provided = (entries.first[number + 1] ?? 0) - (entries.first[number] ?? 0);
    links += provided * ((items.first[number + 1] ?? 0) - (items.first[number] ?? 0));
  }
  if (links <= mostLinks) return links;
  throw new ApkError("APK_RESOLVE_LIMIT", `the indexes connect their packages in more than ${mostLinks} ways`, {
    hint: "an index like this is broken or hostile; leave its repository out",
  });
}
