import type { Socket } from "node:net";
import type { ByteStream, StreamListener } from "./stream.ts";

/** A TCP connection by way of Node's streams. */
export class PlainTcpStream implements ByteStream {
  readonly transport = "tcp";
  readonly certificate = undefined;
  readonly pskIdentity = undefined;
  readonly canPause = true;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  #listener: StreamListener | undefined;
  #isBlocked = false;

  /** @param socket not reading yet, with allowHalfOpen, so that what waits for the peer can still be written when it has ended its side */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.remoteAddress = socket.remoteAddress ?? "";
    this.remotePort = socket.remotePort ?? 0;
  }

  attach(listener: StreamListener): void {
    this.#listener = listener;
    let failure: Error | undefined;
    this.#socket.on("data", (chunk: Buffer) => listener.onChunk(chunk));
    this.#socket.on("end", () => listener.onEnd());
    this.#socket.on("error", (error) => {
      failure = error;
    });
    this.#socket.on("close", () => listener.onClose(failure));
    this.#socket.resume();
  }

  write(bytes: Uint8Array): boolean {
    this.#socket.write(bytes, this.#onWritten);
    if (this.#socket.writableLength === 0) return true;
    this.#isBlocked = true;
    return false;
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error || !this.#isBlocked || this.#socket.writableLength > 0) return;
    this.#isBlocked = false;
    this.#listener?.onDrain();
  };
}
