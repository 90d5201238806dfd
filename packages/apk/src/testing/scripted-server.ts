import { createServer, type AddressInfo, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A request as it came over the wire. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What happens on the socket in place of an answer. */
export type Act = (socket: Socket, request: RawRequest) => unknown;

export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly RawRequest[];
}

/** Plays one act for each request, whichever connection it comes on; the last act is played for all that follow. */
export async function startScriptedServer(t: TestContext, acts: readonly Act[]): Promise<ScriptedServer> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.setNoDelay(true);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end !== -1; end = text.indexOf("\r\n\r\n")) {
        const request = parseRequest(text.slice(0, end));
        text = text.slice(end + 4);
        const act = acts[Math.min(requests.length, acts.length - 1)];
        requests.push(request);
        act?.(socket, request);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, requests };
}

function parseRequest(text: string): RawRequest {
  const [line = "", ...fields] = text.split("\r\n");
  const [method = "", path = ""] = line.split(" ");
  const headers = fields.map((field) => [field.split(":", 1)[0]?.toLowerCase(), field.replace(/^[^:]*:\s*/, "")]);
  return { method, path, headers: Object.fromEntries(headers) as Record<string, string> };
}

/** A status line and headers, with the empty line after them. */
export function head(status: number, headers: Readonly<Record<string, string | number>> = {}): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  return `HTTP/1.1 ${String(status)} Status\r\n${fields.join("")}\r\n`;
}

/** Sends these bytes and leaves the connection open. */
export const send =
  (...parts: readonly (string | Uint8Array)[]): Act =>
  (socket) => {
    for (const part of parts) socket.write(part);
  };

/** Sends these bytes and ends the connection, a moment later: a client forgets what it has not read when a connection breaks. */
export const sendAndCut =
  (...parts: readonly (string | Uint8Array)[]): Act =>
  (socket) => {
    for (const part of parts) socket.write(part);
    setTimeout(() => socket.end(), 200);
  };

/** Sends `first`, then `again` every few milliseconds until nobody listens. */
export const drip =
  (first: string | Uint8Array, again: string | Uint8Array, everyMs: number): Act =>
  (socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(again), everyMs);
    socket.on("close", () => {
      clearInterval(timer);
    });
  };

/** Sends `first`, then `rest` piece by piece every few milliseconds. */
export const trickle =
  (first: string | Uint8Array, rest: Uint8Array, pieceBytes: number, everyMs: number): Act =>
  (socket) => {
    let at = 0;
    socket.write(first);
    const timer = setInterval(() => {
      socket.write(rest.subarray(at, at + pieceBytes));
      at += pieceBytes;
    }, everyMs);
    socket.on("close", () => {
      clearInterval(timer);
    });
  };

/** Sends `first`, then `again` as fast as it is taken, for ever. */
export const flood =
  (first: string | Uint8Array, again: string | Uint8Array): Act =>
  (socket) => {
    socket.write(first);
    const more = (): void => {
      while (!socket.destroyed && socket.write(again));
    };
    socket.on("drain", more);
    more();
  };

/** A chunk of a chunked body. */
export function chunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}
