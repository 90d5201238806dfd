import { constants } from "node:fs";
import { chmod, copyFile, lstat, lutimes, mkdir, readFile, readdir, readlink, symlink, utimes } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  canonicalJson,
  compareBytes,
  digestOf,
  digestOfFile,
  isSystemError,
  reasonOf,
  requireWithin,
  type Digest,
  type Limits,
} from "@apkmill/core";
import { BuildError } from "./build-error.ts";
import { parseIgnoreRules, type IgnoreRules } from "./ignore-rules.ts";

/** The files that a build starts from, as they go into its workspace. */
export interface SourceFiles {
  readonly folder: string;
  /** Sorted by path. */
  readonly files: readonly SourceFile[];
  /** Changes with the name, content, kind or link of any file that a build could depend on. */
  readonly digest: Digest;
}

export type SourceFile =
  | { readonly type: "file"; readonly path: string; readonly executable: boolean }
  | { readonly type: "symlink"; readonly path: string; readonly target: string };

/** No files at all. */
export const noSourceFiles: SourceFiles = { folder: "", files: [], digest: digestOf("") };

/**
 * Lists what `folder` gives to a build: regular files and symbolic links, without what `.melangeignore` names and without
 * `exclude` (absolute paths: our own output must not be its own input). Only the owner's execute bit of a mode counts, as in git, so that a checkout
 * under another umask is the same source.
 * @throws BuildError BUILD_BAD_OPTION; CoreError LIMIT_EXCEEDED
 */
export async function readSourceFiles(
  folder: string,
  { exclude, limits }: { readonly exclude: readonly string[]; readonly limits: Limits },
): Promise<SourceFiles> {
  const rules = parseIgnoreRules(await readFile(join(folder, ".melangeignore"), "utf8").catch(() => ""));
  const excluded = new Set(exclude.map((path) => resolve(path)));
  const files = await listFolder(resolve(folder), "", { rules, excluded, limits, count: { value: 0 } }).catch(
    (cause: unknown) => {
      if (!isSystemError(cause)) throw cause;
      throw new BuildError("BUILD_BAD_OPTION", `cannot read the source folder ${folder}: ${reasonOf(cause)}`, {
        cause,
        hint: "name an existing folder with --source-dir",
        context: { path: folder },
      });
    },
  );
  const sorted = files.sort((a, b) => compareBytes(a.path, b.path));
  return { folder: resolve(folder), files: sorted, digest: await digestFiles(resolve(folder), sorted) };
}

interface Listing {
  readonly rules: IgnoreRules;
  readonly excluded: ReadonlySet<string>;
  readonly limits: Limits;
  readonly count: { value: number };
}

async function listFolder(disk: string, path: string, listing: Listing): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  for (const child of await readdir(disk, { withFileTypes: true })) {
    const childDisk = join(disk, child.name);
    const childPath = path === "" ? child.name : `${path}/${child.name}`;
    if (listing.excluded.has(childDisk) || listing.rules.ignores(childPath, child.isDirectory())) continue;
    requireWithin(`files below ${disk}`, (listing.count.value += 1), listing.limits.sourceFiles, "sourceFiles");
    if (child.isDirectory()) found.push(...(await listFolder(childDisk, childPath, listing)));
    else if (child.isSymbolicLink())
      found.push({ type: "symlink", path: childPath, target: await readlink(childDisk) });
    else if (child.isFile()) found.push(await sourceFile(childDisk, childPath));
  }
  return found;
}

async function sourceFile(disk: string, path: string): Promise<SourceFile> {
  const { mode } = await lstat(disk);
  return { type: "file", path, executable: (mode & 0o100) !== 0 };
}

async function digestFiles(folder: string, files: readonly SourceFile[]): Promise<Digest> {
  const facts = [];
  for (const file of files.filter((each) => !isGitNoise(each.path))) {
    facts.push(file.type === "file" ? { ...file, digest: await digestOfFile(join(folder, file.path)) } : file);
  }
  return digestOf(canonicalJson(facts));
}

/** What git rewrites whenever it looks at a checkout says nothing about the source. */
function isGitNoise(path: string): boolean {
  return /(?:^|\/)\.git\/(?:index|logs\/.*|[A-Z_]+_HEAD|COMMIT_EDITMSG|gc\.log)$/.test(path);
}

/** Copies the files into an existing folder. Modes are 0644 or 0755 and all times `mtime`, whatever they are in the source. */
export async function copySourceFiles(source: SourceFiles, target: string, mtime: number): Promise<void> {
  const made = new Set<string>([target]);
  for (const file of source.files) {
    const to = join(target, file.path);
    await makeFolder(dirname(to), made);
    if (file.type === "symlink") {
      await symlink(file.target, to);
      await lutimes(to, mtime, mtime);
      continue;
    }
    await copyFile(join(source.folder, file.path), to, constants.COPYFILE_FICLONE);
    await chmod(to, file.executable ? 0o755 : 0o644);
    await utimes(to, mtime, mtime);
  }
}

/** With mode 0755 whatever the umask. */
async function makeFolder(path: string, made: Set<string>): Promise<void> {
  if (made.has(path)) return;
  await makeFolder(dirname(path), made);
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
  made.add(path);
}
