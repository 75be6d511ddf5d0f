import { connect, type Socket } from "node:net";
import { Framer, type PacketSink } from "./framer.ts";
import type { Target } from "./job.ts";
import { CONNACK, encodeConnect } from "./packets.ts";
import { Turn } from "./turn.ts";
import { FRAME_HEADER_BYTES, upgradeRequest, WebSocketReader, writeFrameHeader } from "./websocket.ts";

/** What a connection does with the packets it receives, and which ones it adds before its bytes are written. */
export interface Role extends PacketSink {
  fill(): void;
}

/** What all connections of a thread share. */
export interface Shared {
  readonly target: Target;
  readonly turn: Turn;
  /** Every socket reads into it: what a read brought is consumed before the next read begins. */
  readonly readBuffer: Buffer;
  readonly maximumPacketBytes: number;
  /** What a connection collects until it writes, and the longest packet that it sends. */
  readonly outBytes: number;
}

const OUT_BYTES = 65_536;
const READ_BUFFER_BYTES = 262_144;
/** Beside the payload: fixed header, topic name, packet identifier. */
const PACKET_OVERHEAD_BYTES = 64;

/** CONNACK's return codes. */
const REFUSALS = [
  "",
  "it does not speak MQTT 3.1.1",
  "it does not take the client identifier",
  "it is not available",
  "the user name or password is wrong",
  "this client is not authorised",
];

export function share(target: Target, payloadBytes: number, outBytes = OUT_BYTES): Shared {
  const maximumPacketBytes = payloadBytes + PACKET_OVERHEAD_BYTES;
  return {
    target,
    turn: new Turn(),
    readBuffer: Buffer.alloc(READ_BUFFER_BYTES),
    maximumPacketBytes,
    outBytes: Math.max(outBytes, maximumPacketBytes),
  };
}

/** A raw MQTT connection. What is wrong rejects the request that waits, else it is thrown: a run that goes wrong has no figures. */
export class Connection {
  readonly #target: Target;
  readonly #turn: Turn;
  readonly #role: Role;
  readonly #socket: Socket;
  readonly #outBytes: number;
  /** Where the first packet begins in `#out`. */
  readonly #start: number;
  #out: Buffer;
  #used: number;
  #waiting = false;
  #closing = false;
  #awaited = 0;
  #settle: ((error?: Error) => void) | undefined;

  /**
   * Begins to connect: `open` is to be called in the same turn.
   * @param localAddress of this machine, where it matters
   */
  constructor(shared: Shared, role: Role, localAddress?: string) {
    const { target } = shared;
    this.#target = target;
    this.#turn = shared.turn;
    this.#role = role;
    this.#outBytes = shared.outBytes;
    this.#start = target.transport === "ws" ? FRAME_HEADER_BYTES : 0;
    this.#used = this.#start;
    this.#out = Buffer.allocUnsafe(this.#outBytes);
    this.#socket = this.#dial(shared, localAddress);
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error("the broker closed a connection")));
  }

  #dial(shared: Shared, localAddress?: string): Socket {
    const framer = new Framer(this.#role, shared.maximumPacketBytes);
    const opened = (refusal?: string) =>
      refusal === undefined ? this.#done() : this.#fail(new Error(`the broker refused the WebSocket: ${refusal}`));
    const reader = this.#target.transport === "ws" ? new WebSocketReader(framer, opened) : framer;
    const callback = (bytes: number): boolean => {
      shared.turn.now = performance.now();
      try {
        reader.feed(shared.readBuffer, bytes);
      } catch (error) {
        this.#fail(error as Error);
      }
      return true;
    };
    const { host, port } = this.#target;
    const from = localAddress === undefined ? {} : { localAddress };
    return connect({ host, port, noDelay: true, onread: { buffer: shared.readBuffer, callback }, ...from });
  }

  /** Resolves when the broker has accepted the CONNECT. @param name what follows the prefix in the client identifier */
  async open(name: string, cleanSession = true): Promise<void> {
    await this.#until((done) => this.#socket.once("connect", done));
    if (this.#target.transport === "ws") await this.#until(() => this.#socket.write(upgradeRequest(this.#target)));
    await this.request(encodeConnect(`${this.#target.clientPrefix}-${name}`, cleanSession, this.#target), CONNACK);
  }

  /** Gives up what is waited for. */
  abandon(reason: string): void {
    this.#fail(new Error(reason));
  }

  close(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  /** Closes without a trace in the kernel, so that the port is free for the next of very many connections. */
  reset(): void {
    this.#closing = true;
    this.#socket.resetAndDestroy();
  }

  /** Reads nothing from now on; that the broker ends the connection is no fault then. */
  stall(): void {
    this.#closing = true;
    this.#socket.pause();
  }

  /** Sends a packet and resolves when the answer, a packet of the given type, is handed to `answer`. */
  request(packet: Buffer, answerType: number): Promise<void> {
    this.#awaited = answerType;
    return this.#until(() => this.send(packet));
  }

  /** Adds a packet, of `outBytes` less the header of a frame at the most, and writes all there is. */
  send(packet: Buffer): void {
    const at = this.reserve(packet.length);
    packet.copy(this.#out, at);
    this.#write();
  }

  /** Where a role hands the packets of a handshake. `code` is the last byte: CONNACK's return code, SUBACK's granted QoS. */
  answer(type: number, code: number, expectedCode: number): void {
    if (type !== this.#awaited) this.#fail(new Error(`the broker sent an unexpected packet of type ${type}`));
    else if (code === expectedCode) this.#done();
    else if (type === CONNACK)
      this.#fail(new Error(`the broker refused a client: ${REFUSALS[code] ?? `code ${code}`}`));
    else this.#fail(new Error(`the broker answered with code ${code} (packet type ${type})`));
  }

  /** Has the role's `fill` called, and all bytes written, at the end of this turn. */
  wake(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#turn.add(this);
  }

  /** Adds a packet that consists of a packet identifier. */
  acknowledge(first: number, high: number, low: number): void {
    const at = this.reserve(4);
    const out = this.#out;
    out[at] = first;
    out[at + 1] = 2;
    out[at + 2] = high;
    out[at + 3] = low;
    this.wake();
  }

  /** Makes room for `bytes` and returns where they go in `out`. */
  reserve(bytes: number): number {
    if (this.#used + bytes > this.#out.length) this.#write();
    const at = this.#used;
    this.#used += bytes;
    return at;
  }

  /** The bytes not written yet; to be asked for again after each `reserve`. */
  get out(): Buffer {
    return this.#out;
  }

  flush(): void {
    this.#waiting = false;
    this.#role.fill();
    if (this.#used > this.#start) this.#write();
  }

  /** What the kernel takes at once leaves the buffer free for reuse; otherwise the socket still holds on to it. */
  #write(): void {
    const from = this.#start === 0 ? 0 : writeFrameHeader(this.#out, this.#used - this.#start);
    this.#socket.write(this.#out.subarray(from, this.#used));
    if (this.#socket.writableLength > 0) this.#out = Buffer.allocUnsafe(this.#outBytes);
    this.#used = this.#start;
  }

  #until(begin: (done: () => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
      begin(() => this.#done());
    });
  }

  #done(): void {
    this.#awaited = 0;
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.();
  }

  #fail(error: Error): void {
    const settle = this.#settle;
    this.#settle = undefined;
    if (settle !== undefined) settle(error);
    else if (!this.#closing) throw error;
    this.close();
  }
}
