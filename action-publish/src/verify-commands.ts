import { loadTrustRoot, openBundleVerifier, type Signer } from "@apkmill/attest";
import { readFileWithin, type Ports } from "@apkmill/core";
import { predicateName, type PublishedImage } from "@apkmill/publish";
import type { PublishRequest } from "./read-request.ts";

/**
 * The commands with which anybody verifies what was published: ours for the whole image, cosign's for each kind of statement. They
 * name digests, so that they say the same tomorrow, and the signer of a bundle as its certificate has it. None when nothing was signed.
 */
export async function describeVerification(
  ports: Ports,
  image: PublishedImage,
  request: PublishRequest,
): Promise<string[]> {
  const [path] = image.attestations.flatMap(({ bundle }) => (bundle === undefined ? [] : [bundle]));
  if (path === undefined) return [];
  const commands = assembleCommands(image, request, await signerOf(ports, path, request));
  return commands.map((words) => words.map(quoted).join(" "));
}

/** The bundle was verified when it was made and when it was read back; here its certificate is only read. */
async function signerOf(ports: Ports, path: string, { services }: PublishRequest): Promise<Signer> {
  const trustRoot = await loadTrustRoot(ports, services.trustRoot);
  const verifier = openBundleVerifier({ trustRoot, transparencyLog: "optional", limits: ports.limits });
  return (await verifier.verify(await readFileWithin(path, ports.limits.responseBytes))).signer;
}

function assembleCommands(
  { digest, platforms, attestations }: PublishedImage,
  { image, services }: PublishRequest,
  { identity, issuer }: Signer,
): string[][] {
  const signer = ["--certificate-identity", identity, "--certificate-oidc-issuer", issuer];
  // Whoever verifies has a copy of it under a name of their own.
  const root = (flag: string): string[] => (services.trustRoot === undefined ? [] : [flag, "trusted_root.json"]);
  // A bill that only some of the platforms have cannot be required of the image.
  const byName = Map.groupBy(attestations, ({ predicateType }) => predicateName(predicateType));
  const said = new Set([...byName].flatMap(([name, all]) => (all.length < platforms.length ? [] : [name])));
  const required = [...said].join(",");
  const cosign = ["cosign", "verify-attestation", ...signer, ...root("--trusted-root"), "--type"];
  return [
    ["apkmill", "verify", ...signer, ...root("--trust-root"), "--require", required, `${image}@${digest}`],
    ...(said.has("provenance") ? [[...cosign, "slsaprovenance1", `${image}@${digest}`]] : []),
    ...(said.has("spdx") ? platforms.map((one) => [...cosign, "spdxjson", `${image}@${one.digest}`]) : []),
    ...(said.has("cyclonedx") ? platforms.map((one) => [...cosign, "cyclonedx", `${image}@${one.digest}`]) : []),
  ];
}

/** A word as a shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
