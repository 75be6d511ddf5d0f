import type { Socket } from "node:net";
import type { Peer } from "./peer.ts";
import { type ByteStream, COARSE_WRITE, type StreamListener } from "./stream.ts";

/** A connection by way of Node's streams: TCP, TLS or a Unix socket. */
export class SocketStream implements ByteStream {
  readonly peer: Peer;
  readonly canPause = true;
  readonly largestWrite = COARSE_WRITE;
  readonly #socket: Socket;
  #listener: StreamListener | undefined;
  #isBlocked = false;
  #isPaused = false;
  /** The peer has ended its side, which the listener is told when it reads on: it may not have handled yet what came before. */
  #isEndUntold = false;

  /** @param socket not reading yet, with allowHalfOpen, so that what waits for the peer can still be written when it has ended its side */
  constructor(socket: Socket, peer: Peer) {
    this.#socket = socket;
    this.peer = peer;
  }

  attach(listener: StreamListener): void {
    this.#listener = listener;
    let failure: Error | undefined;
    this.#socket.on("data", (chunk: Buffer) => listener.onChunk(chunk));
    // Node.js emits it while paused, too.
    this.#socket.on("end", () => {
      if (this.#isPaused) this.#isEndUntold = true;
      else listener.onEnd();
    });
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
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket.resume();
    if (!this.#isEndUntold) return;
    this.#isEndUntold = false;
    this.#listener?.onEnd();
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
