import { requireWithin, type Limits } from "@apkmill/core";
import { RootfsError } from "./rootfs-error.ts";

/** Linux's NAME_MAX: a longer name cannot be created. */
const nameBytes = 255;

/** The directory part of a relative path; "" at the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/**
 * {@link parentOf}, as the very string that `before` is where that is it: entries of one directory stand together, and a string that
 * was looked up once is found again without being hashed.
 */
export function parentLike(path: string, before: string): string {
  const slash = path.lastIndexOf("/");
  if (slash === before.length && slash > 0 && path.startsWith(before)) return before;
  return slash < 0 ? "" : path.slice(0, slash);
}

/** The last name of a path. */
export function baseNameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `directory/name`, or `name` at the root. */
export function joinPath(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

/** Every directory above a path, nearest the root first; the root itself is not among them. */
export function ancestorsOf(path: string): string[] {
  const found: string[] = [];
  for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1))
    found.push(path.slice(0, slash));
  return found;
}

/** Adds a path, and every directory above it, to a set that has with each path all above it. */
export function addWithAncestors(paths: Set<string>, path: string): void {
  for (let at = path; at !== "" && !paths.has(at); at = parentOf(at)) paths.add(at);
}

/**
 * True for entries of a data section that apk passes over: their name begins with a dot at the top level. Package metadata
 * (`.PKGINFO`, `.dummy`) is spelled so, and a payload written with `./` prefixes installs nothing.
 */
export function isPassedOver(path: string): boolean {
  return path.startsWith(".");
}

/** True where an image layer would read the name as a deletion (`.wh.` of the OCI image specification, layers). */
export function isWhiteout(path: string): boolean {
  return path.startsWith(".wh.") || path.includes("/.wh.");
}

/**
 * Refuses a path that could leave the root, be read as another, or break a line of the database.
 * @throws RootfsError ROOTFS_UNSAFE_PATH; CoreError LIMIT_EXCEEDED
 */
export function requireSafePath(owner: string, path: string, limits: Limits): void {
  const problem = problemOf(path);
  if (problem !== undefined) throw unsafePath(owner, path, problem);
  // A UTF-16 unit becomes at most three bytes, so that most paths need no counting.
  if (path.length * 3 > limits.pathBytes)
    requireWithin(`bytes of a path in ${owner}`, Buffer.byteLength(path), limits.pathBytes, "pathBytes");
}

/** Refuses the text of a symbolic link that no tool could show or store; where it points to does not matter here. */
export function requireSafeLinkText(owner: string, path: string, text: string, limits: Limits): void {
  if (text === "") throw unsafePath(owner, path, "its link target is empty");
  if (hasControl(text)) throw unsafePath(owner, path, "its link target holds control characters");
  requireWithin(
    `bytes of the link target of ${path} in ${owner}`,
    Buffer.byteLength(text),
    limits.pathBytes,
    "pathBytes",
  );
}

/** The error for a path that is refused, with package and path named. */
export function unsafePath(owner: string, path: string, problem: string): RootfsError {
  const shown = JSON.stringify(path.slice(0, 200));
  return new RootfsError("ROOTFS_UNSAFE_PATH", `cannot lay ${shown} of ${owner}: ${problem}`, {
    hint: "do not install this package: it is malformed or hostile",
    context: { package: owner, path },
  });
}

function problemOf(path: string): string | undefined {
  // One look by an expression that is compiled at once: nearly all paths are short and plain.
  if (path.length <= 85 && !suspicious.test(path)) return undefined;
  if (path === "") return "the path is empty";
  if (path.startsWith("/")) return "the path is absolute";
  if (hasControl(path)) return "the path holds control characters";
  const odd = oddComponent.exec(path)?.[2];
  if (odd !== undefined) return `the path has the component ${JSON.stringify(odd)}`;
  // 85 UTF-16 units are at most 255 bytes: the usual case is decided without encoding.
  const isTooLong = (name: string): boolean => name.length > 85 && Buffer.byteLength(name) > nameBytes;
  return path.length > 85 && path.split("/").some(isTooLong) ? `a name is longer than ${nameBytes} bytes` : undefined;
}

/** Control characters, or what {@link oddComponent} finds: the empty path and the absolute one too. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const suspicious = /[\0-\x1f\x7f]|(?:^|\/)\.{0,2}(?:\/|$)/;

/** An empty, `.` or `..` component. */
const oddComponent = /(^|\/)(\.{0,2})(?=\/|$)/;

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}
