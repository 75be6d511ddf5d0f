import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Framer, type PacketSink } from "./framer.ts";
import { CONNACK, encodeConnect } from "./packets.ts";
import type { Turn } from "./turn.ts";

/** What a connection does with the packets it receives, and which ones it adds before its bytes are written. */
export interface Role extends PacketSink {
  fill(): void;
}

/** What all connections of a run share. */
export interface Shared {
  readonly port: number;
  readonly turn: Turn;
  /** Every socket reads into it: what a read brought is consumed before the next read begins. */
  readonly readBuffer: Buffer;
  readonly maximumPacketBytes: number;
}

const OUT_BYTES = 65_536;

/** A raw MQTT connection. Anything but the expected ends the process: a run with a fault in it has no figures. */
export class Connection {
  readonly #turn: Turn;
  readonly #role: Role;
  readonly #socket: Socket;
  #out = Buffer.allocUnsafe(OUT_BYTES);
  #used = 0;
  #waiting = false;
  #closing = false;
  #awaited = 0;
  #arrived = (): void => {};

  constructor(shared: Shared, role: Role) {
    this.#turn = shared.turn;
    this.#role = role;
    const framer = new Framer(role, shared.maximumPacketBytes);
    const callback = (bytes: number): boolean => {
      shared.turn.now = performance.now();
      framer.feed(shared.readBuffer, bytes);
      return true;
    };
    const onread = { buffer: shared.readBuffer, callback };
    this.#socket = connect({ host: "127.0.0.1", port: shared.port, noDelay: true, onread });
    this.#socket.on("close", () => {
      if (!this.#closing) throw new Error("the broker closed a connection");
    });
  }

  /** Resolves when the broker has accepted the CONNECT. */
  async open(clientId: string, cleanSession = true): Promise<void> {
    await once(this.#socket, "connect");
    await this.request(encodeConnect(clientId, cleanSession), CONNACK);
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

  /** Sends a packet and resolves when the answer, a packet of the given type, is handed to `answer`. */
  request(packet: Buffer, answerType: number): Promise<void> {
    this.#awaited = answerType;
    this.#socket.write(packet);
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  /** Where a role hands the packets of a handshake. `code` is the last byte: CONNACK's return code, SUBACK's granted QoS. */
  answer(type: number, code: number, expectedCode: number): void {
    if (type !== this.#awaited) throw new Error(`the broker sent an unexpected packet of type ${type}`);
    if (code !== expectedCode) throw new Error(`the broker answered with code ${code} (packet type ${type})`);
    this.#awaited = 0;
    this.#arrived();
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

  /** Makes room for `bytes` (at most `OUT_BYTES`) and returns where they go in `out`. */
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
    if (this.#used > 0) this.#write();
  }

  /** What the kernel takes at once leaves the buffer free for reuse; otherwise the socket still holds on to it. */
  #write(): void {
    this.#socket.write(this.#out.subarray(0, this.#used));
    if (this.#socket.writableLength > 0) this.#out = Buffer.allocUnsafe(OUT_BYTES);
    this.#used = 0;
  }
}
