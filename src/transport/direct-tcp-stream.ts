import type { Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import type { Peer } from "./peer.ts";
import type { ByteStream, StreamListener } from "./stream.ts";

/** Bytes read at a time. One buffer serves all connections: what is in it is handled before the next read. */
const READ_BUFFER_BYTES = 131_072;

/** What libuv says at the end of a stream, on every platform. */
const UV_EOF = -4_095;

/** What is used of `process.binding("stream_wrap")`, a part of Node.js that has no documentation. */
interface StreamWrap {
  readonly WriteWrap: new () => WriteRequest;
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kLastWriteWasAsync: number;
}

interface WriteRequest {
  handle: Handle;
  buffer: Uint8Array;
  oncomplete: (status: number) => void;
}

/** What is used of a socket's `_handle`. */
interface Handle {
  onread: () => void;
  readonly writeQueueSize: number;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
}

const METHODS = ["useUserBuffer", "readStart", "readStop", "writeBuffer"] as const;

const streamWrap = findStreamWrap();
const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

function findStreamWrap(): StreamWrap | undefined {
  try {
    const binding = Reflect.get(process, "binding") as ((name: string) => Partial<StreamWrap>) | undefined;
    const found = binding?.call(process, "stream_wrap");
    const isWhole =
      typeof found?.WriteWrap === "function" &&
      found.streamBaseState instanceof Int32Array &&
      typeof found.kReadBytesOrError === "number" &&
      typeof found.kLastWriteWasAsync === "number";
    return isWhole ? (found as StreamWrap) : undefined;
  } catch {
    // A Node.js that has given it up: the plain way works everywhere.
    return undefined;
  }
}

function handleOf(socket: Socket): Handle | undefined {
  const handle: Partial<Handle> | undefined = Reflect.get(socket, "_handle");
  return METHODS.every((name) => typeof handle?.[name] === "function") ? (handle as Handle) : undefined;
}

/**
 * A connection over TCP or a Unix socket past Node's streams, straight on the socket's handle: reads into one shared buffer and writes without a queue, which about
 * halves the cost of a small message. Undefined where this Node.js does not have what that takes.
 * @param socket not reading yet, with allowHalfOpen
 * @param first bytes that came in already
 */
export function directTcpStream(socket: Socket, peer: Peer, first: Buffer): ByteStream | undefined {
  const handle = handleOf(socket);
  if (streamWrap === undefined || handle === undefined) return undefined;
  return new DirectTcpStream(socket, handle, streamWrap, peer, first);
}

class DirectTcpStream implements ByteStream {
  readonly peer: Peer;
  readonly canPause = true;
  readonly largestWrite = Number.POSITIVE_INFINITY;
  readonly #socket: Socket;
  readonly #handle: Handle;
  readonly #wrap: StreamWrap;
  #first: Buffer;
  /** Made for a write; one that left at once was not used up by it. */
  #request: WriteRequest | undefined;

  constructor(socket: Socket, handle: Handle, wrap: StreamWrap, peer: Peer, first: Buffer) {
    this.#socket = socket;
    this.#handle = handle;
    this.#wrap = wrap;
    this.peer = peer;
    this.#first = first;
  }

  attach(listener: StreamListener): void {
    let failure: Error | undefined;
    this.#socket.on("error", (error) => {
      failure = error;
    });
    this.#socket.on("close", () => listener.onClose(failure));
    this.#onWritten = (status) => {
      if (status < 0) this.#socket.destroy();
      else listener.onDrain();
    };
    this.#handle.useUserBuffer(readBuffer);
    this.#handle.onread = () => this.#onRead(listener);
    if (this.#first.length === 0) this.#handle.readStart();
    else process.nextTick(() => this.#begin(listener));
  }

  write(bytes: Uint8Array): boolean {
    if (this.#socket.destroyed) return true;
    const request = this.#request ?? this.#newRequest();
    request.buffer = bytes;
    if (this.#handle.writeBuffer(request, bytes) !== 0) {
      this.#socket.destroy();
      return true;
    }
    if (this.#wrap.streamBaseState[this.#wrap.kLastWriteWasAsync] === 0) return true;
    this.#request = undefined;
    return false;
  }

  get pendingBytes(): number {
    return this.#socket.destroyed ? 0 : this.#handle.writeQueueSize;
  }

  pause(): void {
    if (!this.#socket.destroyed) this.#handle.readStop();
  }

  resume(): void {
    if (!this.#socket.destroyed) this.#handle.readStart();
  }

  end(): void {
    this.#socket.end();
    this.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onWritten: (status: number) => void = () => {};

  #newRequest(): WriteRequest {
    const request = new this.#wrap.WriteWrap();
    request.handle = this.#handle;
    request.oncomplete = this.#onWritten;
    this.#request = request;
    return request;
  }

  /** Hands over what came in already, then reads on. */
  #begin(listener: StreamListener): void {
    const first = this.#first;
    this.#first = Buffer.alloc(0);
    if (this.#socket.destroyed) return;
    this.#handle.readStart();
    listener.onChunk(first);
  }

  #onRead(listener: StreamListener): void {
    const count = this.#wrap.streamBaseState[this.#wrap.kReadBytesOrError] ?? 0;
    if (count > 0) {
      listener.onChunk(readBuffer.subarray(0, count));
    } else if (count === UV_EOF) {
      this.#handle.readStop();
      listener.onEnd();
      // So that Node.js closes the socket once both sides have ended.
      this.#socket.push(null);
      this.#socket.resume();
    } else if (count < 0) {
      this.#socket.destroy(new Error(`read ${getSystemErrorName(count)}`));
    }
  }
}
