import { loadTrustRoot, parsePattern, verifyArtifactBundle } from "@apkmill/attest";
import { readFileWithin, type Ports } from "@apkmill/core";
import { predicateName, verifyImage } from "@apkmill/publish";
import { CliError } from "../cli-error.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { sigstoreOptions } from "./signing-options.ts";

const options = {
  ...sigstoreOptions,
  "certificate-identity": { kind: "text", value: "NAME", help: "who must have signed, exactly" },
  "certificate-identity-regexp": {
    kind: "text",
    value: "PATTERN",
    help: "who must have signed; anchor it with ^ and $",
  },
  "certificate-oidc-issuer": { kind: "text", value: "URL", help: "who must have vouched for the signer, exactly" },
  "certificate-oidc-issuer-regexp": { kind: "text", value: "PATTERN", help: "who must have vouched for the signer" },
  "source-repository": { kind: "text", value: "REPOSITORY", help: "the repository that the signing workflow ran for" },
  require: {
    kind: "text",
    value: "NAME,…",
    default: "spdx,provenance",
    help: "predicates that must be there: spdx, cyclonedx, provenance, or addresses",
  },
  bundle: {
    kind: "text",
    value: "FILE",
    help: "verify this sigstore bundle, of the file that --artifact names, instead of an image",
  },
  artifact: { kind: "text", value: "FILE", help: "the file that the bundle is about" },
  key: { kind: "text", value: "FILE", help: "public key in PEM, in the place of an identity" },
} as const;

type Options = {
  readonly [Name in keyof typeof options]: (typeof options)[Name]["kind"] extends "list"
    ? readonly string[]
    : string | undefined;
};

export const verify = defineCommand({
  summary:
    "Checks that an image in a registry carries the required statements, signed by whom you name; or one bundle against a file.",
  positionals: "[REFERENCE]",
  arity: [0, 1],
  example:
    "apkmill verify ghcr.io/acme/hello:1.2 --certificate-identity-regexp '^https://github.com/acme/' --certificate-oidc-issuer https://token.actions.githubusercontent.com",
  options,
  async run(ports, { options: given, positionals: [reference] }) {
    if (given.bundle !== undefined || given.artifact !== undefined) return verifyFile(ports, given);
    if (reference === undefined)
      throw new CliError("CLI_USAGE", "neither an image nor --bundle and --artifact is given", {
        hint: "see apkmill verify --help",
      });
    const verified = await verifyImage(ports, {
      reference,
      trustRoot: given["trust-root"],
      insecureRegistries: given["insecure-registry"],
      policy: {
        ...(given["certificate-identity"] === undefined ? {} : { certificateIdentity: given["certificate-identity"] }),
        ...(given["certificate-identity-regexp"] === undefined
          ? {}
          : { certificateIdentityRegexp: given["certificate-identity-regexp"] }),
        ...(given["certificate-oidc-issuer"] === undefined
          ? {}
          : { certificateOidcIssuer: given["certificate-oidc-issuer"] }),
        ...(given["certificate-oidc-issuer-regexp"] === undefined
          ? {}
          : { certificateOidcIssuerRegexp: given["certificate-oidc-issuer-regexp"] }),
        ...(given["source-repository"] === undefined ? {} : { sourceRepository: given["source-repository"] }),
        require: given.require
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== ""),
      },
    });
    const lines = verified.statements.map(
      ({ platform, predicateType, signer }) =>
        `${predicateName(predicateType)} of ${platform || "the image"}, signed by ${signer.identity}`,
    );
    return { json: verified, text: [...lines, `verified ${verified.digest}`].join("\n") };
  },
});

async function verifyFile(ports: Ports, given: Options): Promise<CommandResult> {
  if (given.bundle === undefined || given.artifact === undefined)
    throw new CliError("CLI_USAGE", "--bundle and --artifact are needed together");
  const bundle = await readFileWithin(given.bundle, ports.limits.responseBytes, "responseBytes");
  const signedBy = given.key === undefined ? { policy: policyOf(given) } : { keyFile: given.key };
  const trustRoot = await loadTrustRoot(ports, given["trust-root"]);
  const found = await verifyArtifactBundle(bundle, given.artifact, { trustRoot, limits: ports.limits, signedBy });
  const who = "identity" in found.signer ? found.signer.identity : `key ${found.signer.key}`;
  return { json: { verified: true, ...found }, text: `verified: ${given.artifact} is signed by ${who}` };
}

/** @throws CliError CLI_USAGE when nobody is named: with keyless signing everybody can make a valid signature */
function policyOf(given: Options): { identity?: string | RegExp; issuer: string | RegExp; sourceRepository?: string } {
  const identity = given["certificate-identity"] ?? pattern(given["certificate-identity-regexp"]);
  const issuer = given["certificate-oidc-issuer"] ?? pattern(given["certificate-oidc-issuer-regexp"]);
  if (issuer === undefined)
    throw new CliError("CLI_USAGE", "--certificate-oidc-issuer or its -regexp is missing", {
      hint: "say who must have vouched for the signer",
    });
  return {
    issuer,
    ...(identity === undefined ? {} : { identity }),
    ...(given["source-repository"] === undefined ? {} : { sourceRepository: given["source-repository"] }),
  };
}

function pattern(text: string | undefined): RegExp | undefined {
  return text === undefined ? undefined : parsePattern(text);
}
