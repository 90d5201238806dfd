import { lstatSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "@apkmill/core";
import { ImageError } from "./image-error.ts";
import { placeIn } from "./root-place.ts";

/** What is about to run in an unpacked root. */
export interface ProgramRequest {
  readonly root: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Places that show something else than the root has there: what is in them is not known here. */
  readonly mountPoints: readonly string[];
}

/**
 * Looks for the program of a command as the system does when it starts one (execvp): a name without a slash in the directories of PATH,
 * links followed inside the root. What lies on something mounted counts as found.
 * @throws ImageError IMAGE_CONTENT when there is no such program, or it is none
 */
export function requireProgram(request: ProgramRequest): void {
  const [name = ""] = request.argv;
  const states = new Set(pathsOf(name, request).map((path) => stateOf(path, request)));
  if (states.has("startable")) return;
  if (states.has("other")) {
    throw new ImageError("IMAGE_CONTENT", `${JSON.stringify(name)} of the image is not executable`, {
      hint: "name a program that is a file with permission to be executed",
    });
  }
  throw new ImageError("IMAGE_CONTENT", `the image has no program ${JSON.stringify(name)}`, {
    hint: "name one that it has, after -- or with --entrypoint",
  });
}

/** The C library's, for a command without PATH. */
const usualPath = "/bin:/usr/bin";

function pathsOf(name: string, { env, workingDirectory }: ProgramRequest): string[] {
  if (name === "") return [];
  const folders = name.includes("/") ? [""] : (env["PATH"] ?? usualPath).split(":");
  return folders
    .map((folder) => (folder === "" ? name : `${folder}/${name}`))
    .map((path) => within(workingDirectory, path));
}

function within(workingDirectory: string, path: string): string {
  return path.startsWith("/") ? path : `${workingDirectory}/${path}`;
}

function stateOf(path: string, { root, mountPoints }: ProgramRequest): "absent" | "other" | "startable" {
  const isCovered = (at: string): boolean =>
    [...mountPoints, "/dev", "/proc"].some((place) => at === place || at.startsWith(`${place}/`));
  try {
    const place = placeIn(root, path, isCovered);
    if (isCovered(place)) return "startable";
    const standing = lstatSync(join(root, place));
    return standing.isFile() && (standing.mode & 0o111) !== 0 ? "startable" : "other";
  } catch (error) {
    if (isSystemError(error)) return "absent";
    throw error;
  }
}
