import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ActionError,
  cacheModes,
  choiceInput,
  epochInput,
  listInput,
  locations,
  outputFolder,
  pairsInput,
  requiredInput,
  textInput,
  workspacePath,
  type CacheMode,
} from "@apkmill/action-kit";
import type { BuildImageOptions } from "@apkmill/build-image";

/** What the inputs of the step ask for. */
export interface ImageRequest {
  readonly options: BuildImageOptions;
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
  if (testCommand !== "" && output === "docker-tar") throw cannotTest();
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
      ...tagOf(listInput("tags")),
      ...(buildDate === undefined ? {} : { buildDate }),
    },
    cache: choiceInput("cache", cacheModes),
    testCommand,
    keyInput: [await readFile(configPath, "utf8").catch(() => ""), archs, packages, listInput("repositories")],
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

function cannotTest(): ActionError {
  return new ActionError("ACTION_INPUT", "input test-command: a docker-tar cannot be run by this action", {
    hint: "use output: oci-layout, or leave test-command empty",
  });
}
