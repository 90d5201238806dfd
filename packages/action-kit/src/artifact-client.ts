// Loaded on demand only: the artifact client is the largest dependency of the actions.
export { DefaultArtifactClient } from "@actions/artifact";
