import type { Peer } from "./peer.ts";

/** `largestWrite` of a stream whose `pendingBytes` tell no more than all or none: each write that leaves is progress then. */
export const COARSE_WRITE = 131_072;

/** A connected, ordered, lossless byte stream: TCP, TLS, a Unix socket, or a WebSocket with its frames taken off. [MQTT-4.2.0-1] [MQTT-7.1.1-1 of 3.1.1] */
export interface ByteStream {
  readonly peer: Peer;
  /** Starts handing what comes in to `listener`. */
  attach(listener: StreamListener): void;
  /**
   * Writes bytes. True: they left at once and the memory may be reused. False: the stream holds on to the memory until it calls
   * `onDrain`; nothing else may be written before.
   */
  write(bytes: Uint8Array): boolean;
  /** Bytes that `write` is given at a time at the most. */
  readonly largestWrite: number;
  /** Bytes of the last write that have not left; the stream may know only whether that is all or none. */
  readonly pendingBytes: number;
  /** Whether `pause` does anything; a WebSocket goes on calling `onChunk`. */
  readonly canPause: boolean;
  /** Asks the peer to wait. */
  pause(): void;
  resume(): void;
  /** Lets what was written go out, then closes; what comes in is still read, so that the peer gets to read our last bytes. */
  end(): void;
  destroy(): void;
}

export interface StreamListener {
  /** The chunk is valid during the call only: its memory belongs to the stream. */
  onChunk(chunk: Buffer): void;
  onDrain(): void;
  /** The peer sends nothing more, but may still read. */
  onEnd(): void;
  /** Called once, whichever side closed. */
  onClose(error: Error | undefined): void;
}
