import manifest from "../package.json" with { type: "json" };

/** The version of the engine, as `--version` and provenance say it. */
export const version: string = manifest.version;
