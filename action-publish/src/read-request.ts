import { join } from "node:path";
import {
  ActionError,
  choiceInput,
  flagInput,
  listInput,
  requiredInput,
  textInput,
  workspacePath,
} from "@apkmill/action-kit";
import type { SigningOptions } from "@apkmill/attest";
import { parseDigest, writeFileAside, type Digest } from "@apkmill/core";
import type { AttestationKind } from "@apkmill/publish";

/** What the inputs of the step ask for. */
export interface PublishRequest {
  /** `host/repository`. */
  readonly image: string;
  /** `host/repository:tag` of every tag. */
  readonly references: readonly string[];
  readonly attest: readonly AttestationKind[];
  readonly sign: "auto" | "none";
  readonly services: SigningOptions;
  readonly insecureRegistries: readonly string[];
  readonly expectPrevious: Digest | undefined;
  readonly dryRun: boolean;
  /** What the provenance says that the workflow asked for. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Reads every input but the layout and the credentials; `scratch` is a folder for what the services need as a file. @throws ActionError ACTION_INPUT · CoreError DIGEST_MALFORMED */
export async function readRequest(scratch: string): Promise<PublishRequest> {
  // Registries know lower case only, and the owner of a repository may be spelled otherwise.
  const image = requiredInput("image").toLowerCase();
  const tags = listInput("tags");
  if (tags.length === 0) {
    throw new ActionError("ACTION_INPUT", "input tags is empty", { hint: "name at least one tag, such as latest" });
  }
  const sign = choiceInput("sign", ["auto", "none"]);
  const previous = textInput("expected-previous-digest");
  return {
    image,
    references: tags.map((tag) => `${image}:${tag}`),
    sign,
    attest: sign === "none" ? [] : wantedAttestations(),
    services: await signingServices(scratch),
    insecureRegistries: listInput("insecure-registries"),
    expectPrevious: previous === "" ? undefined : parseDigest(previous),
    dryRun: flagInput("dry-run"),
    parameters: { image, tags },
  };
}

function wantedAttestations(): AttestationKind[] {
  return listInput("attest").map((kind) => {
    if (kind === "sbom" || kind === "provenance") return kind;
    throw new ActionError("ACTION_INPUT", `input attest: expected sbom, provenance, found ${JSON.stringify(kind)}`);
  });
}

async function signingServices(scratch: string): Promise<SigningOptions> {
  const given = (name: string): string | undefined => textInput(name) || undefined;
  return {
    fulcioUrl: given("fulcio-url"),
    rekorUrl: given("rekor-url"),
    tsaUrl: given("tsa-url"),
    trustRoot: await trustRootPath(textInput("trust-root"), scratch),
    transparencyLog: choiceInput("transparency-log", ["auto", "none"]),
  };
}

/** A path, or the JSON itself: a job that only signs has no checkout that could hold the file. */
async function trustRootPath(given: string, scratch: string): Promise<string | undefined> {
  if (given === "") return undefined;
  if (!given.startsWith("{")) return workspacePath("trust-root", given);
  const path = join(scratch, "trusted_root.json");
  await writeFileAside(path, given);
  return path;
}
