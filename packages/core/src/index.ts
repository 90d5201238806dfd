export { append } from "./append.ts";
export { EngineError, describeError, exitCodeOf, formatError, isEngineError, redactUrl } from "./errors.ts";
export type { EngineErrorOptions, ErrorContext, ErrorKind, Reason } from "./errors.ts";
export { CoreError, type CoreErrorCode } from "./core-error.ts";
export { digestFromHex, digestOf, digestOfFile, hexOf, parseDigest, requireDigest, type Digest } from "./digest.ts";
export { defaultLimits, requireWithin, type Limits } from "./limits.ts";
export { formatByteSize, parseByteSize } from "./byte-size.ts";
export { limitNames, withLimits } from "./limit-settings.ts";
export { lineLogger, silentLogger, type Logger, type LogLevel } from "./log.ts";
export { canonicalJson, compareBytes } from "./canonical-json.ts";
export { asideOf, isSystemError, pathExists, reasonOf, removeAsides, unwritable, writeAside } from "./files.ts";
export { readFileWithin, unreadable } from "./read-file.ts";
export { stageFiles, writeFileAside, type StagedFile } from "./staged-file.ts";
export { requireGoing } from "./cancelled.ts";
export { exclusively } from "./exclusively.ts";
export { giveBack } from "./give-back.ts";
export { createHttpClient } from "./http-client.ts";
export {
  requireStatus,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequestOptions,
  type HttpResponse,
} from "./http.ts";
export { defaultTiming, type HttpTiming } from "./http-timing.ts";
export { offlineHttpClient } from "./http-offline.ts";
export { openStore, storeStream, type Store } from "./store.ts";
export type { PruneOptions, PruneResult, StoreUsage } from "./store-prune.ts";
export type { StoreVerdict, VerifyOptions } from "./store-verify.ts";
export type { StoreEntryKind } from "./store-walk.ts";
export type { StoreStage, StoredBlob } from "./store-stage.ts";
export type { StoreWriter } from "./store-writer.ts";
export { distrustStore } from "./store-blobs.ts";
export { inLanes } from "./lanes.ts";
export type { Ports } from "./ports.ts";
export { nearestNames, suggestName } from "./nearest.ts";
