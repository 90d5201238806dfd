import { isHash, shown, type FieldReader } from "./lock-fields.ts";
import {
  indexedFields,
  type IndexedField,
  type IndexedOtherwise,
  type LockedBase,
  type LockedImagePackage,
  type LockInputs,
  type PackageAddition,
} from "./lock-file.ts";

/** The object `apkmill` of a lock. */
export interface Additions {
  readonly inputs: LockInputs;
  readonly bases: readonly LockedBase[];
  readonly packages: readonly (PackageAddition & { readonly name: string; readonly architecture: string })[];
}

/** Undefined where the lock has none of it, or where it cannot be read, which is then among the problems. */
export function readAdditions(value: unknown, fields: FieldReader): Additions | undefined {
  if (value === undefined || value === null || !fields.object(value, "apkmill")) return undefined;
  const version = fields.count(fields.at(value, "version"), "apkmill.version");
  if (version !== 1) {
    fields.add("apkmill.version", `expected 1, found ${String(version)}`);
    return undefined;
  }
  return {
    inputs: readInputs(fields.at(value, "inputs"), fields),
    bases: fields.list(fields.at(value, "bases"), "apkmill.bases", (item, path) => ({
      architecture: fields.text(fields.at(item, "architecture"), `${path}.architecture`),
      digest: fields.text(fields.at(item, "digest"), `${path}.digest`),
    })),
    packages: fields.list(fields.at(value, "packages"), "apkmill.packages", (item, path) => ({
      name: fields.text(fields.at(item, "name"), `${path}.name`),
      architecture: fields.text(fields.at(item, "architecture"), `${path}.architecture`),
      control: readControl(item, path, fields),
      index: readIndexed(fields.at(item, "index"), `${path}.index`, fields),
    })),
  };
}

function readControl(item: unknown, path: string, fields: FieldReader): string {
  const control = fields.text(fields.at(item, "control"), `${path}.control`);
  if (!isHash(control, "sha256-", 32))
    fields.add(`${path}.control`, `expected sha256- and base64, found ${shown(control)}`);
  return control;
}

function readInputs(value: unknown, fields: FieldReader): LockInputs {
  const texts = (key: string): string[] =>
    fields.list(fields.at(value, key), `apkmill.inputs.${key}`, (item, path) => fields.text(item, path));
  return {
    repositories: texts("repositories"),
    buildRepositories: texts("buildRepositories"),
    keyring: texts("keyring"),
    packages: texts("packages"),
    discoverKeys: fields.flag(fields.at(value, "discoverKeys"), "apkmill.inputs.discoverKeys"),
  };
}

function readIndexed(value: unknown, path: string, fields: FieldReader): IndexedOtherwise {
  if (value === undefined || !fields.object(value, path)) return {};
  const known = Object.keys(indexedFields).filter((key): key is IndexedField => fields.at(value, key) !== undefined);
  return Object.fromEntries(
    known.map((key) => [key, readIndexedField(fields.at(value, key), `${path}.${key}`, key, fields)]),
  );
}

function readIndexedField(value: unknown, path: string, key: IndexedField, fields: FieldReader): unknown {
  const read = {
    text: () => requireLine(fields.text(value, path), path, fields),
    number: () => fields.count(value, path),
    texts: () => fields.list(value, path, (item, at) => requireLine(fields.text(item, at), at, fields)),
  };
  return read[indexedFields[key]]();
}

/** They become lines of the image's database. */
function requireLine(text: string, path: string, fields: FieldReader): string {
  if (/\p{Cc}/u.test(text)) fields.add(path, "a control character");
  return text;
}

/** The packages with what is said of each; the two lists must be of the same packages in the same order. */
export function withAdditions(
  packages: readonly LockedImagePackage[],
  additions: Additions["packages"] | undefined,
  fields: FieldReader,
): LockedImagePackage[] {
  if (additions === undefined) return [...packages];
  const isSame = packages.every(({ name, architecture }, index) => {
    const addition = additions[index];
    return addition?.name === name && addition.architecture === architecture;
  });
  if (!isSame || additions.length !== packages.length)
    fields.add("apkmill.packages", "expected the packages of contents.packages in their order");
  return packages.map((locked, index) => ({ ...locked, addition: withoutName(additions[index]) }));
}

function withoutName(addition: PackageAddition | undefined): PackageAddition | undefined {
  return addition === undefined ? undefined : { control: addition.control, index: addition.index };
}
