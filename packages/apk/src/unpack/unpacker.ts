import { unpackBetween, type Unpacked, type UnpackRequest } from "./unpack-file.ts";

/**
 * Who unpacks data sections: this thread, or threads of its own. Unpacking (zlib, tar, hashes) is nine tenths of what it costs to
 * take a package in, and needs nothing but the file, so that threads share no more than a path and a text.
 */
export interface Unpacker {
  /** @throws what `unpackFile` throws */
  unpack(request: UnpackRequest): Promise<Unpacked>;
  close(): Promise<void>;
}

/** For little, a thread takes longer to start than the work would take. */
export const inlineUnpacker: Unpacker = { unpack: unpackBetween, close: () => Promise.resolve() };
