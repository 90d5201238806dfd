import { parseDigest } from "@apkmill/core";
import { gatherProvenance, publishImage, type AttestationKind, type PublishedImage } from "@apkmill/publish";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { counted } from "../counted.ts";
import { version } from "../version.ts";
import { sigstoreOptions } from "./signing-options.ts";

const kinds: readonly AttestationKind[] = ["sbom", "provenance"];

export const publish = defineCommand({
  summary:
    "Publishes the image of a layout: blobs, manifests by digest, attestations, all read back and verified, then the tags.",
  positionals: "LAYOUT REFERENCE…",
  arity: [2, Infinity],
  example: "apkmill publish ./hello-image ghcr.io/acme/hello:1.2 ghcr.io/acme/hello:latest",
  options: {
    ...sigstoreOptions,
    attest: { kind: "text", value: "KIND,…", default: "sbom,provenance", help: "what to attest; empty for nothing" },
    sign: {
      kind: "text",
      value: "auto|none",
      default: "auto",
      help: "sign keylessly, or publish without attestations",
    },
    "identity-token": {
      kind: "text",
      value: "FILE",
      help: "file with an OIDC token (default: the workflow's own identity)",
    },
    "fulcio-url": { kind: "text", value: "URL", help: "certificate authority" },
    "rekor-url": { kind: "text", value: "URL", help: "transparency log" },
    "tsa-url": { kind: "text", value: "URL", help: "timestamp authority" },
    "expect-previous": {
      kind: "text",
      value: "DIGEST",
      help: "refuse to move a tag that does not point at this digest",
    },
    "bundle-dir": {
      kind: "text",
      value: "DIR",
      help: "keep the bundles there; a run that was cut short uses them again",
    },
  },
  async run(ports, { options, positionals: [layout = "", ...references] }) {
    const attest = options.sign === "none" ? [] : readKinds(options.attest);
    const parameters = { image: references.map((reference) => reference.replace(/[:@][^/]*$/, ""))[0] };
    const provenance = attest.includes("provenance")
      ? await gatherProvenance(ports, { layout, parameters, engineVersion: version })
      : undefined;
    const published = await publishImage(ports, {
      layout,
      references,
      attest,
      sign: options.sign === "none" ? "none" : "auto",
      services: {
        fulcioUrl: options["fulcio-url"],
        rekorUrl: options["rekor-url"],
        tsaUrl: options["tsa-url"],
        trustRoot: options["trust-root"],
        identityToken: options["identity-token"],
      },
      provenance,
      bundleDir: options["bundle-dir"],
      expectPrevious: options["expect-previous"] === undefined ? undefined : parseDigest(options["expect-previous"]),
      insecureRegistries: options["insecure-registry"],
      dryRun: options["dry-run"],
    });
    return { json: published, text: describe(published, options["dry-run"]) };
  },
});

/** @throws CliError CLI_BAD_VALUE */
function readKinds(text: string): AttestationKind[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")
    .map((word) => {
      const kind = kinds.find((each) => each === word);
      if (kind === undefined)
        throw new CliError("CLI_BAD_VALUE", `--attest: expected ${kinds.join(", ")}, found ${JSON.stringify(word)}`);
      return kind;
    });
}

function describe({ digest, platforms, attestations, tags, blobs }: PublishedImage, dryRun: boolean): string {
  return [
    ...platforms.map((platform) => `${platform.platform}  ${platform.digest}`),
    ...attestations.map(({ subject, predicateType }) => `attested ${predicateType} of ${subject}`),
    `${counted(blobs.uploaded, "blob")} uploaded (${counted(blobs.bytesUploaded, "byte")}), ${blobs.existing} there already`,
    ...tags.map((tag) => `${dryRun ? "would tag" : "tagged"} ${tag}`),
    digest,
  ].join("\n");
}
