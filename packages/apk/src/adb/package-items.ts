import type { TarEntry } from "@apkmill/archive";
import { compareBytes, requireWithin, type Limits } from "@apkmill/core";
import { createPayloadRules } from "../payload-rules.ts";
import { readTarget } from "./file-target.ts";
import { Owners, type Owner } from "./owner.ts";
import type { AdbNode } from "./values.ts";

/** One thing that a package installs, as its metadata has it. */
export interface AdbItem {
  readonly entry: TarEntry;
  /** Where its content is, and what it must be; undefined for all but regular files. */
  readonly content?: AdbContent;
}

export interface AdbContent {
  /** Slots of the directory and of the file in it, by which the content's block names them. */
  readonly directory: number;
  readonly file: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

export interface ItemsOptions {
  readonly what: string;
  readonly limits: Limits;
  /** Of directories, for which the format has no time. */
  readonly mtime: number;
}

/**
 * The `paths` of a package as one list in the order of a tar: a directory stands before what is in it, also one that is only
 * implied; a hard link behind its target, which in the metadata may come later. Regular files keep their order, in which
 * their contents follow. The root directory itself is left out: it belongs to no package.
 * @throws ApkError APK_FORMAT, APK_UNSAFE_PATH · CoreError LIMIT_EXCEEDED
 */
export function readItems(paths: AdbNode | undefined, options: ItemsOptions): AdbItem[] {
  return paths === undefined ? [] : new ItemList(paths, options).read();
}

/** Slots of `dir` and `file` objects. */
const directorySlots = { name: 1, acl: 2, files: 3 } as const;
const fileSlots = { name: 1, acl: 2, size: 3, mtime: 4, hash: 5, target: 6 } as const;

class ItemList {
  readonly #paths: AdbNode;
  readonly #options: ItemsOptions;
  readonly #owners: Owners;
  readonly #rules: ReturnType<typeof createPayloadRules>;
  readonly #items: AdbItem[] = [];
  readonly #directories = new Set<string>();
  /** Regular files and the hard links to them, by path: the hash of the content. */
  readonly #hashes = new Map<string, string>();
  /** Hard links whose target has not come yet, by target. */
  readonly #waiting = new Map<string, Link[]>();
  #dataBytes = 0;

  constructor(paths: AdbNode, options: ItemsOptions) {
    this.#paths = paths;
    this.#options = options;
    this.#owners = new Owners(paths.values);
    this.#rules = createPayloadRules(options.what);
  }

  read(): AdbItem[] {
    let before: string | undefined;
    let slot = 0;
    for (const directory of this.#paths.objects()) {
      const path = this.#requireLength(directory.text(directorySlots.name));
      this.#requireOrder(before, path, directory);
      this.#addDirectory(path, this.#owners.in(directory, directorySlots.acl, 0o755));
      this.#addFiles(path, directory.node(directorySlots.files), (slot += 1));
      before = path;
    }
    const [lost] = this.#waiting.keys();
    return lost === undefined ? this.#items : this.#paths.refuse(`a hard link leads to ${lost}, which is no file`);
  }

  #addFiles(path: string, files: AdbNode | undefined, directory: number): void {
    let before: string | undefined;
    let slot = 0;
    for (const file of files?.objects() ?? []) {
      const name = this.#requireLength(file.text(fileSlots.name));
      if (name === "" || name.includes("/"))
        file.refuse(`unusable name of a file: ${JSON.stringify(name.slice(0, 60))}`);
      this.#requireOrder(before, name, file);
      this.#addFile(path === "" ? name : `${path}/${name}`, file, { directory, file: (slot += 1) });
      before = name;
    }
  }

  /** Sorted lists have each name once, and parents before their children. */
  #requireOrder(before: string | undefined, name: string, at: AdbNode): void {
    if (before !== undefined && compareBytes(before, name) >= 0) {
      at.refuse(`${JSON.stringify(name.slice(0, 200))} is not in order`);
    }
  }

  #requireLength(path: string): string {
    requireWithin(`${this.#options.what}: length of a path`, path.length, this.#options.limits.pathBytes, "pathBytes");
    return path;
  }

  #addDirectory(path: string, owner: Owner): void {
    if (path === "" || this.#directories.has(path)) return;
    const slash = path.lastIndexOf("/");
    if (slash > 0) this.#addDirectory(path.slice(0, slash), impliedOwner);
    this.#directories.add(path);
    const { mtime } = this.#options;
    this.#add({ entry: { ...plain, path, type: "directory", ...owner, mtime } });
  }

  #addFile(path: string, file: AdbNode, place: { readonly directory: number; readonly file: number }): void {
    const target = readTarget(file, fileSlots.target);
    const owner = this.#owners.in(file, fileSlots.acl, 0o644);
    const entry: TarEntry = { ...plain, path, ...target, ...owner, mtime: file.integer(fileSlots.mtime) ?? 0 };
    if (target.type === "file") this.#addRegular(entry, file, place);
    else if (target.type === "hardlink") this.#addLink({ entry, stated: hashIn(file) });
    else this.#add({ entry });
  }

  #addRegular(entry: TarEntry, file: AdbNode, place: { readonly directory: number; readonly file: number }): void {
    const sizeBytes = file.integer(fileSlots.size) ?? 0;
    const sha256 = hashIn(file) ?? (sizeBytes === 0 ? emptySha256 : file.refuse(`${entry.path} has no SHA-256`));
    this.#dataBytes += sizeBytes;
    requireWithin(
      `${this.#options.what}: size of all files`,
      this.#dataBytes,
      this.#options.limits.dataBytes,
      "dataBytes",
    );
    this.#add({ entry: { ...entry, sizeBytes }, content: { ...place, sha256 } });
    this.#name(entry.path, sha256);
  }

  #addLink(link: Link): void {
    const target = link.entry.linkPath;
    const sha256 = this.#hashes.get(target);
    if (sha256 !== undefined) {
      this.#addName(link, sha256);
      this.#name(link.entry.path, sha256);
    } else {
      const waiting = this.#waiting.get(target);
      if (waiting === undefined) this.#waiting.set(target, [link]);
      else waiting.push(link);
    }
  }

  #addName({ entry, stated }: Link, sha256: string): void {
    if (stated !== undefined && stated !== sha256) this.#paths.refuse(`${entry.path} is not the file that it leads to`);
    this.#add({ entry });
  }

  /** A file has this name now: the links that wait for it can follow, and those that wait for them. */
  #name(path: string, sha256: string): void {
    const names = [path];
    for (const name of names) {
      this.#hashes.set(name, sha256);
      for (const link of this.#waiting.get(name) ?? []) {
        this.#addName(link, sha256);
        names.push(link.entry.path);
      }
      this.#waiting.delete(name);
    }
  }

  #add(item: AdbItem): void {
    const { what, limits } = this.#options;
    requireWithin(`${what}: number of entries`, this.#items.length + 1, limits.entries, "entries");
    this.#rules.require(item.entry);
    this.#items.push(item);
  }
}

/** A hard link, and what the metadata says of its content; it must be that of the target. */
interface Link {
  readonly entry: TarEntry;
  readonly stated: string | undefined;
}

const plain = { sizeBytes: 0, linkPath: "", pax: new Map<string, string>() };
const impliedOwner: Owner = { mode: 0o755, uid: 0, gid: 0, uname: "root", gname: "root", xattrs: new Map() };
const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function hashIn(file: AdbNode): string | undefined {
  const hash = file.blob(fileSlots.hash);
  if (hash === undefined) return undefined;
  return hash.length === 32 ? hash.toString("hex") : file.refuse("the hash of a file is no SHA-256");
}
