export type { GroupAccount, ImageConfig, PathMutation, UserAccount } from "./image-config.ts";
export type {
  BuildOption,
  Copyright,
  Dependencies,
  PackageConfig,
  PackageOptions,
  PackageSection,
  PipelineInput,
  PipelineStep,
  Scriptlets,
  SetCapability,
  Subpackage,
  TestSection,
} from "./package-config.ts";
