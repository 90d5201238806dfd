import type { CompiledPackage } from "./compiled.ts";
import type { ResolvedEnvironment } from "./resolve-environment.ts";
import type { SourceFiles } from "./source-files.ts";

/** One configuration for one architecture, with everything that was decided about its build. */
export interface BuildRequest {
  /** The configuration's file, for messages. */
  readonly file: string;
  readonly compiled: CompiledPackage;
  /** The same without what environment files gave: what may be recorded in a package. */
  readonly recorded: CompiledPackage;
  readonly environment: ResolvedEnvironment;
  readonly source: SourceFiles;
}
