import { constants, createInflateRaw, inflateRawSync } from "node:zlib";
import { requireWithin } from "@apkmill/core";

/**
 * Raw deflate in the caller's own thread. Node's streams hand each chunk to a thread of zlib and make a new buffer for what comes back;
 * for somebody who has a thread of his own to give, that costs more than inflating does.
 */
export interface DirectInflate {
  /**
   * Inflates `input`; `take` gets each piece of the output, a view that is overwritten by the next one. Returns what of `input`
   * stands behind the end of the deflate stream.
   * @throws Error of zlib · what `take` throws
   */
  inflate(input: Buffer, take: (piece: Buffer) => void): Buffer;
  /** No more input comes: where all of it had to be waited for, it is inflated now. Returns the same. */
  finish(take: (piece: Buffer) => void): Buffer;
  close(): void;
}

/** What zlib's streams have inside since Node 10, and what libraries that inflate synchronously live on; no public interface. */
interface Inside {
  readonly _handle?: {
    onerror: (message: string, errno: number, code: string) => void;
    writeSync(
      flush: number,
      input: Uint8Array,
      inputOffset: number,
      inputBytes: number,
      output: Uint8Array,
      outputOffset: number,
      outputBytes: number,
    ): void;
    reset(): void;
  } | null;
  /** Bytes of output and of input that the last write left. */
  readonly _writeState?: Uint32Array;
}

const outputBytes = 1 << 18;
/** One for each thread: what is inflated is always taken before more is. */
let sharedOutput: Buffer | undefined;

interface Engine {
  /**
   * Inflates all of `input` that comes before the end of the deflate stream; `take` gets each piece. Returns what is left of it.
   * @param flush `Z_FINISH`: there is no more, and a stream that has no end is an error
   * @throws Error of zlib · what `take` throws
   */
  run(input: Buffer, flush: number, take: (piece: Buffer) => void): Buffer;
  /** The next input begins another stream. */
  reset(): void;
  close(): void;
}

/** Undefined on a Node that has no such inside. */
function openEngine(): Engine | undefined {
  const stream = createInflateRaw();
  const { _handle: handle, _writeState: state } = stream as unknown as Inside;
  if (typeof handle?.writeSync !== "function" || typeof handle.reset !== "function") return undefined;
  if (!(state instanceof Uint32Array)) return undefined;
  let failure: Error | undefined;
  handle.onerror = (message, errno, code) => {
    failure = Object.assign(new Error(message), { errno, code });
  };
  const output = (sharedOutput ??= Buffer.allocUnsafeSlow(outputBytes));
  return {
    run: (input, flush, take) => {
      for (let left = input.length; ;) {
        handle.writeSync(flush, input, input.length - left, left, output, 0, output.length);
        if (failure !== undefined) throw failure;
        const [outputLeft = 0, inputLeft = 0] = state;
        left = inputLeft;
        if (outputLeft < output.length) take(output.subarray(0, output.length - outputLeft));
        // Room in the output: zlib has used all input, or its stream has ended.
        if (outputLeft > 0) return input.subarray(input.length - left);
      }
    },
    reset: () => {
      failure = undefined;
      handle.reset();
    },
    close: () => {
      stream.close();
    },
  };
}

/** A new stream. `mostBytes` bounds what a Node without that inside may have to hold at once. */
export function openDirectInflate(mostBytes: number): DirectInflate {
  const engine = openEngine();
  if (engine === undefined) return wholeInflate(mostBytes);
  return {
    inflate: (input, take) => engine.run(input, constants.Z_NO_FLUSH, take),
    finish: () => nothing,
    close: () => {
      engine.close();
    },
  };
}

const nothing = Buffer.alloc(0);

/** The same by public means only: all input is kept until the end. */
export function wholeInflate(mostBytes: number): DirectInflate {
  const inputs: Buffer[] = [];
  return {
    inflate: (input) => {
      inputs.push(Buffer.from(input));
      return nothing;
    },
    finish: (take) => {
      const input = Buffer.concat(inputs);
      const { content, usedBytes } = inflateWithin(input, mostBytes);
      take(content);
      return input.subarray(usedBytes);
    },
    close: () => {
      inputs.length = 0;
    },
  };
}

/** @throws CoreError LIMIT_EXCEEDED · Error of zlib */
function inflateWithin(input: Buffer, mostBytes: number): Inflated {
  try {
    return inflatePublicly(input, mostBytes);
  } catch (cause) {
    const isTooLarge = cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE";
    if (isTooLarge) requireWithin("gzip: unpacked size", mostBytes + 1, mostBytes, "dataBytes");
    throw cause;
  }
}

export interface Inflated {
  readonly content: Buffer;
  /** How much of the input the deflate stream takes. */
  readonly usedBytes: number;
}

/** One for each thread, never closed: a new one for each small stream would cost more than to inflate it. */
let sharedEngine: Engine | undefined;

/**
 * A whole deflate stream at once; more may stand behind it.
 * @throws Error with a code: `Z_BUF_ERROR` where it is cut short, `ERR_BUFFER_TOO_LARGE` for more than `mostBytes`, others of zlib
 */
export function inflateWhole(input: Buffer, mostBytes: number): Inflated {
  sharedEngine ??= openEngine();
  return sharedEngine === undefined
    ? inflatePublicly(input, mostBytes)
    : inflateDirectly(sharedEngine, input, mostBytes);
}

function inflateDirectly(engine: Engine, input: Buffer, mostBytes: number): Inflated {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  engine.reset();
  const behind = engine.run(input, constants.Z_FINISH, (piece) => {
    sizeBytes += piece.length;
    if (sizeBytes > mostBytes) {
      throw Object.assign(new RangeError("more comes out than may"), { code: "ERR_BUFFER_TOO_LARGE" });
    }
    pieces.push(Buffer.from(piece));
  });
  const [only = nothing] = pieces;
  const content = pieces.length < 2 ? only : Buffer.concat(pieces, sizeBytes);
  return { content, usedBytes: input.length - behind.length };
}

/** The same by public means only. */
export function inflatePublicly(input: Buffer, mostBytes: number): Inflated {
  const result: unknown = inflateRawSync(input, { maxOutputLength: mostBytes, info: true });
  if (isInflateResult(result)) return { content: result.buffer, usedBytes: result.engine.bytesWritten };
  throw new TypeError("zlib did not report what it read");
}

/** `info: true` makes zlib return its engine as well; @types/node does not know that. */
function isInflateResult(value: unknown): value is { buffer: Buffer; engine: { bytesWritten: number } } {
  return (
    typeof value === "object" &&
    value !== null &&
    "buffer" in value &&
    "engine" in value &&
    Buffer.isBuffer(value.buffer) &&
    typeof (value.engine as { bytesWritten?: unknown }).bytesWritten === "number"
  );
}
