import { connect, type Socket } from "node:net";
import type { Version } from "../../support/packets.ts";
import { decodePacket, firstPacketLength, type Packet } from "../../support/server-packets.ts";

export interface WireEnd {
  onOpen(): void;
  onPacket(packet: Packet): void;
  /** The broker sent what no server may send. */
  onMalformed(error: unknown): void;
  /** Once; nothing comes after it. */
  onClosed(): void;
}

/** A connection that hands on each packet as it comes. */
export class Wire {
  readonly #socket: Socket;
  readonly #version: Version;
  readonly #end: WireEnd;
  #rest: Buffer = Buffer.alloc(0);
  #isCut = false;

  constructor(port: number, version: Version, end: WireEnd) {
    this.#version = version;
    this.#end = end;
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("connect", () => end.onOpen());
    this.#socket.on("data", (chunk: Buffer) => this.batch(() => this.#receive(chunk)));
    this.#socket.on("close", () => end.onClosed());
    // A reset is what kill -9 looks like; "close" follows.
    this.#socket.on("error", () => {});
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** What is sent meanwhile goes out as one chunk. */
  batch(work: () => void): void {
    this.#socket.cork();
    work();
    this.#socket.uncork();
  }

  /** Sends the last bytes, if the connection holds long enough. */
  end(bytes: Buffer): void {
    this.#isCut = true;
    this.#socket.end(bytes);
    this.#socket.resume();
  }

  cut(): void {
    this.#isCut = true;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (!this.#isCut) {
      const packet = this.#next();
      if (packet === undefined) return;
      this.#end.onPacket(packet);
    }
  }

  /** Undefined while the next packet is not whole. */
  #next(): Packet | undefined {
    try {
      const length = firstPacketLength(this.#rest);
      if (length === undefined) return undefined;
      const packet = decodePacket(this.#rest.subarray(0, length), this.#version);
      this.#rest = this.#rest.subarray(length);
      return packet;
    } catch (error) {
      this.cut();
      this.#end.onMalformed(error);
      return undefined;
    }
  }
}
