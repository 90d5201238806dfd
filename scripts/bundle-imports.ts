import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { checkout } from "./checkout.ts";

/**
 * Rewrites the imports of our sources as a start wants them. The sources say what reads well:
 *
 * - They import other packages through the index.ts that is a package's face; but a bundler that splits code puts all that an index
 *   names into every chunk that asks for one of them, and each command would load the whole engine. Here names come from the
 *   files that export them.
 * - They import Node's modules; but to import one, Node evaluates all that it exports, also what it would load only on demand:
 *   `node:http` brings a whole second HTTP client. Here they are asked for without that.
 */
export const direct: Plugin = {
  name: "direct-imports",
  setup: (build) => {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      if (path.includes("node_modules")) return undefined;
      return { contents: pastFacades(await pastIndexes(await readFile(path, "utf8"))), loader: "ts" };
    });
  },
};

const builtinImport = /^import \{([^}]*)\} from ("node:[a-z/_]+");$/gm;

function pastFacades(source: string): string {
  return source.replace(builtinImport, (_, names: string, module: string) => {
    const wanted = splitNames(names).filter((name) => !name.startsWith("type "));
    if (wanted.length === 0) return "";
    return `const { ${wanted.map((name) => name.replace(" as ", ": ")).join(", ")} } = process.getBuiltinModule(${module});`;
  });
}

const packageImport = /^import \{([^}]*)\} from "@apkmill\/([a-z-]+)";$/gm;

async function pastIndexes(source: string): Promise<string> {
  const packages = new Set(Array.from(source.matchAll(packageImport), ([, , name = ""]) => name));
  const exporters = new Map(
    await Promise.all([...packages].map(async (name) => [name, await exportersOf(name)] as const)),
  );
  return source.replace(packageImport, (_, names: string, name: string) =>
    importsOf(names, exporters.get(name) ?? new Map()).join(" "),
  );
}

/** One import for each name, all in the line of the statement that they stand for: error positions stay what they are. */
function importsOf(names: string, exporters: ReadonlyMap<string, string>): string[] {
  return splitNames(names)
    .filter((name) => !name.startsWith("type "))
    .map((name) => {
      const [exported = name] = name.split(" as ");
      const path = exporters.get(exported);
      if (path === undefined) throw new Error(`no index.ts exports ${exported} from a file`);
      return `import { ${name} } from ${JSON.stringify(path)};`;
    });
}

const known = new Map<string, Promise<ReadonlyMap<string, string>>>();

/** Exported name → the file that its package's index.ts takes it from. */
function exportersOf(name: string): Promise<ReadonlyMap<string, string>> {
  const found = known.get(name) ?? readExporters(join(checkout, "packages", name, "src", "index.ts"));
  known.set(name, found);
  return found;
}

async function readExporters(index: string): Promise<ReadonlyMap<string, string>> {
  const exporters = new Map<string, string>();
  const statements = (await readFile(index, "utf8")).matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";$/gm);
  for (const [, names = "", file = ""] of statements) {
    const path = file.startsWith(".") ? join(dirname(index), file) : file;
    for (const name of splitNames(names)) exporters.set(name.replace(/^type /, ""), path);
  }
  return exporters;
}

function splitNames(names: string): string[] {
  return names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
