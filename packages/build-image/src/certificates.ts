import { tryDependency, type StoredPackage } from "@apkmill/apk";
import type { ImageConfig } from "@apkmill/config";
import { compareBytes, requireWithin, type Limits } from "@apkmill/core";
import { baseNameOf, joinPath, parentOf } from "@apkmill/rootfs";
import { atValue } from "./at-value.ts";
import { parseCertificate, parseCertificates, type Certificate } from "./certificate.ts";
import type { ImageTree } from "./image-tree.ts";
import { extendKeystore } from "./java-keystore.ts";
import { putFile, type HashFile, type ReadFile } from "./put-file.ts";

/** Where programs look for the certificates that they trust; apko's list (reference apko §1.7). */
const bundles = [
  "etc/ssl/certs/ca-certificates.crt",
  "var/lib/ecs/deps/execute-command/certs/tls-ca-bundle.pem",
  "kaniko/ssl/certs/ca-certificates.crt",
];
const javaStore = "etc/ssl/certs/java/cacerts";
const folder = "usr/local/share/ca-certificates";

export interface CertificateRequest {
  readonly packages: readonly StoredPackage[];
  readonly readFile: ReadFile;
  readonly hashFile: HashFile;
  readonly limits: Limits;
  /** Seconds since the epoch, for what is written. */
  readonly mtime: number;
}

/** A certificate and the name under which a Java key store has it. */
interface Added extends Certificate {
  readonly alias: string;
}

/**
 * Adds the configuration's certificates, and those of the packages that it names as providers, to every bundle of the image and to
 * its Java key store. Returns what the user should know. Beside every bundle stands its checksum, as apko writes it.
 * @throws ImageError IMAGE_CERTIFICATE · IMAGE_UNSUPPORTED, IMAGE_CONTENT for a Java key store that cannot be extended
 */
export async function addCertificates(
  tree: ImageTree,
  { certificates }: ImageConfig,
  request: CertificateRequest,
): Promise<string[]> {
  const { additional = [], providers = [] } = certificates ?? {};
  const written = additional.reduce((sum, { content }) => sum + content.length, 0);
  requireWithin("bytes of certificates.additional", written, request.limits.configBytes, "configBytes");
  const own = additional.map(({ name, content }) => addOwn(tree, name, content, request));
  const provided = await readProvided(tree, providers, request);
  const all = [...own, ...provided];
  if (all.length > 0) {
    for (const bundle of bundles) await extendBundle(tree, bundle, all, request);
    await extendJavaStore(tree, all, request);
  }
  await addChecksums(tree, request);
  return [...unknownProviders(providers, request), ...warnAboutNoBundle(tree, all)];
}

/** Refuses what is no certificate, before anything is fetched. @throws ImageError IMAGE_CERTIFICATE */
export function requireCertificates(config: ImageConfig): void {
  for (const { name, content } of config.certificates?.additional ?? [])
    atValue(config, "certificates.additional", name, () => parseCertificate(name, content));
}

/** Writes a certificate where `update-ca-certificates` looks for it. */
function addOwn(tree: ImageTree, name: string, content: string, { mtime }: CertificateRequest): Added {
  const certificate = parseCertificate(name, content);
  const alias = `${name}-${certificate.fingerprint}`;
  const path = tree.place(`${folder}/${alias}.crt`, `certificate ${name}`);
  putFile(tree, path, certificate.pem, { mtime, reason: `certificate ${name}` });
  return { ...certificate, alias };
}

async function readProvided(
  tree: ImageTree,
  providers: readonly string[],
  { packages, readFile, limits }: CertificateRequest,
): Promise<Added[]> {
  const chosen = new Set(packages.flatMap((stored, index) => (providesOneOf(stored, providers) ? [index] : [])));
  if (chosen.size === 0) return [];
  const paths = tree.below(folder).filter((path) => {
    const source = tree.get(path)?.source;
    return /\.(crt|pem)$/.test(path) && source?.kind === "package" && chosen.has(source.package);
  });
  const found: Certificate[] = [];
  let read = 0;
  for (const path of paths.sort(compareBytes)) {
    const text = (await readFile(path))?.toString("utf8") ?? "";
    read += text.length;
    requireWithin(`bytes of certificates that packages provide, with ${path}`, read, limits.configBytes, "configBytes");
    found.push(...parseCertificates(path, text));
  }
  return found.map((certificate) => ({ ...certificate, alias: `pkg-${certificate.fingerprint}` }));
}

function providesOneOf({ control }: StoredPackage, providers: readonly string[]): boolean {
  // What a package provides may be no dependency at all, such as `cmd:x!=1`: apk passes over it.
  return control.provides.some((provided) => providers.includes(tryDependency(provided)?.name ?? ""));
}

/** Adds to what a bundle has; a bundle that does not end its last line would swallow the first certificate. */
async function extendBundle(
  tree: ImageTree,
  bundle: string,
  added: readonly Added[],
  { readFile, mtime }: CertificateRequest,
): Promise<void> {
  const content = await readFile(bundle);
  if (content === undefined) return;
  const text = content.toString("latin1");
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  const pems = added.map(({ pem }) => `${pem}\n`).join("");
  putFile(tree, bundle, Buffer.concat([content, Buffer.from(gap + pems)]), { mtime, reason });
}

async function extendJavaStore(
  tree: ImageTree,
  added: readonly Added[],
  { readFile, mtime }: CertificateRequest,
): Promise<void> {
  const content = await readFile(javaStore);
  if (content === undefined) return;
  putFile(tree, javaStore, extendKeystore(content, javaStore, added, mtime * 1000), { mtime, reason });
}

const reason = "certificates of the configuration";

/** `.NAME.sha256` beside every bundle, read-only: what checks at run time whether a bundle was changed. */
async function addChecksums(tree: ImageTree, { hashFile, mtime }: CertificateRequest): Promise<void> {
  for (const bundle of [...bundles, javaStore]) {
    const sha256 = await hashFile(bundle);
    if (sha256 === undefined) continue;
    const name = baseNameOf(bundle);
    const path = tree.place(joinPath(parentOf(bundle), `.${name}.sha256`), "checksum of the certificates");
    putFile(tree, path, `${sha256}  ${name}\n`, { mode: 0o444, mtime, reason: "checksum of the certificates" });
  }
}

function unknownProviders(providers: readonly string[], { packages }: CertificateRequest): string[] {
  const unknown = providers.filter((name) => !packages.some((stored) => providesOneOf(stored, [name])));
  return unknown.map((name) => `certificates.providers: no package of the image provides ${JSON.stringify(name)}`);
}

function warnAboutNoBundle(tree: ImageTree, added: readonly Added[]): string[] {
  const trusted = [...bundles, javaStore].some((bundle) => tree.follow(bundle) !== undefined);
  return added.length > 0 && !trusted ? ["certificates: the image has no bundle of certificates to add them to"] : [];
}
