import { StringDecoder } from "node:string_decoder";

/** A longer line is cut here: build output is for people, and one endless line must not fill our memory. */
const longestLine = 64 * 1024;

/** Takes bytes as they arrive and calls `onLine` for each line, without its newline; the last needs none. */
export function splitLines(onLine: (line: string) => void): { push(chunk: Uint8Array): void; end(): void } {
  const decoder = new StringDecoder("utf8");
  let pending = "";
  let cut = false;

  const emit = (): void => {
    onLine(cut ? `${pending} … (line cut at ${String(longestLine)} characters)` : pending.replace(/\r$/, ""));
    pending = "";
    cut = false;
  };
  const append = (text: string): void => {
    const room = longestLine - pending.length;
    pending += text.slice(0, room);
    cut ||= text.length > room;
  };
  const push = (text: string): void => {
    const [first = "", ...rest] = text.split("\n");
    append(first);
    for (const part of rest) {
      emit();
      append(part);
    }
  };
  return {
    push: (chunk) => push(decoder.write(chunk)),
    end: () => {
      push(decoder.end());
      if (pending !== "") emit();
    },
  };
}
