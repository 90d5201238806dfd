import type { Change } from "@apkmill/apk";

/** One change as `--json` shows it; `from` is the version that is installed. */
export interface ShownChange {
  readonly kind: Change["kind"];
  readonly name: string;
  readonly version: string;
  readonly from?: string;
  readonly tag?: string;
}

export function showChange(change: Change): ShownChange {
  const { kind } = change;
  const before = change.kind === "install" ? undefined : change.previous;
  const after = change.kind === "remove" || change.kind === "repin" ? change.previous : change.package.record;
  const tag = change.kind === "remove" ? "" : change.tag;
  const from = before === undefined || kind === "remove" ? {} : { from: before.version };
  return { kind, name: after.name, version: after.version, ...from, ...(tag === "" ? {} : { tag }) };
}

/** The changes as apk prints them: `(1/3) Upgrading foo (1-r0 -> 1-r1)`. */
export function changeLines(changes: readonly ShownChange[]): string[] {
  const total = String(changes.length);
  return changes.map((change, index) => {
    const { kind, name, version, from, tag } = change;
    const number = String(index + 1).padStart(total.length);
    const versions = from === undefined || kind === "reinstall" || kind === "repin" ? version : `${from} -> ${version}`;
    return `(${number}/${total}) ${words[kind]} ${name}${tag === undefined ? "" : `@${tag}`} (${versions})`;
  });
}

const words: Readonly<Record<Change["kind"], string>> = {
  install: "Installing",
  upgrade: "Upgrading",
  downgrade: "Downgrading",
  replace: "Replacing",
  reinstall: "Reinstalling",
  repin: "Updating pinning",
  remove: "Purging",
};
