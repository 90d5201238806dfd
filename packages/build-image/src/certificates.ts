import { X509Certificate } from "node:crypto";
import { parseDependency, type StoredPackage } from "@apkmill/apk";
import type { ImageConfig } from "@apkmill/config";
import { compareBytes, hexOf, digestOf } from "@apkmill/core";
import { ImageError } from "./image-error.ts";
import type { ImageTree } from "./image-tree.ts";
import { putFile, type ReadText } from "./put-file.ts";

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
  readonly readText: ReadText;
  /** Seconds since the epoch, for what is written. */
  readonly mtime: number;
}

/**
 * Adds the configuration's certificates, and those of the packages that it names as providers, to every bundle of the
 * image. Returns what the user should know. Beside every bundle stands its checksum, as apko writes it.
 * @throws ImageError IMAGE_CERTIFICATE, IMAGE_UNSUPPORTED for an image with a Java key store
 */
export async function addCertificates(
  tree: ImageTree,
  { certificates }: ImageConfig,
  request: CertificateRequest,
): Promise<string[]> {
  const added = (certificates?.additional ?? []).map(({ name, content }) => addOwn(tree, name, content, request));
  const provided = await readProvided(tree, certificates?.providers ?? [], request);
  const all = [...added, ...provided];
  if (all.length > 0) {
    refuseJavaStore(tree);
    for (const bundle of bundles) await extend(tree, bundle, all, request);
  }
  addChecksums(tree, request.mtime);
  const trusted = bundles.some((bundle) => tree.follow(bundle) !== undefined);
  return all.length > 0 && !trusted ? ["certificates: the image has no bundle of certificates to add them to"] : [];
}

/** Writes a certificate where `update-ca-certificates` looks for it; returns its PEM. */
function addOwn(tree: ImageTree, name: string, content: string, { mtime }: CertificateRequest): string {
  const certificate = parseCertificate(name, content);
  const fingerprint = hexOf(digestOf(certificate.raw));
  const pem = certificate.toString();
  const path = tree.place(`${folder}/${name}-${fingerprint}.crt`, "certificates");
  putFile(tree, path, pem, { mtime, reason: `certificate ${name}` });
  return pem;
}

/** Exactly one certificate, and nothing else in PEM beside it: a private key here would be published. */
function parseCertificate(name: string, content: string): X509Certificate {
  const labels = [...content.matchAll(/-----BEGIN ([^-]*)-----/g)].map(([, label]) => label);
  try {
    if (labels.length === 1 && labels[0] === "CERTIFICATE") return new X509Certificate(content);
  } catch {
    // Reported below, together with what is no certificate at all.
  }
  throw new ImageError("IMAGE_CERTIFICATE", `certificate ${name}: expected one CERTIFICATE in PEM`, {
    hint: "give each certificate an entry of its own, beginning with -----BEGIN CERTIFICATE-----",
  });
}

async function readProvided(
  tree: ImageTree,
  providers: readonly string[],
  { packages, readText }: CertificateRequest,
): Promise<string[]> {
  const chosen = new Set(packages.flatMap((stored, index) => (providesOneOf(stored, providers) ? [index] : [])));
  const paths = tree.below(folder).filter((path) => {
    const source = tree.get(path)?.source;
    return /\.(crt|pem)$/.test(path) && source?.kind === "package" && chosen.has(source.package);
  });
  const texts = await Promise.all(paths.sort(compareBytes).map(readText));
  return texts.flatMap((text, index) => parseAll(paths[index] ?? "", text ?? ""));
}

function providesOneOf({ control }: StoredPackage, providers: readonly string[]): boolean {
  return control.provides.some((provided) => providers.includes(parseDependency(provided).name));
}

function parseAll(path: string, text: string): string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => parseCertificate(path, block).toString());
}

async function extend(
  tree: ImageTree,
  bundle: string,
  pems: readonly string[],
  request: CertificateRequest,
): Promise<void> {
  const text = await request.readText(bundle);
  if (text === undefined) return;
  const added = pems.map((pem) => `${pem}\n`).join("");
  putFile(tree, bundle, text + added, { mtime: request.mtime, reason: "certificates of the configuration" });
}

/** A key store of Java is a format of its own; leaving it out would leave its programs without the certificates. */
function refuseJavaStore(tree: ImageTree): void {
  if (tree.follow(javaStore) === undefined) return;
  throw new ImageError("IMAGE_UNSUPPORTED", `certificates cannot be added to ${javaStore} of this image`, {
    hint: "leave out the package that brings the Java key store, or the certificates",
    context: { path: javaStore },
  });
}

/** `.NAME.sha256` beside every bundle, read-only: what checks at run time whether a bundle was changed. */
function addChecksums(tree: ImageTree, mtime: number): void {
  for (const bundle of [...bundles, javaStore]) {
    const entry = tree.follow(bundle);
    if (entry?.type !== "file" && entry?.type !== "hardlink") continue;
    const [, parent = "", name = ""] = /^(.*)\/([^/]+)$/.exec(bundle) ?? [];
    const path = tree.place(`${parent}/.${name}.sha256`, "checksum of the certificates");
    putFile(tree, path, `${entry.sha256}  ${name}\n`, { mode: 0o444, mtime, reason: "checksum of the certificates" });
  }
}
