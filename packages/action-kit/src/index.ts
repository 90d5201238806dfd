export { ActionError, type ActionErrorCode } from "./action-error.ts";
export {
  choiceInput,
  epochInput,
  flagInput,
  linesInput,
  listInput,
  pairsInput,
  requiredInput,
  textInput,
} from "./inputs.ts";
export { secretInput } from "./secrets.ts";
export { locations, optionalPath, workspaceFiles, workspacePath, workspacePaths, type Locations } from "./workspace.ts";
export { downloadFolder, uploadFiles, uploadFolder, type UploadedArtifact } from "./artifacts.ts";
export { code, codeBlock, formatSize, heading, table, writeSummary } from "./markdown.ts";
export { inert, runnerLogger } from "./runner-log.ts";
export { outputFolder, removeStepFolder, runnerFolders, stepFolder } from "./runner-folders.ts";
export { withRunnerPorts } from "./runner-ports.ts";
export { cacheModes, removeStore, restoreStore, saveStore, storeKey, type CacheMode } from "./store-cache.ts";
export { runStages } from "./stages.ts";
export { runAsRoot } from "./privileged-command.ts";
export { notice, setOutput, setSecret } from "@actions/core";
