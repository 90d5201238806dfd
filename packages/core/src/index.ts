export { EngineError, describeError, exitCodeOf, formatError, isEngineError, redactUrl } from "./errors.ts";
export type { EngineErrorOptions, ErrorContext, ErrorKind, Reason } from "./errors.ts";
export { CoreError, type CoreErrorCode } from "./core-error.ts";
export { digestFromHex, digestOf, digestOfFile, hexOf, parseDigest, requireDigest, type Digest } from "./digest.ts";
export { defaultLimits, requireWithin, type Limits } from "./limits.ts";
export { lineLogger, silentLogger, type Logger, type LogLevel } from "./log.ts";
export { canonicalJson, compareBytes } from "./canonical-json.ts";
export { asideOf, isSystemError, pathExists, readFileWithin, reasonOf, writeAside, writeFileAside } from "./files.ts";
export {
  createHttpClient,
  requireStatus,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequestOptions,
  type HttpResponse,
} from "./http.ts";
export { openStore, storeStream, type Store, type StoreWriter } from "./store.ts";
export type { Ports } from "./ports.ts";
export { nearestNames, suggestName } from "./nearest.ts";
