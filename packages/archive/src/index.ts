export type { TarEntry, TarEntryType } from "./tar-entry.ts";
