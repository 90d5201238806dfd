import { createHash, hash } from "node:crypto";
import { requireWithin, type Limits } from "@apkmill/core";
import { ApkError } from "../apk-error.ts";
import { isFileNamePart } from "../package-control.ts";
import type { PackageControl, ScriptName } from "../package-info.ts";
import { parseContainer, type AdbContainer } from "./container.ts";
import { DependencyTexts } from "./dependency-text.ts";
import { hashesOf, readPackageInfo, readPackageOnly, requireWord } from "./package-fields.ts";
import { readItems, type AdbItem } from "./package-items.ts";
import type { Subject } from "./subject.ts";
import { AdbValues, type AdbNode } from "./values.ts";

/** What stands before the contents of a v3 package: its metadata and its signatures. */
export interface AdbHead extends AdbContainer {
  readonly format: "v3";
  /** The unwrapped file up to the first content. */
  readonly raw: Buffer;
  /** `Q1…` of the first 20 bytes of {@link sha256}: what a database has, and all by which apk tells packages apart. */
  readonly identity: string;
  /** `Q2…` of the metadata's SHA-256: what an index has. */
  readonly fullIdentity: string;
  readonly control: PackageControl;
  readonly scripts: ReadonlyMap<ScriptName, Buffer>;
  /** What the package installs, in the order of a tar. @throws ApkError APK_FORMAT, APK_UNSAFE_PATH */
  readonly items: () => AdbItem[];
}

/** Slots of a package. */
const slots = { info: 1, paths: 2, scripts: 3, triggers: 4, replacesPriority: 5 } as const;

const scriptSlots: readonly (readonly [slot: number, name: ScriptName])[] = [
  [2, "pre-install"],
  [3, "post-install"],
  [6, "pre-upgrade"],
  [7, "post-upgrade"],
  [4, "pre-deinstall"],
  [5, "post-deinstall"],
  [1, "trigger"],
];

const maxScriptBytes = 256 * 1024;

/** @throws ApkError APK_FORMAT, APK_CONTROL, APK_IDENTITY · CoreError LIMIT_EXCEEDED */
export function parseAdbHead(raw: Buffer, limits: Limits, what: string): AdbHead {
  const subject: Subject = { kind: "APK", what };
  const container = parseContainer(raw, subject);
  const root = new AdbValues(container.payload, subject).root();
  const control = readControl(root, what);
  const sha256 = hash("sha256", container.payload, "buffer");
  return {
    ...container,
    format: "v3",
    raw,
    identity: `Q1${sha256.toString("base64", 0, 20)}`,
    fullIdentity: `Q2${sha256.toString("base64")}`,
    control,
    scripts: readScripts(root.node(slots.scripts), what),
    items: () => readItems(root.node(slots.paths), { what, limits, mtime: control.buildTime }),
  };
}

function readControl(root: AdbNode, what: string): PackageControl {
  const info = root.node(slots.info) ?? root.refuse("there is no package in it");
  requireUniqueId(info, what);
  const lists = new DependencyTexts(root.values);
  const control: PackageControl = {
    ...readPackageInfo(info, lists),
    ...readPackageOnly(info, lists),
    triggers:
      root
        .node(slots.triggers)
        ?.texts()
        .map((glob) => requireWord(info, glob)) ?? [],
    replacesPriority: root.integer(slots.replacesPriority) ?? 0,
    dataHash: "",
  };
  for (const key of ["name", "version", "arch"] as const) {
    if (isFileNamePart(control[key]) || (key === "arch" && control.arch === "")) continue;
    throw new ApkError("APK_CONTROL", `${what}: unusable package ${key} ${JSON.stringify(control[key])}`);
  }
  return control;
}

/**
 * The package's own id: the SHA-256, cut to 20 bytes, of the metadata with zeros where the id stands. The signature covers
 * it; one that is wrong would only mislead whoever goes by it.
 */
function requireUniqueId(info: AdbNode, what: string): void {
  const id = hashesOf(info);
  if (id?.length !== 20) return;
  const { payload } = info.values;
  const start = id.byteOffset - payload.byteOffset;
  const sum = createHash("sha256").update(payload.subarray(0, start)).update(Buffer.alloc(20));
  if (
    sum
      .update(payload.subarray(start + 20))
      .digest()
      .subarray(0, 20)
      .equals(id)
  )
    return;
  throw new ApkError("APK_IDENTITY", `${what}: its unique id is not that of its metadata`, {
    hint: "fetch or build the package again",
    context: { package: what },
  });
}

function readScripts(node: AdbNode | undefined, what: string): Map<ScriptName, Buffer> {
  const scripts = new Map<ScriptName, Buffer>();
  for (const [slot, name] of scriptSlots) {
    const body = node?.blob(slot);
    if (body === undefined) continue;
    requireWithin(`${what}: size of script ${name}`, body.length, maxScriptBytes);
    scripts.set(name, body);
  }
  return scripts;
}
