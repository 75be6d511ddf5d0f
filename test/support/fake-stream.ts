import type { Peer } from "../../src/transport/peer.ts";
import { type ByteStream, COARSE_WRITE, type StreamListener } from "../../src/transport/stream.ts";

const SCRIBBLE = 0xa5;

export interface FakeStreamOptions {
  /** Seen by the broker as the client's address. Default "fake". */
  name?: string;
  /** Whether what the broker sends can be asked for by `sent`. Default true. */
  keeps?: boolean;
  /** Asked at each write of the broker's: false blocks the stream behind it until `drain`. `sent`: bytes so far. Default always true. */
  takes?: (sent: number) => boolean;
  /** Whether the client can be made to wait; a WebSocket cannot. Default true. */
  canPause?: boolean;
}

/**
 * The network as a broker sees it, without one: what a TCP connection would do in the same process, at a fraction of the cost. As with TCP
 * the memory of a chunk is used anew after the call, nothing comes in while the broker has paused, and closing takes a turn.
 */
export class FakeStream implements ByteStream {
  readonly peer: Peer;
  readonly canPause: boolean;
  readonly largestWrite = COARSE_WRITE;
  isPaused = false;
  isClosed = false;
  /** Resolves when the connection is closed, whoever did it. */
  readonly closed: Promise<void>;
  sentBytes = 0;
  /** Of what blocks the stream; a test lets the client take some of it by making it less. */
  pendingBytes = 0;
  readonly #keeps: boolean;
  readonly #takes: (sent: number) => boolean;
  #listener: StreamListener | undefined;
  #sent: Buffer[] = [];
  #waiting: Uint8Array[] = [];
  #isBlocked = false;
  #isClosing = false;
  #resolveClosed: () => void = () => {};

  constructor({ name = "fake", keeps = true, takes = () => true, canPause = true }: FakeStreamOptions = {}) {
    this.peer = {
      transport: "tcp",
      remoteAddress: name,
      remotePort: 0,
      certificate: undefined,
      pskIdentity: undefined,
      openedAt: performance.now(),
    };
    this.#keeps = keeps;
    this.#takes = takes;
    this.canPause = canPause;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** The client sends bytes as one chunk; they wait while the broker has paused. */
  receive(bytes: Uint8Array): void {
    if (this.isPaused) {
      this.#waiting.push(bytes);
      return;
    }
    if (this.isClosed) return;
    const chunk = Buffer.from(bytes);
    this.#listener?.onChunk(chunk);
    chunk.fill(SCRIBBLE);
  }

  /** The client took what was blocked. */
  drain(): void {
    if (!this.#isBlocked || this.isClosed) return;
    this.#isBlocked = false;
    this.pendingBytes = 0;
    this.#listener?.onDrain();
  }

  /** The client drops the connection. */
  disconnect(): void {
    this.#close();
  }

  /** All that the broker sent so far. */
  get sent(): Buffer {
    this.#sent = [Buffer.concat(this.#sent)];
    return this.#sent[0] ?? Buffer.alloc(0);
  }

  /** What the broker sent since the last call. */
  take(): Buffer {
    const { sent } = this;
    this.#sent = [];
    return sent;
  }

  attach(listener: StreamListener): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isBlocked) throw new Error("the broker wrote to a stream that had not drained");
    if (this.isClosed) return true;
    this.sentBytes += bytes.length;
    if (this.#keeps) this.#sent.push(Buffer.from(bytes));
    this.#isBlocked = !this.#takes(this.sentBytes);
    this.pendingBytes = this.#isBlocked ? bytes.length : 0;
    return !this.#isBlocked;
  }

  pause(): void {
    this.isPaused = this.canPause;
  }

  resume(): void {
    this.isPaused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const bytes of waiting) this.receive(bytes);
  }

  end(): void {
    this.#close();
  }

  destroy(): void {
    this.#close();
  }

  #close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    setImmediate(() => {
      this.isClosed = true;
      this.#listener?.onClose(undefined);
      this.#listener = undefined;
      this.#waiting = [];
      this.#resolveClosed();
    });
  }
}
