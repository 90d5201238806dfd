import type { TarEntry } from "@apkmill/archive";
import type { AdbNode, AdbValues } from "./values.ts";

/** Who owns a file or directory, and what may be done with it. */
export type Owner = Pick<TarEntry, "mode" | "uid" | "gid" | "uname" | "gname" | "xattrs">;

/** Slots of an `acl` object. */
const slots = { mode: 1, user: 2, group: 3, xattrs: 4 } as const;

/** A name that the root's accounts do not have is nobody's (apk's rule for v3, which has no numbers). */
const nobody = 65534;

/** Reads owners; most entries share one, which is read once. */
export class Owners {
  readonly #values: AdbValues;
  readonly #known = new Map<number, Owner>();

  constructor(values: AdbValues) {
    this.#values = values;
  }

  /** The owner in a slot of an object; `defaultMode` and root where there is none. @throws ApkError APK_FORMAT */
  in(owned: AdbNode, slot: number, defaultMode: number): Owner {
    const word = owned.word(slot);
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const acl = this.#values.node(word);
    if (acl === undefined) return { ...rootOwner, mode: defaultMode };
    const owner = readOwner(acl);
    this.#known.set(word, owner);
    return owner;
  }
}

const rootOwner = { uid: 0, gid: 0, uname: "root", gname: "root", xattrs: new Map<string, Uint8Array>() };

function readOwner(acl: AdbNode): Owner {
  const uname = nameIn(acl, slots.user);
  const gname = nameIn(acl, slots.group);
  return {
    mode: (acl.integer(slots.mode) ?? 0) & 0o7777,
    uid: uname === "root" ? 0 : nobody,
    gid: gname === "root" ? 0 : nobody,
    uname,
    gname,
    xattrs: readXattrs(acl.node(slots.xattrs)),
  };
}

function nameIn(acl: AdbNode, slot: number): string {
  const name = acl.text(slot);
  if (name === "") return "root";
  return /^[^\p{C}\s:]+$/u.test(name)
    ? name
    : acl.refuse(`unusable name of an owner: ${JSON.stringify(name.slice(0, 60))}`);
}

/** Each is a name, a NUL and the value. */
function readXattrs(list: AdbNode | undefined): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  if (list === undefined) return xattrs;
  for (let slot = 1; slot <= list.length; slot += 1) {
    const bytes = list.blob(slot) ?? Buffer.alloc(0);
    const end = bytes.indexOf(0);
    const name = bytes.toString("utf8", 0, Math.max(0, end));
    if (!/^[!-<>-~]+$/.test(name) || xattrs.has(name)) list.refuse("an extended attribute has no usable name");
    xattrs.set(name, Uint8Array.from(bytes.subarray(end + 1)));
  }
  return xattrs;
}
