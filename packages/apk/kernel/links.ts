import { Ints, zeros } from "./ints";
import { Items } from "./items";
import { groupByKey, Lists } from "./lists";
import { Names } from "./names";

/**
 * Whose install_if asks for a name? By name: the names of which some provider has it among its conditions, in the order of
 * apk's table, each once.
 *
 * Contract: one walk over the names in the order of that table, so that no list needs sorting. A package is met once for each
 * name that it provides; `most` is how often its items are looked at in all.
 */
export function linkNames(entries: Items, providers: Lists, items: Items, names: Names, most: i32): Lists {
  // Room for all, so that nothing grows: what is not used of it takes no memory.
  const wanted = new Ints(most);
  const dependants = new Ints(most);
  // By wanted name: the last dependant that was found, plus one.
  const last = zeros(names.size);
  const order = tableOrder(names);
  for (let place = 0; place < order.length; place += 1) {
    const dependant = order.get(place);
    const to = providers.begin(dependant + 1);
    for (let at = providers.begin(dependant); at < to; at += 1) {
      const provider = entries.owner.get(providers.value(at));
      const end = items.first.get(provider + 1);
      for (let item = items.first.get(provider); item < end; item += 1) {
        const name = items.name.get(item);
        if (last.get(name) == dependant + 1) continue;
        last.set(name, dependant + 1);
        wanted.push(name);
        dependants.push(dependant);
      }
    }
  }
  const links = groupByKey(wanted, names.size);
  for (let at = 0; at < links.values.length; at += 1) links.values.set(at, dependants.get(links.value(at)));
  return links;
}

/** How often a walk meets an item. */
export function countLinks(entries: Items, items: Items): i64 {
  let links: i64 = 0;
  for (let number = 0; number + 1 < items.first.length; number += 1) {
    const provided = entries.first.get(number + 1) - entries.first.get(number);
    links += (provided as i64) * (items.first.get(number + 1) - items.first.get(number));
  }
  return links;
}

/** The number of lists in apk's table of names. */
const buckets: u32 = 20_000;

/** All names in the order in which apk walks its table (A10.8): bucket by bucket, and in a bucket from the newest to the oldest. */
function tableOrder(names: Names): Ints {
  // Names are filed newest first: index 0 here is the newest.
  const newest = names.size - 1;
  const bucketOf = new Ints(names.size);
  for (let number = newest; number >= 0; number -= 1) bucketOf.push(names.hashOf(number) % buckets);
  const order = groupByKey(bucketOf, buckets).values;
  for (let place = 0; place < order.length; place += 1) order.set(place, newest - order.get(place));
  return order;
}
