/** Makes the list of `key` longer by `value`, in place: a copy for each value would take time by the square of their number. */
export function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
