import type { Socket } from "node:net";
import type { Arrival } from "../arrival.ts";
import { readProxyHeader } from "./proxy-header.ts";

/** Where the connection comes from, and what of its bytes came with the header. */
export type OnProxied = (arrival: Arrival, rest: Buffer) => void;

/**
 * Takes the PROXY header off a socket that is not reading yet; it is not reading either when `onProxied` is called.
 * @param onMalformed the header is none, or a bad one; the socket is not closed
 */
export function takeProxyHeader(
  socket: Socket,
  arrival: Arrival,
  onProxied: OnProxied,
  onMalformed: (error: Error) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    try {
      const header = readProxyHeader(bytes);
      if (header === undefined) return;
      stop();
      const from = header.source === undefined ? arrival : { ...arrival, ...header.source };
      onProxied(from, bytes.subarray(header.length));
    } catch (error) {
      stop();
      onMalformed(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const onEnd = (): void => {
    stop();
    onMalformed(new Error("the connection ended before its PROXY header"));
  };
  const stop = (): void => {
    socket.pause();
    socket.off("data", onData);
    socket.off("end", onEnd);
  };
  socket.on("data", onData);
  socket.on("end", onEnd);
  socket.resume();
}
