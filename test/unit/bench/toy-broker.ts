import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { Framer } from "../../../bench/load/framer.ts";

/** What the toy does with each packet that it is about to send: how many copies go out. */
export type Copies = (type: number) => number;

const PACKET_BYTES_MAX = 1_024;
const CONNECT = 1;
const PUBLISH = 3;
const PUBREC = 5;
const PUBREL = 6;
const SUBSCRIBE = 8;

/** Just enough of a broker for the generator: exact filters, those that end in `+`, one to all of a group, acknowledgements. */
export class ToyBroker {
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  readonly #subscribers = new Map<string, Socket[]>();
  readonly #copies: Copies;
  #turn = 0;
  /** What was published to. */
  readonly topics = new Set<string>();

  constructor(copies: Copies = () => 1) {
    this.#copies = copies;
  }

  async listen(): Promise<number> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const packet = (first: number, bytes: Buffer, body: number, end: number) =>
      this.#packet(socket, first, bytes.subarray(body, end));
    const framer = new Framer({ packet }, PACKET_BYTES_MAX);
    socket.on("data", (chunk: Buffer) => framer.feed(chunk, chunk.length));
    socket.on("error", () => socket.destroy());
  }

  #packet(socket: Socket, first: number, body: Buffer): void {
    switch (first >> 4) {
      case CONNECT:
        this.#send(socket, 0x20, Buffer.from([0, 0]));
        break;
      case SUBSCRIBE:
        this.#subscribe(socket, body);
        break;
      case PUBLISH:
        this.#publish(socket, (first >> 1) & 3, first, body);
        break;
      case PUBREC:
        this.#send(socket, 0x62, body);
        break;
      case PUBREL:
        this.#send(socket, 0x70, body);
        break;
    }
  }

  #subscribe(socket: Socket, body: Buffer): void {
    const filter = body.toString("utf8", 4, body.length - 1);
    this.#subscribers.set(filter, [...(this.#subscribers.get(filter) ?? []), socket]);
    this.#send(socket, 0x90, Buffer.from([...body.subarray(0, 2), ...body.subarray(-1)]));
  }

  #publish(socket: Socket, qos: number, first: number, body: Buffer): void {
    const topicEnd = 2 + body.readUInt16BE(0);
    const topic = body.toString("utf8", 2, topicEnd);
    if (qos > 0) this.#send(socket, qos === 1 ? 0x40 : 0x50, body.subarray(topicEnd, topicEnd + 2));
    this.topics.add(topic);
    for (const filter of [topic, topic.replace(/[^/]+$/, "+")]) {
      for (const subscriber of this.#subscribers.get(filter) ?? []) this.#send(subscriber, first, body);
    }
    const group = this.#subscribers.get(`$share/load/${topic.replace(/[^/]+$/, "+")}`) ?? [];
    const member = group[this.#turn++ % group.length];
    if (member !== undefined) this.#send(member, first, body);
  }

  #send(socket: Socket, first: number, body: Buffer): void {
    const packet = Buffer.concat([Buffer.from([first, body.length]), body]);
    for (let copies = this.#copies(first >> 4); copies > 0; copies--) socket.write(packet);
  }
}
