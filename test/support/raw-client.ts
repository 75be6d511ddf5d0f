import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import { clearTimeout, setTimeout } from "node:timers";
import { type ConnectOptions, connect, disconnect, pingreq, puback, pubcomp, pubrec, type Version } from "./packets.ts";
import { decodePacket, firstPacketLength, type Packet, type PacketOf, type PacketType } from "./server-packets.ts";

/** Of the time that `holdTime` does not hold: the timers of node:timers are the real ones. */
const TIMEOUT = 5_000;

export interface RawClientOptions {
  host?: string;
  /** With it `connect` sends a CONNECT and waits for a CONNACK, which is then in `connack`. */
  connect?: ConnectOptions;
  /** Answers PUBLISH and PUBREL as soon as they arrive; they are still given to `next`. Default false. */
  autoAck?: boolean;
}

/** An MQTT client that sends what it is told and shows what it gets. It waits for events and fails after five seconds. */
export class RawClient {
  version: Version = 5;
  connack: PacketOf<"connack"> | undefined;
  readonly stream: Duplex;
  readonly #autoAck: boolean;
  readonly #packets: Packet[] = [];
  readonly #chunks: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #closed = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  /** A client over a stream that is open: TLS, a WebSocket, one end of a pair. */
  constructor(stream: Duplex, { autoAck = false }: { autoAck?: boolean } = {}) {
    this.stream = stream;
    this.#autoAck = autoAck;
    stream.on("data", (chunk: Buffer) => this.#receive(chunk));
    stream.on("end", () => this.#close());
    stream.on("close", () => this.#close());
    // A reset by the peer is one way of being closed; "close" follows.
    stream.on("error", () => {});
  }

  static async connect(port: number, options: RawClientOptions = {}): Promise<RawClient> {
    const socket = connectSocket({ port, host: options.host ?? "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    const client = new RawClient(socket, options);
    if (options.connect !== undefined) await client.handshake(options.connect);
    return client;
  }

  /** Sends a CONNECT and waits for the CONNACK, of whatever reason code. */
  async handshake(options: ConnectOptions = {}): Promise<PacketOf<"connack">> {
    this.version = options.version ?? 5;
    this.send(connect(options));
    const connack = await this.expect("connack");
    this.connack = connack;
    return connack;
  }

  /** Sends the bytes as one chunk. */
  send(...parts: Uint8Array[]): void {
    this.stream.write(Buffer.concat(parts));
  }

  /** The next packet, in order of arrival. */
  async next(what = "a packet"): Promise<Packet> {
    const packet = await this.nextOrClosed(what);
    if (packet !== undefined) return packet;
    throw new Error(`the connection was closed while waiting for ${what}`);
  }

  /** The next packet, in order of arrival; undefined: the peer has closed and nothing came before that. */
  async nextOrClosed(what = "a packet or the end"): Promise<Packet | undefined> {
    await this.#until(what, () => this.#packets.length > 0 || this.#closed || this.#failure !== undefined);
    const packet = this.#packets.shift();
    if (packet === undefined && this.#failure !== undefined) throw this.#failure;
    return packet;
  }

  /** The next packet, which has to be of this type. */
  async expect<T extends PacketType>(type: T): Promise<PacketOf<T>> {
    const packet = await this.next(type);
    if (!isOf(packet, type)) throw new Error(`expected ${type}, got ${show(packet)}`);
    return packet;
  }

  /** Waits until the peer has closed; nothing may come before that. */
  async expectClosed(): Promise<void> {
    await this.#until("the peer to close", () => this.#packets.length > 0 || this.#closed);
    const [packet] = this.#packets;
    if (packet !== undefined) throw new Error(`expected a closed connection, got ${show(packet)}`);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Fails if anything comes before the answer to a PINGREQ sent now. */
  async expectNothing(): Promise<void> {
    this.send(pingreq());
    const packet = await this.next("pingresp");
    if (packet.type !== "pingresp") throw new Error(`expected nothing, got ${show(packet)}`);
  }

  /** All bytes that came so far. */
  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Packets that came and were not taken by `next` yet. */
  get waiting(): number {
    return this.#packets.length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends a DISCONNECT and waits until the peer has closed. What comes before that is dropped. */
  async close(): Promise<void> {
    if (!this.#closed) this.send(disconnect());
    await this.#until("the peer to close", () => this.#closed);
    this.stream.destroy();
  }

  /** Drops the connection without a DISCONNECT. */
  destroy(): void {
    this.stream.destroy();
  }

  #receive(chunk: Buffer): void {
    const copy = Buffer.from(chunk);
    this.#chunks.push(copy);
    this.#rest = Buffer.concat([this.#rest, copy]);
    try {
      this.#split();
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.stream.destroy();
    }
    this.#wake();
  }

  #split(): void {
    for (;;) {
      const length = firstPacketLength(this.#rest);
      if (length === undefined) return;
      const packet = decodePacket(this.#rest.subarray(0, length), this.version);
      this.#rest = this.#rest.subarray(length);
      this.#packets.push(packet);
      if (this.#autoAck) this.#acknowledge(packet);
    }
  }

  #acknowledge(packet: Packet): void {
    if (packet.type === "pubrel") this.send(pubcomp(packet.packetIdentifier));
    if (packet.type !== "publish" || packet.qos === 0) return;
    this.send(packet.qos === 1 ? puback(packet.packetIdentifier) : pubrec(packet.packetIdentifier));
  }

  #close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** One waiter at a time. */
  #until(what: string, condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#wake = () => {};
        reject(new Error(`waited ${TIMEOUT} ms for ${what}`));
      }, TIMEOUT);
      this.#wake = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
    });
  }
}

function isOf<T extends PacketType>(packet: Packet, type: T): packet is PacketOf<T> {
  return packet.type === type;
}

function show(packet: Packet): string {
  return JSON.stringify(packet, (_key, value) => (value?.type === "Buffer" ? Buffer.from(value).toString() : value));
}
