import { readFileWithin } from "@apkmill/core";
import { ImageError } from "./image-error.ts";
import { readAdditions, withAdditions } from "./lock-additions.ts";
import { isHash, readFields, shown, type FieldReader } from "./lock-fields.ts";
import type { ImageLock, LockedImagePackage, LockedMember, LockedRepository } from "./lock-file.ts";

/** Two thousand packages for each of nine architectures, at a kilobyte each, and room. */
const maxLockBytes = 32 * 1024 * 1024;

/** Reads a lock of ours or of apko's. @throws ImageError IMAGE_LOCK_… · CoreError FILE_UNREADABLE, LIMIT_EXCEEDED */
export async function loadLock(path: string): Promise<ImageLock> {
  return parseLock((await readFileWithin(path, maxLockBytes)).toString("utf8"), path);
}

/**
 * Text → lock. Fields that are not known are passed over, as apko does.
 * @throws ImageError IMAGE_LOCK_FORMAT; IMAGE_LOCK_INCOMPLETE for a package without a checksum · CoreError LIMIT_EXCEEDED
 */
export function parseLock(text: string, what = "lock file"): ImageLock {
  const lock = readFields(text, what, readLock);
  const lacking = lock.packages.find(({ checksum }) => checksum === "");
  if (lacking === undefined) return lock;
  throw new ImageError("IMAGE_LOCK_INCOMPLETE", `the locked package ${lacking.name} has no checksum`, {
    hint: "lock again: apko before 0.13 wrote none",
    context: { file: what, package: lacking.name },
  });
}

function readLock(root: unknown, fields: FieldReader): ImageLock {
  if (!fields.object(root, "the lock")) return emptyLock;
  const version = fields.text(fields.at(root, "version"), "version");
  if (version !== "v1" && version !== "")
    fields.add("version", `expected v1, found ${JSON.stringify(version.slice(0, 20))}`);
  const contents = fields.at(root, "contents");
  if (!fields.object(contents, "contents")) return emptyLock;
  const repositories = (key: string): LockedRepository[] =>
    fields.list(fields.at(contents, key), `contents.${key}`, (item, path) => readRepository(item, path, fields));
  const additions = readAdditions(fields.at(root, "apkmill"), fields);
  const packages = fields.list(fields.at(contents, "packages"), "contents.packages", (item, path) =>
    readPackage(item, path, fields),
  );
  return {
    config: readConfig(fields.at(root, "config"), fields),
    keyring: fields.list(fields.at(contents, "keyring"), "contents.keyring", (item, path) => ({
      name: fields.text(fields.at(item, "name"), `${path}.name`),
      url: fields.optionalText(fields.at(item, "url"), `${path}.url`),
      content: fields.optionalText(fields.at(item, "content"), `${path}.content`),
    })),
    buildRepositories: repositories("build_repositories"),
    runtimeRepositories: repositories("runtime_repositories"),
    repositories: repositories("repositories"),
    packages: withAdditions(packages, additions?.packages, fields),
    inputs: additions?.inputs,
    bases: additions?.bases,
  };
}

const emptyLock: ImageLock = {
  keyring: [],
  buildRepositories: [],
  runtimeRepositories: [],
  repositories: [],
  packages: [],
};

function readConfig(value: unknown, fields: FieldReader): ImageLock["config"] {
  if (value === undefined || value === null) return undefined;
  return {
    name: fields.optionalText(fields.at(value, "name"), "config.name"),
    checksum: fields.text(fields.at(value, "checksum"), "config.checksum"),
  };
}

function readRepository(item: unknown, path: string, fields: FieldReader): LockedRepository {
  return {
    name: fields.text(fields.at(item, "name"), `${path}.name`),
    url: fields.text(fields.at(item, "url"), `${path}.url`),
    architecture: fields.text(fields.at(item, "architecture"), `${path}.architecture`),
  };
}

function readPackage(item: unknown, path: string, fields: FieldReader): LockedImagePackage {
  const text = (key: string): string => fields.text(fields.at(item, key), `${path}.${key}`);
  const member = (key: string, hash: string): LockedMember =>
    readMember(fields.at(item, key), `${path}.${key}`, hash, fields);
  const locked = {
    name: text("name"),
    url: text("url"),
    version: text("version"),
    architecture: text("architecture"),
    signature: member("signature", "sha1"),
    control: member("control", "sha1"),
    data: member("data", "sha256"),
    checksum: fields.optionalText(fields.at(item, "checksum"), `${path}.checksum`),
  };
  requirePackage(locked, path, fields);
  return locked;
}

function requirePackage(locked: LockedImagePackage, path: string, fields: FieldReader): void {
  const { name, version, url, checksum, control } = locked;
  for (const [key, value] of Object.entries({ name, version })) {
    if (!/^[\w.+~:@,=-]{1,300}$/.test(value))
      fields.add(`${path}.${key}`, `${shown(value)} cannot be that of a package`);
  }
  if (url === "" || url.length > 4096 || /[\p{Cc}]|\$\{/u.test(url))
    fields.add(`${path}.url`, `${shown(url)} is no address`);
  if (checksum === "") return;
  if (!isHash(checksum, "Q1", 20))
    fields.add(`${path}.checksum`, `expected Q1 and a SHA-1 in base64, found ${shown(checksum)}`);
  else if (control.checksum !== "" && control.checksum !== `sha1-${checksum.slice(2)}`)
    fields.add(`${path}.control.checksum`, "is not that of `checksum`");
}

function readMember(value: unknown, path: string, hash: string, fields: FieldReader): LockedMember {
  const range = fields.optionalText(fields.at(value, "range"), `${path}.range`);
  const checksum = fields.optionalText(fields.at(value, "checksum"), `${path}.checksum`);
  const [, first = "", last = ""] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(range) ?? [];
  if (range !== "" && (first === "" || Number(last) < Number(first)))
    fields.add(`${path}.range`, `expected bytes=FIRST-LAST, found ${shown(range)}`);
  if (checksum !== "" && !isHash(checksum, `${hash}-`, hash === "sha1" ? 20 : 32))
    fields.add(`${path}.checksum`, `expected ${hash}- and base64, found ${shown(checksum)}`);
  return { range, checksum };
}
