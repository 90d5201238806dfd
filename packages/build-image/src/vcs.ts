import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** `url@revision` of a checkout, as `vcs-url` of a configuration has it. */
export interface VcsRevision {
  readonly url: string;
  readonly revision: string;
}

/** Splits `url@revision` at the first `@` behind the user, as apko does; undefined when one of the two is missing. */
export function parseVcsUrl(text: string): VcsRevision | undefined {
  const [, url, revision] = /^([^@]+)@([^]+)$/.exec(httpForm(text)) ?? [];
  return url === undefined || revision === undefined ? undefined : { url, revision };
}

/** The annotations by which registries show where an image comes from. */
export function vcsAnnotations(vcs: VcsRevision | undefined): Record<string, string> {
  if (vcs === undefined) return {};
  return { "org.opencontainers.image.source": vcs.url, "org.opencontainers.image.revision": vcs.revision };
}

/**
 * The git checkout that holds a file: the address of its `origin` and the commit of its HEAD, read from its own files, so
 * that no program and no configuration of the user has a say. Folders above `top` are not looked at. Undefined when there
 * is none, or it has no origin or no commit.
 */
export async function probeVcs(file: string, top: string): Promise<VcsRevision | undefined> {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const git = await gitFolder(folder);
    if (git !== undefined) return readCheckout(git);
    if (folder === resolve(top) || folder === dirname(folder)) return undefined;
  }
}

/** `.git`, or where the `.git` file of a worktree or submodule points. */
async function gitFolder(folder: string): Promise<string | undefined> {
  const path = join(folder, ".git");
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return found && path;
  const target = /^gitdir: (.+)$/m.exec(await text(path))?.[1];
  return target === undefined ? undefined : resolve(folder, target);
}

async function readCheckout(git: string): Promise<VcsRevision | undefined> {
  const common = resolve(git, (await text(join(git, "commondir"))).trim());
  const origin = originOf(await text(join(common, "config")));
  const revision = await revisionOf(git, common);
  return origin === undefined || revision === undefined ? undefined : { url: httpForm(origin), revision };
}

function originOf(config: string): string | undefined {
  const section = /^\[remote "origin"\]\s*$((?:\n(?!\[).*)*)/m.exec(config)?.[1] ?? "";
  return /^\s*url\s*=\s*(\S+)\s*$/m.exec(section)?.[1];
}

async function revisionOf(git: string, common: string): Promise<string | undefined> {
  const head = (await text(join(git, "HEAD"))).trim();
  const ref = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
  if (ref === undefined) return commit(head);
  const packed = (await text(join(common, "packed-refs"))).split("\n").find((line) => line.endsWith(` ${ref}`));
  return commit((await text(join(common, ref))).trim()) ?? commit(packed?.split(" ")[0] ?? "");
}

function commit(line: string): string | undefined {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(line) ? line : undefined;
}

/** `git@host:path` is no URL: it becomes `git+ssh://host/path`. */
function httpForm(origin: string): string {
  const [, host, path] = /^(?:[^@/:]+@)?([^/:]+):(?!\/\/)(.+)$/.exec(origin) ?? [];
  return host === undefined ? withoutUser(origin) : `git+ssh://${host}/${path ?? ""}`;
}

function withoutUser(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
}

async function text(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
