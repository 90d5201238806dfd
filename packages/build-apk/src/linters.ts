import { createHash } from "node:crypto";
import { baseOf, folderOf, type PackageTree, type TreeEntry } from "./package-tree.ts";
import { streamContent } from "./read-tree.ts";

/** A package as linters see it. */
export interface LintSubject {
  readonly tree: PackageTree;
  /** Names of the pipelines that the package's tests use, `test/ldd-check`. */
  readonly testPipelines: ReadonlySet<string>;
}

/** One thing to look for. The names, the levels and the exceptions by package name are melange's (reference melange §6). */
export interface Linter {
  readonly level: "required" | "warn" | "off";
  /** What to do about it, as an imperative. */
  readonly advice: string;
  /** What is wrong, to follow the package's name, and where; undefined when nothing is. */
  readonly check: (subject: LintSubject) => Found | Promise<Found>;
}

type Found = readonly [what: string, where: readonly string[]] | undefined;

export const linters: Readonly<Record<string, Linter>> = {
  binaryarch: warns("build for x86_64 or aarch64", "contains programs for an unknown architecture", ({ file }) =>
    file?.elf === undefined ? false : ![62, 183].includes(file.elf.machine),
  ),
  cudaruntimelib: warns("depend on the CUDA runtime instead", "contains the CUDA runtime library", ({ path }) =>
    /^lib(?:cudart|cublas|cudnn|cufft|curand|cusolver|cusparse|nvrtc)[^/]*\.so/.test(baseOf(path)),
  ),
  dev: requires(
    "create devices at run time",
    "contains files below /dev",
    (entry) => under(entry, "dev") && !isFolder(entry),
  ),
  dll: warns("remove Windows libraries", "contains Windows libraries", ({ path }) => path.endsWith(".dll"), "-dev"),
  documentation: {
    level: "off",
    advice: "split documentation into a -doc package",
    check: unless(
      ["-doc"],
      listing("contains documentation", ({ path }) => /(?:^|\/)README|\.(?:md|rst|adoc)$/i.test(path)),
    ),
  },
  duplicate: { level: "warn", advice: "make one a link to the other", check: duplicates },
  dylib: warns("remove macOS libraries", "contains macOS libraries", ({ path }) => path.endsWith(".dylib"), "-dev"),
  empty: {
    level: "off",
    advice: "remove the package, or list empty under checks.disabled",
    check: ({ tree }) => (tree.entries.some((entry) => !isFolder(entry)) ? undefined : ["has no files", []]),
  },
  infodir: requires("remove the directory of info pages", "contains the index of info pages", ({ path }) =>
    /^usr\/share\/info\/dir(?:\/|$)/.test(path),
  ),
  "libtool/la-files": requires(
    "remove libtool's files",
    "contains libtool files",
    (entry) => isFile(entry) && entry.path.endsWith(".la"),
  ),
  lddcheck: {
    level: "warn",
    advice: "use test/ldd-check in a test",
    check: untested(
      ["test/ldd-check", "test/tw/ldd-check"],
      "contains shared objects but test/ldd-check is not configured",
      (entry) => !isFolder(entry) && /\.so(?:\.[0-9.]+)?$/.test(entry.path),
    ),
  },
  maninfo: {
    level: "warn",
    advice: "split the pages into a -doc package",
    check: unless(
      ["-doc"],
      counting(
        (count) =>
          `contains ${String(count)} man/info ${count === 1 ? "file" : "files"} but is not a documentation package`,
        (entry) => !isFolder(entry) && /^usr\/(?:local\/)?share\/(?:man\/man[^/]*|info)\//.test(entry.path),
      ),
    ),
  },
  nonlinux: {
    level: "warn",
    advice: "remove what is for other systems",
    check: counting(
      (count) => `contains ${String(count)} non-Linux reference(s)`,
      (entry) => !isFolder(entry) && /(?:^|[^a-z])(?:darwin|macos|osx|win32|windows)(?![a-z])/i.test(entry.path),
    ),
  },
  object: warns("remove object files", "contains object files", (entry) => isFile(entry) && entry.path.endsWith(".o")),
  opt: warns("install below /usr", "contains files below /opt", (entry) => under(entry, "opt"), "-compat"),
  pkgconf: {
    level: "warn",
    advice: "use test/pkgconf in a test",
    check: untested(
      ["test/pkgconf"],
      "contains pkgconfig files but test/pkgconf is not configured",
      (entry) => !isFolder(entry) && entry.path.endsWith(".pc"),
    ),
  },
  "python/docs": warns("remove top-level docs", "contains a Python module named docs", (entry) =>
    /\/python[0-9.]+\/site-packages\/docs?\//.test(`${entry.path}/`),
  ),
  "python/multiple": {
    level: "warn",
    advice: "split the modules into packages",
    check: pythonModules(({ names }) => (names.length > 1 ? ["contains several Python modules", names] : undefined)),
  },
  "python/test": warns("remove top-level tests", "contains a Python module named test", (entry) =>
    /\/python[0-9.]+\/site-packages\/tests?\//.test(`${entry.path}/`),
  ),
  sbom: warns(
    "remove the file",
    "contains a file among the SBOMs that is none",
    (entry) => under(entry, "var/lib/db/sbom") && !isFolder(entry) && !entry.path.endsWith(".spdx.json"),
  ),
  setuidgid: requires(
    "remove the bits, or give the program capabilities with setcap",
    "contains setuid, setgid or sticky files",
    (entry) => isFile(entry) && (entry.mode & 0o7000) !== 0,
  ),
  srv: warns("leave /srv to the administrator", "contains files below /srv", (entry) => under(entry, "srv"), "-compat"),
  staticarchive: warns(
    "split static libraries into a -dev or -static package",
    "contains static libraries",
    (entry) => isFile(entry) && entry.path.endsWith(".a"),
    "-dev",
    "-static",
  ),
  strip: warns(
    "use the strip pipeline",
    "contains programs with debugging sections",
    (entry) =>
      isFile(entry) && entry.file?.elf?.sections.some((name) => name === ".debug" || name === ".zdebug") === true,
  ),
  tempdir: {
    level: "required",
    advice: "create what is needed at run time with a tmpfiles.d snippet",
    check: temporary,
  },
  unsupportedarch: warns(
    "remove what is for other architectures",
    "contains files for unsupported architectures",
    (entry) =>
      !isFolder(entry) &&
      /(?:^|[^a-z0-9])(?:ppc64le|s390x|riscv64|mips64|armv7l?|i[36]86)(?![a-z0-9])/i.test(entry.path),
  ),
  usrlocal: warns(
    "install below /usr",
    "contains files below /usr/local",
    (entry) => under(entry, "usr/local"),
    "-compat",
  ),
  usrmerge: requires(
    "install below /usr/bin and /usr/lib",
    "contains files in the folders that /usr has taken over",
    (entry) =>
      ["sbin", "bin", "usr/sbin", "lib", "lib64"].some((folder) => under(entry, folder) || entry.path === folder),
  ),
  varempty: requires("leave /var/empty empty", "contains files in /var/empty", (entry) => under(entry, "var/empty")),
  worldwrite: requires(
    "take the permission away",
    "contains files that everybody may write",
    (entry) => isFile(entry) && (entry.mode & 0o002) !== 0,
  ),
};

const isFile = (entry: TreeEntry): boolean => entry.type === "file" || entry.type === "hardlink";
const isFolder = (entry: TreeEntry): boolean => entry.type === "directory";
const under = (entry: TreeEntry, folder: string): boolean => entry.path.startsWith(`${folder}/`);

type Check = (subject: LintSubject) => Found;
type Test = (entry: TreeEntry) => boolean;

function requires(advice: string, what: string, test: Test): Linter {
  return { level: "required", advice, check: listing(what, test) };
}

function warns(advice: string, what: string, test: Test, ...exempt: readonly string[]): Linter {
  return { level: "warn", advice, check: unless(exempt, listing(what, test)) };
}

function listing(what: string, test: Test): Check {
  return counting(() => what, test);
}

function counting(what: (count: number) => string, test: Test): Check {
  return ({ tree }) => {
    const found = tree.entries.filter(test).map((entry) => entry.path);
    return found.length === 0 ? undefined : [what(found.length), found];
  };
}

/** Not for packages whose name ends so. */
function unless(endings: readonly string[], check: Check): Check {
  return (subject) =>
    endings.some((ending) => subject.tree.packageName.endsWith(ending)) ? undefined : check(subject);
}

function untested(pipelines: readonly string[], what: string, test: Test): Check {
  return (subject) =>
    pipelines.some((pipeline) => subject.testPipelines.has(pipeline)) ? undefined : listing(what, test)(subject);
}

/** Files of one name and one content. Small ones and licences may well be the same. */
async function duplicates({ tree }: LintSubject): Promise<Found> {
  const alike = Map.groupBy(
    tree.entries.filter((entry) => entry.file !== undefined && entry.sizeBytes >= 1024 && !isLicence(entry)),
    (entry) => `${String(entry.sizeBytes)} ${baseOf(entry.path)}`,
  );
  const found: string[] = [];
  for (const entries of [...alike.values()].filter((group) => group.length > 1)) {
    const first = new Map<string, string>();
    for (const entry of entries) {
      const sha256 = await hashOf(entry);
      const other = first.get(sha256);
      if (other === undefined) first.set(sha256, entry.path);
      else found.push(`${entry.path} is ${other}`);
    }
  }
  return found.length === 0 ? undefined : ["contains the same file more than once", found];
}

const isLicence = (entry: TreeEntry): boolean => /licen[cs]e|copying|notice/i.test(baseOf(entry.path));

async function hashOf(entry: TreeEntry): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of streamContent(entry)) hash.update(chunk);
  return hash.digest("hex");
}

/** Folders of temporary files; directories are accepted where a tmpfiles.d snippet says that they are wanted. */
function temporary({ tree }: LintSubject): Found {
  const declared = tree.entries.some((entry) => folderOf(entry.path) === "usr/lib/tmpfiles.d");
  const found = tree.entries
    .filter((entry) => ["tmp", "var/tmp", "run", "var/run"].some((folder) => under(entry, folder)))
    .filter((entry) => !isFolder(entry) || !declared)
    .map((entry) => entry.path);
  return found.length === 0 ? undefined : ["contains files in temporary folders", found];
}

function pythonModules(judge: (found: { names: readonly string[] }) => Found): Check {
  return ({ tree }) => {
    const names = tree.entries.flatMap(({ path, type }) => {
      const name = /^usr\/lib\/python[0-9.]+\/site-packages\/([^/]+)$/.exec(path)?.[1];
      return name === undefined || type !== "directory" || !isModule(name) ? [] : [name];
    });
    return judge({ names });
  };
}

/** Metadata, caches and private names beside a module are no modules of their own. */
function isModule(name: string): boolean {
  return !/\.(?:dist-info|egg-info|pth|libs)$/.test(name) && !name.startsWith("_");
}
