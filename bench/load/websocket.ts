import type { Target } from "./job.ts";

/** Takes the bytes of `chunk` from `from` up to `end`. */
interface ByteSink {
  feed(chunk: Buffer, end: number, from: number): void;
}

const HEAD_BYTES_MAX = 8_192;
const HEADER_BYTES_MAX = 10;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const OPCODE = 0x0f;
const CLOSE = 8;

/** Of what a client sends in one frame of less than 64 KiB: header, length, and a mask of zeros, which changes nothing. */
export const FRAME_HEADER_BYTES = 8;
const BINARY_FRAME = 0x82;
const MASKED = 0x80;

/** The request that opens a WebSocket. The answer's proof that it was read is not looked at. */
export function upgradeRequest({ host, port, path }: Target): Buffer {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host.includes(":") ? `[${host}]` : host}:${port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGVybm1xIGJlbmNobWFyaw==",
    "Sec-WebSocket-Protocol: mqtt",
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/**
 * Writes the header of one binary frame before the bytes that begin at `FRAME_HEADER_BYTES`; returns where it begins.
 * @param bytes how many those are, less than 64 KiB
 */
export function writeFrameHeader(out: Buffer, bytes: number): number {
  const start = bytes < LENGTH_16 ? 2 : 0;
  out[start] = BINARY_FRAME;
  if (start > 0) {
    out[start + 1] = MASKED | bytes;
  } else {
    out[1] = MASKED | LENGTH_16;
    out[2] = bytes >> 8;
    out[3] = bytes;
  }
  out.fill(0, FRAME_HEADER_BYTES - 4, FRAME_HEADER_BYTES);
  return start;
}

/** Takes a WebSocket's answer to the upgrade, then the frames, and hands on what the data frames hold. Pings are not answered. */
export class WebSocketReader {
  readonly #sink: ByteSink;
  readonly #onOpen: (refusal?: string) => void;
  readonly #header = Buffer.alloc(HEADER_BYTES_MAX);
  #head: string | undefined = "";
  #headerBytes = 0;
  /** Of the frame that is being read. */
  #left = 0;
  #isData = false;

  /** @param onOpen called once, when the answer is here; with its first line where that is a refusal */
  constructor(sink: ByteSink, onOpen: (refusal?: string) => void) {
    this.#sink = sink;
    this.#onOpen = onOpen;
  }

  feed(chunk: Buffer, end: number): void {
    let at = this.#head === undefined ? 0 : this.#readHead(chunk, end);
    while (at < end) {
      if (this.#left === 0) {
        at = this.#readHeader(chunk, at, end);
        continue;
      }
      const next = Math.min(end, at + this.#left);
      if (this.#isData) this.#sink.feed(chunk, next, at);
      this.#left -= next - at;
      at = next;
    }
  }

  #readHead(chunk: Buffer, end: number): number {
    const before = this.#head?.length ?? 0;
    const head = `${this.#head}${chunk.toString("latin1", 0, end)}`;
    const blank = head.indexOf("\r\n\r\n");
    if (blank < 0) {
      if (head.length > HEAD_BYTES_MAX) throw new Error("the broker's answer to the WebSocket upgrade has no end");
      this.#head = head;
      return end;
    }
    this.#head = undefined;
    const [status = ""] = head.split("\r\n", 1);
    this.#onOpen(/^HTTP\/1\.1 101\b/.test(status) ? undefined : status);
    return blank + 4 - before;
  }

  #readHeader(chunk: Buffer, from: number, end: number): number {
    let at = from;
    while (at < end && this.#headerBytes < this.#headerLength()) this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
    if (this.#headerBytes === this.#headerLength()) this.#beginFrame();
    return at;
  }

  #headerLength(): number {
    if (this.#headerBytes < 2) return 2;
    const length = this.#header[1] ?? 0;
    return length === LENGTH_64 ? 10 : length === LENGTH_16 ? 4 : 2;
  }

  #beginFrame(): void {
    const opcode = (this.#header[0] ?? 0) & OPCODE;
    if (opcode === CLOSE) throw new Error("the broker closed a WebSocket");
    const length = this.#header[1] ?? 0;
    this.#isData = opcode < CLOSE;
    this.#left = length < LENGTH_16 ? length : this.#longLength();
    this.#headerBytes = 0;
  }

  #longLength(): number {
    return this.#headerBytes === 4 ? this.#header.readUInt16BE(2) : Number(this.#header.readBigUInt64BE(2));
  }
}
