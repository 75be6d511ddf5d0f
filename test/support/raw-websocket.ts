import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import { openTls } from "./tls-client.ts";

export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

interface Frame {
  opcode: number;
  payload: Buffer;
}

interface Response {
  status: number;
  headers: Map<string, string>;
}

export interface WebSocketOptions {
  /** What the client offers; `undefined`: no header at all. */
  protocols?: string | undefined;
  path?: string;
  /** Further headers of the request. */
  headers?: Record<string, string>;
  /** Over TLS, with these options. */
  tls?: ConnectionOptions;
}

/** A frame of a client, masked (RFC 6455 §5.2). */
export function frame(opcode: number, payload: Uint8Array, isFinal = true): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload);
  for (let index = 0; index < masked.length; index++) masked[index] = (masked[index] ?? 0) ^ (mask[index & 3] ?? 0);
  const header = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10);
  header[0] = (isFinal ? 0x80 : 0) | opcode;
  header[1] = 0x80 | (payload.length < 126 ? payload.length : payload.length < 65_536 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(payload.length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, mask, masked]);
}

/** A WebSocket as a stream of bytes: each write is one binary frame, and what comes in binary frames is read. */
export class RawWebSocket extends Duplex {
  /** The subprotocol that the server chose. */
  readonly protocol: string | undefined;
  /** Control frames that came, in order; `control` is emitted for each. */
  readonly controls: Frame[] = [];
  /** Opcodes of the data frames that came. */
  readonly opcodes: number[] = [];
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, protocol: string | undefined, rest: Buffer) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.protocol = protocol;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("close", () => this.push(null));
    socket.on("error", () => {});
    this.#receive(rest);
  }

  /** @throws an error with the HTTP status where the server refuses */
  static async connect(port: number, options: WebSocketOptions = {}): Promise<RawWebSocket> {
    const socket = options.tls === undefined ? await openTcp(port) : await openTls(port, options.tls);
    const key = randomBytes(16).toString("base64");
    const { protocols, path = "/mqtt", headers = {} } = { protocols: "mqtt", ...options };
    const others = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const offer = protocols === undefined ? "" : `Sec-WebSocket-Protocol: ${protocols}\r\n`;
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${offer}${others.join("")}\r\n`,
    );
    const { response, rest } = await readResponse(socket);
    const accept = createHash("sha1").update(key).update(ACCEPT_SUFFIX).digest("base64");
    if (response.status !== 101 || response.headers.get("sec-websocket-accept") !== accept) {
      socket.destroy();
      throw new Error(`refused with HTTP status ${response.status}`);
    }
    return new RawWebSocket(socket, response.headers.get("sec-websocket-protocol"), rest);
  }

  /** Sends bytes as they are. */
  sendRaw(...parts: Uint8Array[]): void {
    this.#socket.write(Buffer.concat(parts));
  }

  /** Leaves what the server sends where it is. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** The next control frame that was not taken yet. */
  async control(): Promise<Frame> {
    if (this.controls.length === 0) await once(this, "control");
    return this.controls.shift() ?? { opcode: -1, payload: Buffer.alloc(0) };
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#socket.write(frame(BINARY, chunk));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let taken = this.#take(); taken !== undefined; taken = this.#take()) {
      if (taken.opcode < CLOSE) {
        this.opcodes.push(taken.opcode);
        this.push(taken.payload);
      } else {
        this.controls.push(taken);
        this.emit("control");
      }
    }
  }

  /** Takes a whole frame of the server's off the front. */
  #take(): Frame | undefined {
    const [first, second] = this.#rest;
    if (first === undefined || second === undefined) return undefined;
    if ((second & 0x80) !== 0 || (first & 0x70) !== 0) throw new Error("a server's frame is masked or compressed");
    const start = second === 127 ? 10 : second === 126 ? 4 : 2;
    if (this.#rest.length < start) return undefined;
    const length =
      start === 10 ? Number(this.#rest.readBigUInt64BE(2)) : start === 4 ? this.#rest.readUInt16BE(2) : second;
    if (this.#rest.length < start + length) return undefined;
    const payload = this.#rest.subarray(start, start + length);
    this.#rest = this.#rest.subarray(start + length);
    return { opcode: first & 0x0f, payload };
  }
}

async function openTcp(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

async function readResponse(socket: Socket): Promise<{ response: Response; rest: Buffer }> {
  let bytes: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    socket.emit("more");
  };
  socket.on("data", onData);
  const closed = new AbortController();
  socket.once("close", () => closed.abort(new Error("closed without an answer")));
  while (!bytes.includes("\r\n\r\n")) await once(socket, "more", { signal: closed.signal });
  socket.off("data", onData);
  const end = bytes.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const headers = new Map(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  return { response: { status: Number(statusLine.split(" ")[1]), headers }, rest: bytes.subarray(end + 4) };
}
