import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ActionError,
  cacheModes,
  choiceInput,
  epochInput,
  listInput,
  locations,
  optionalPath,
  outputFolder,
  pairsInput,
  requiredInput,
  textInput,
  workspacePath,
  type CacheMode,
} from "@apkmill/action-kit";
import { compressions, sbomFormats, type BuildImageOptions, type SbomFormat } from "@apkmill/build-image";
import { lockModes, type LockRequest } from "./settle-lock.ts";

/** What the inputs of the step ask for. */
export interface ImageRequest {
  readonly options: BuildImageOptions;
  readonly lock: LockRequest;
  readonly cache: CacheMode;
  /** Empty: the image is not tried out. */
  readonly testCommand: string;
  /** What the step's downloads depend on, for the name of its cache. */
  readonly keyInput: unknown;
}

/** Reads every input but those about what happens to the image afterwards. @throws ActionError ACTION_INPUT */
export async function readRequest(): Promise<ImageRequest> {
  const configPath = await workspacePath("config", requiredInput("config"));
  const repositories = await locations("repositories", listInput("repositories"));
  const keyring = await locations("keyring", listInput("keyring"));
  const [archs, packages] = [listInput("archs"), listInput("packages")];
  const buildDate = epochInput("source-date-epoch");
  const output = choiceInput("output", ["oci-layout", "docker-tar"]);
  const testCommand = textInput("test-command");
  return {
    options: {
      configPath,
      archs,
      packages,
      output: await outputPath(output),
      // A folder of this runner means nothing inside the image; its URL, where it has one, does.
      buildRepositories: repositories.local,
      repositories: repositories.remote,
      keyring: [...keyring.local, ...keyring.remote],
      annotations: pairsInput("annotations"),
      sbomFormats: formatsOf(listInput("sbom-formats")),
      compression: choiceInput("compression", compressions),
      exposedPorts: listInput("exposed-ports"),
      healthCheck: healthCheck(),
      ...tagOf(listInput("tags")),
      ...(buildDate === undefined ? {} : { buildDate }),
    },
    lock: {
      mode: choiceInput("lock", lockModes),
      lockfile: await optionalPath("lockfile", textInput("lockfile")),
    },
    cache: choiceInput("cache", cacheModes),
    testCommand,
    keyInput: [await readFile(configPath, "utf8").catch(() => ""), archs, packages, listInput("repositories")],
  };
}

/** In the order of the list, each once. */
function formatsOf(names: readonly string[]): SbomFormat[] {
  const unknown = names.find((name) => !sbomFormats.some((format) => format === name));
  if (unknown !== undefined || names.length === 0) {
    const found = JSON.stringify(unknown ?? "");
    throw new ActionError("ACTION_INPUT", `input sbom-formats: expected ${sbomFormats.join(", ")}, found ${found}`);
  }
  return sbomFormats.filter((format) => names.includes(format));
}

function healthCheck(): NonNullable<BuildImageOptions["healthCheck"]> {
  const retries = textInput("health-retries");
  if (!/^\d{0,9}$/.test(retries))
    throw new ActionError(
      "ACTION_INPUT",
      `input health-retries: expected a whole number, found ${JSON.stringify(retries)}`,
    );
  return {
    command: textInput("health-cmd"),
    interval: textInput("health-interval"),
    timeout: textInput("health-timeout"),
    startPeriod: textInput("health-start-period"),
    ...(retries === "" ? {} : { retries: Number(retries) }),
  };
}

async function outputPath(output: "oci-layout" | "docker-tar"): Promise<string> {
  const given = textInput("path");
  const name = output === "docker-tar" ? "image.tar" : "image";
  const path = given === "" ? join(await outputFolder("image"), name) : await workspacePath("path", given);
  if (path.endsWith(".tar") === (output === "docker-tar")) return path;
  throw new ActionError("ACTION_INPUT", `input path: ${given} does not fit output ${output}`, {
    hint: "the path of a docker-tar ends in .tar, that of an oci-layout does not",
  });
}

function tagOf(tags: readonly string[]): Pick<BuildImageOptions, "tag"> {
  const [tag, second] = tags;
  if (second !== undefined) {
    throw new ActionError("ACTION_INPUT", `input tags: expected one name, found ${String(tags.length)}`, {
      hint: "name the image once here; action-publish takes any number of tags",
    });
  }
  return tag === undefined ? {} : { tag };
}
