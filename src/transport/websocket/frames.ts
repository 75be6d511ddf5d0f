import { isUtf8 } from "node:buffer";

export const CLOSE_NORMAL = 1000;
const CLOSE_PROTOCOL_ERROR = 1002;
export const CLOSE_UNSUPPORTED_DATA = 1003;
const CLOSE_NO_TEXT = 1007;
export const CLOSE_POLICY_VIOLATION = 1008;
const CLOSE_TOO_LARGE = 1009;

export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PONG = 0xa;

const CONTINUATION = 0x0;
const TEXT = 0x1;
const PING = 0x9;

const FINAL = 0x80;
const RESERVED = 0x70;
const OPCODE = 0x0f;
const MASKED = 0x80;
const LENGTH = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const CONTROL = 0x8;
const LONGEST_CONTROL = 125;
const MASK_BYTES = 4;
const LONGEST_HEADER = 14;

/** A client breaks the rules of RFC 6455; `closeCode` is what it is told. */
export class FrameError extends Error {
  readonly closeCode: number;

  constructor(closeCode: number, message: string) {
    super(message);
    this.closeCode = closeCode;
  }
}

export interface FrameHandler {
  /** Payload of binary frames, in order, cut anywhere; the memory is that of the chunk. */
  onData(bytes: Buffer): void;
  onPing(payload: Buffer): void;
  /** @param code undefined: the client gives none */
  onCloseFrame(code: number | undefined): void;
}

/**
 * Takes the frames off what a client sends (RFC 6455 §5.2), at whatever places it is cut.
 *
 *     | FIN RSV opcode | MASK length | length of 2 or 8 bytes | masking key | payload |
 *     0                1             2                        2, 4, 10      6, 8, 14
 */
export class FrameReader {
  readonly #maximumSize: number;
  readonly #handler: FrameHandler;
  readonly #header = Buffer.alloc(LONGEST_HEADER);
  #headerLength = 0;
  readonly #mask = Buffer.alloc(MASK_BYTES);
  #maskAt = 0;
  #opcode = 0;
  /** Bytes of the payload that are still to come; undefined: a header is. */
  #left: number | undefined;
  /** Of a control frame, which is handled whole. */
  #control: Buffer[] = [];
  /** A message is under way whose last frame did not come. */
  #isFragmented = false;

  /** @param maximumSize bytes of a frame */
  constructor(maximumSize: number, handler: FrameHandler) {
    this.#maximumSize = maximumSize;
    this.#handler = handler;
  }

  /** Unmasks in place. @throws {FrameError} */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at = this.#left === undefined ? this.#readHeader(chunk, at) : this.#readPayload(chunk, at, this.#left);
    }
  }

  #readHeader(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && this.#headerLength < this.#headerSize) {
      this.#header[this.#headerLength++] = chunk[at++] ?? 0;
      if (this.#headerLength === 2) this.#checkStart(this.#header.readUInt8(0), this.#header.readUInt8(1));
    }
    if (this.#headerLength === this.#headerSize) this.#beginPayload();
    return at;
  }

  /** Bytes of the header that is being read, as far as that is known. */
  get #headerSize(): number {
    if (this.#headerLength < 2) return 2;
    const length = this.#header.readUInt8(1) & LENGTH;
    return 2 + (length === LENGTH_16 ? 2 : length === LENGTH_64 ? 8 : 0) + MASK_BYTES;
  }

  #checkStart(first: number, second: number): void {
    const opcode = first & OPCODE;
    const isFinal = (first & FINAL) !== 0;
    if ((first & RESERVED) !== 0) throw new FrameError(CLOSE_PROTOCOL_ERROR, "reserved bits are set");
    if ((second & MASKED) === 0) throw new FrameError(CLOSE_PROTOCOL_ERROR, "a client's frames are masked");
    if (opcode >= CONTROL) {
      if (opcode > PONG) throw new FrameError(CLOSE_PROTOCOL_ERROR, "the opcode is unknown");
      if (!isFinal) throw new FrameError(CLOSE_PROTOCOL_ERROR, "a control frame is fragmented");
      if ((second & LENGTH) > LONGEST_CONTROL)
        throw new FrameError(CLOSE_PROTOCOL_ERROR, "a control frame is too long");
    } else {
      this.#checkData(opcode, isFinal);
    }
    this.#opcode = opcode;
  }

  /** [MQTT-6.0.0-1] [MQTT-6.0.0-1 of 3.1.1] */
  #checkData(opcode: number, isFinal: boolean): void {
    if (opcode === TEXT) throw new FrameError(CLOSE_UNSUPPORTED_DATA, "MQTT travels in binary frames");
    if (opcode > BINARY) throw new FrameError(CLOSE_PROTOCOL_ERROR, "the opcode is unknown");
    if ((opcode === CONTINUATION) !== this.#isFragmented) {
      throw new FrameError(CLOSE_PROTOCOL_ERROR, "the frames of a message are out of order");
    }
    this.#isFragmented = !isFinal;
  }

  #beginPayload(): void {
    const header = this.#header;
    const short = header.readUInt8(1) & LENGTH;
    const length = short === LENGTH_16 ? header.readUInt16BE(2) : short === LENGTH_64 ? readLength(header) : short;
    if (length > this.#maximumSize) throw new FrameError(CLOSE_TOO_LARGE, "the frame is too large");
    header.copy(this.#mask, 0, this.#headerLength - MASK_BYTES, this.#headerLength);
    this.#maskAt = 0;
    this.#headerLength = 0;
    this.#left = length;
    if (length === 0) this.#endPayload();
  }

  #readPayload(chunk: Buffer, at: number, left: number): number {
    const end = Math.min(chunk.length, at + left);
    const part = chunk.subarray(at, end);
    this.#unmask(part);
    this.#left = left - part.length;
    if (this.#opcode >= CONTROL) this.#control.push(Buffer.from(part));
    else this.#handler.onData(part);
    if (this.#left === 0) this.#endPayload();
    return end;
  }

  #unmask(bytes: Buffer): void {
    const mask = this.#mask;
    let at = this.#maskAt;
    for (let index = 0; index < bytes.length; index++) {
      bytes[index] = (bytes[index] ?? 0) ^ (mask[at] ?? 0);
      at = (at + 1) & 3;
    }
    this.#maskAt = at;
  }

  #endPayload(): void {
    this.#left = undefined;
    if (this.#opcode < CONTROL) return;
    const payload = Buffer.concat(this.#control);
    this.#control = [];
    if (this.#opcode === PING) this.#handler.onPing(payload);
    else if (this.#opcode === CLOSE) this.#handler.onCloseFrame(readCloseCode(payload));
  }
}

function readLength(header: Buffer): number {
  const length = header.readBigUInt64BE(2);
  return length > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(length);
}

/** [RFC 6455 §5.5.1, §7.4] @throws {FrameError} */
function readCloseCode(payload: Buffer): number | undefined {
  if (payload.length === 0) return undefined;
  const code = payload.length === 1 ? 0 : payload.readUInt16BE(0);
  const isDefined = code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006);
  if (!isDefined && !(code >= 3000 && code <= 4999))
    throw new FrameError(CLOSE_PROTOCOL_ERROR, "a Close frame has a code that is none");
  if (!isUtf8(payload.subarray(2))) throw new FrameError(CLOSE_NO_TEXT, "the reason of a Close frame is not UTF-8");
  return code;
}

/** A frame of the server's: final, not masked. */
export function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const at = length < LENGTH_16 ? 2 : length < 0x1_0000 ? 4 : 10;
  const frame = Buffer.allocUnsafe(at + length);
  frame[0] = FINAL | opcode;
  frame[1] = at === 2 ? length : at === 4 ? LENGTH_16 : LENGTH_64;
  if (at === 4) frame.writeUInt16BE(length, 2);
  if (at === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(payload, at);
  return frame;
}

/** The payload of a Close frame. @param code undefined: none is given */
export function closePayload(code: number | undefined, reason = ""): Buffer {
  if (code === undefined) return Buffer.alloc(0);
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return payload;
}
