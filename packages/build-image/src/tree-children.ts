import { baseNameOf, parentOf } from "@apkmill/rootfs";

/** The names in each directory, in no order. */
export type Children = Map<string, Set<string>>;

/** The children of all directories above these paths. */
export function childrenOf(paths: Iterable<string>): Children {
  const children: Children = new Map();
  for (const path of paths) addChild(children, path);
  return children;
}

/** Adds a path under its parent. */
export function addChild(children: Children, path: string): void {
  const parent = parentOf(path);
  const names = children.get(parent);
  if (names === undefined) children.set(parent, new Set([baseNameOf(path)]));
  else names.add(baseNameOf(path));
}
