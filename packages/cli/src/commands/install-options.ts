import type { Verb } from "@apkmill/apk";
import type { RepositoryOptionValues } from "./repository-options.ts";

/** What `repo install` was asked for. */
export interface InstallOptions extends RepositoryOptionValues {
  readonly verb: Verb;
  readonly root: string | undefined;
  readonly manifest: string | undefined;
  readonly purge: boolean;
  readonly dryRun: boolean;
}
