import type { Peer } from "../peer.ts";
import type { SocketStream } from "../socket-stream.ts";
import { type ByteStream, COARSE_WRITE, type StreamListener } from "../stream.ts";
import { BINARY, CLOSE, CLOSE_NORMAL, closePayload, encodeFrame, FrameError, FrameReader, PONG } from "./frames.ts";

/** With more than this waiting, Pings are not answered: a client that reads nothing cannot make memory grow by them. */
const PONG_BYTES_WAITING = 65_536;

/** A WebSocket over a socket of Node.js, its frames taken off; the handshake is done. */
export class FramedStream implements ByteStream {
  readonly #inner: SocketStream;
  readonly #maximumFrameSize: number;
  #isClosing = false;
  #isPaused = false;
  /** Answers a Close frame that came while paused: the listener may not have handled yet what came before. */
  #answerClose: (() => void) | undefined;
  /** The last Ping that was not answered; of those that come at once it is enough to answer that one [RFC 6455 §5.5.3]. */
  #ping: Buffer | undefined;

  /** @param maximumFrameSize bytes of a frame beyond which the connection is closed with 1009 */
  constructor(inner: SocketStream, maximumFrameSize: number) {
    this.#inner = inner;
    this.#maximumFrameSize = maximumFrameSize;
  }

  get peer(): Peer {
    return this.#inner.peer;
  }

  get canPause(): boolean {
    return this.#inner.canPause;
  }

  readonly largestWrite = COARSE_WRITE;

  get pendingBytes(): number {
    return this.#inner.pendingBytes;
  }

  attach(listener: StreamListener): void {
    const reader = new FrameReader(this.#maximumFrameSize, {
      onData: (bytes) => {
        if (!this.#hasEnded) listener.onChunk(bytes);
      },
      onPing: (payload) => {
        this.#ping = payload;
      },
      onCloseFrame: (code) => {
        this.#answerClose ??= () => this.#giveUp(listener, closePayload(code));
        if (!this.#isPaused) this.#answerClose();
      },
    });
    this.#inner.attach({
      onChunk: (chunk) => this.#read(reader, chunk, listener),
      onDrain: () => listener.onDrain(),
      onEnd: () => listener.onEnd(),
      onClose: (error) => listener.onClose(error),
    });
  }

  write(bytes: Uint8Array): boolean {
    return this.#isClosing || this.#inner.write(encodeFrame(BINARY, bytes));
  }

  pause(): void {
    this.#isPaused = true;
    this.#inner.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#answerClose?.();
    this.#inner.resume();
  }

  end(): void {
    this.#endWith(closePayload(CLOSE_NORMAL));
  }

  destroy(): void {
    this.#inner.destroy();
  }

  /** Nothing more that comes in counts. */
  get #hasEnded(): boolean {
    return this.#isClosing || this.#answerClose !== undefined;
  }

  #read(reader: FrameReader, chunk: Buffer, listener: StreamListener): void {
    if (this.#hasEnded) return;
    try {
      reader.read(chunk);
      if (this.#ping !== undefined) this.#answerPing(this.#ping);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#giveUp(listener, closePayload(error.closeCode, error.message));
    }
  }

  /** The client has said its last, or nothing more of it can be understood. */
  #giveUp(listener: StreamListener, payload: Buffer): void {
    if (this.#isClosing) return;
    this.#endWith(payload);
    listener.onEnd();
  }

  #answerPing(payload: Buffer): void {
    this.#ping = undefined;
    if (this.#isClosing || this.#inner.pendingBytes > PONG_BYTES_WAITING) return;
    this.#inner.write(encodeFrame(PONG, payload));
  }

  /** [RFC 6455 §5.5.1] */
  #endWith(payload: Buffer): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#inner.write(encodeFrame(CLOSE, payload));
    this.#inner.end();
  }
}
