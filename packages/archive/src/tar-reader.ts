import type { TarEntry } from "./tar-entry.ts";
import { createTarScanner, type TarOptions } from "./tar-scanner.ts";
import type { Limits } from "@apkmill/core";

/** One entry and its content. Content that is left unread is skipped when the next entry is asked for. */
export interface TarItem {
  readonly entry: TarEntry;
  readonly content: AsyncIterable<Uint8Array>;
}

type Event =
  | { readonly kind: "entry"; readonly entry: TarEntry }
  | { readonly kind: "content"; readonly chunk: Buffer }
  | { readonly kind: "end" };

/**
 * The entries of an uncompressed tar one after the other, for readers that want to wait between chunks.
 * Where that is not needed, {@link createTarScanner} is several times as fast.
 * @throws ArchiveError ARCHIVE_TAR_… · CoreError LIMIT_EXCEEDED
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  limits: Limits,
  options: Omit<TarOptions, "limits"> = {},
): AsyncGenerator<TarItem> {
  const events = tarEvents(source, { ...options, limits });
  let turn = 0;
  try {
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      if (next.value.kind !== "entry") continue;
      const mine = (turn += 1);
      yield { entry: next.value.entry, content: contentOf(events, () => turn === mine) };
    }
  } finally {
    await events.return(undefined);
  }
}

/** Chunks up to the entry's end. Read after its turn it is empty: it takes nothing of the entries that follow. */
async function* contentOf(
  events: AsyncGenerator<Event, undefined>,
  isCurrent: () => boolean,
): AsyncGenerator<Uint8Array> {
  while (isCurrent()) {
    const next = await events.next();
    if (next.done === true || next.value.kind === "end") return;
    if (next.value.kind === "content") yield next.value.chunk;
  }
}

async function* tarEvents(source: AsyncIterable<Uint8Array>, options: TarOptions): AsyncGenerator<Event, undefined> {
  let events: Event[] = [];
  const scanner = createTarScanner(
    {
      onEntry: (entry) => events.push({ kind: "entry", entry }),
      onContent: (chunk) => events.push({ kind: "content", chunk }),
      onEnd: () => events.push({ kind: "end" }),
    },
    options,
  );
  for await (const chunk of source) {
    scanner.push(chunk);
    yield* events;
    events = [];
  }
  scanner.end();
  return undefined;
}
