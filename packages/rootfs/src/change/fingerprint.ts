import { createHash } from "node:crypto";
import type { InstallTree, TreeNode } from "../install-tree.ts";
import type { InstalledFile, InstalledPackage } from "@apkmill/apk";
import type { RootView } from "./root-view.ts";

/** How content is told from other content: hex digits of a hash over a file's content or a link's text. */
export interface Fingerprint {
  readonly algorithm: "sha1" | "sha256";
  /** Of SHA-256 perhaps only the first 40 digits: the database has room for 160 bits. */
  readonly hex: string;
}

/** Of a file in the database (`Z:`); undefined for devices and where the line cannot be read. */
export function recordedFingerprint(
  { flags }: Pick<InstalledPackage, "flags">,
  { checksum }: Pick<InstalledFile, "checksum">,
): Fingerprint | undefined {
  const bytes = checksum.startsWith("Q1") ? Buffer.from(checksum.slice(2), "base64") : Buffer.alloc(0);
  if (bytes.length !== 20) return undefined;
  return { algorithm: flags.includes("S") ? "sha256" : "sha1", hex: bytes.toString("hex") };
}

/** Of what a package brings; undefined for devices and fifos. */
export function broughtFingerprint({ type, attributes }: TreeNode): Fingerprint | undefined {
  if (type === "file") return { algorithm: "sha1", hex: attributes.sha1 };
  return type === "symlink" ? { algorithm: "sha256", hex: hashText("sha256", attributes.linkPath) } : undefined;
}

/** Whether what stands on the disk at `path` has that content. */
export function matches(view: RootView, path: string, { algorithm, hex }: Fingerprint): boolean {
  const standing = view.at(path);
  if (standing === undefined) return false;
  const found = standing.type === "symlink" ? hashText(algorithm, standing.linkPath) : view.digestOf(path, algorithm);
  return found !== "" && hex !== "" && found.startsWith(hex);
}

/** Whether the disk still has what the owner of `path` put there; true also when nothing stands there any more. */
export function isUnchanged(
  tree: InstallTree,
  { view, fingerprints }: { readonly view: RootView; readonly fingerprints: ReadonlyMap<string, Fingerprint> },
  path: string,
): boolean {
  const node = tree.at(path);
  if (node === undefined || node.owner >= 0) return true;
  const recorded = fingerprints.get(path);
  return recorded !== undefined && matches(view, path, recorded);
}

function hashText(algorithm: Fingerprint["algorithm"], text: string): string {
  return createHash(algorithm).update(text).digest("hex");
}
