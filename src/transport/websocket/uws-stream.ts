import type { WebSocket } from "uWebSockets.js";
import type { Peer } from "../peer.ts";
import { type ByteStream, COARSE_WRITE, type StreamListener } from "../stream.ts";
import type { FrameGatherer, PayloadSink } from "./frame-gatherer.ts";
import { CLOSE_NORMAL, CLOSE_POLICY_VIOLATION, CLOSE_UNSUPPORTED_DATA } from "./frames.ts";
import type { TurnMeter } from "./turn-meter.ts";

/** Milliseconds after which it is looked whether what waits has left. */
const LOOK_AGAIN = 100;

/** What is used of a WebSocket of uWebSockets.js. */
type Socket = Pick<WebSocket<unknown>, "send" | "getBufferedAmount" | "end" | "close">;

/** A WebSocket of uWebSockets.js, which takes its frames off. */
export class UwsStream implements ByteStream, PayloadSink {
  readonly peer: Peer;
  readonly canPause = false;
  readonly largestWrite = COARSE_WRITE;
  readonly #gatherer: FrameGatherer;
  readonly #meter: TurnMeter;
  #socket: Socket | undefined;
  #listener: StreamListener | undefined;
  #isBlocked = false;
  /** Set while it is blocked. */
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, remoteAddress: string, gatherer: FrameGatherer, meter: TurnMeter) {
    this.#socket = socket;
    this.#gatherer = gatherer;
    this.#meter = meter;
    this.peer = {
      transport: "websocket",
      remoteAddress,
      // uWebSockets.js does not tell it.
      remotePort: 0,
      certificate: undefined,
      pskIdentity: undefined,
      openedAt: performance.now(),
    };
  }

  attach(listener: StreamListener): void {
    this.#listener = listener;
  }

  write(bytes: Uint8Array): boolean {
    this.#isBlocked = this.#socket !== undefined && this.#socket.send(bytes, true) !== 1;
    if (this.#isBlocked) this.#lookLater();
    return !this.#isBlocked;
  }

  get pendingBytes(): number {
    return this.#socket?.getBufferedAmount() ?? 0;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.#socket?.end(CLOSE_NORMAL);
  }

  destroy(): void {
    this.#socket?.close();
  }

  onMessage(message: ArrayBuffer, isBinary: boolean): void {
    // [MQTT-6.0.0-1] [MQTT-6.0.0-2] [MQTT-6.0.0-1 of 3.1.1] [MQTT-6.0.0-2 of 3.1.1]
    if (this.#meter.isOver(this, message.byteLength)) {
      this.#gatherer.flush();
      this.#socket?.end(CLOSE_POLICY_VIOLATION, "send less at once");
    } else if (isBinary) {
      this.#gatherer.add(this, message);
    } else {
      this.#gatherer.flush();
      this.#socket?.end(CLOSE_UNSUPPORTED_DATA, "MQTT travels in binary frames");
    }
  }

  onPayload(bytes: Buffer): void {
    this.#listener?.onChunk(bytes);
    this.onDrain();
  }

  /**
   * uWebSockets.js does not always call it when all has left: not where what came in had it write, and not now and then else. What is written before it
   * returns could wait for ever: where that does not leave at once, uWebSockets.js does not look when it can.
   */
  onDrain(): void {
    if (this.#isBlocked) setImmediate(this.#goOn);
  }

  readonly #goOn = (): void => {
    if (!this.#isBlocked || this.#socket?.getBufferedAmount() !== 0) return;
    this.#isBlocked = false;
    this.#listener?.onDrain();
  };

  onClose(): void {
    clearTimeout(this.#timer);
    this.#socket = undefined;
    this.#gatherer.end(this);
    this.#listener?.onClose(undefined);
  }

  #lookLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#goOn();
      if (this.#isBlocked) this.#lookLater();
    }, LOOK_AGAIN);
  }
}
