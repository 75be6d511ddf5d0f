import { describe, expect, test } from "vitest";
import {
  FRAME_HEADER_BYTES,
  upgradeRequest,
  WebSocketReader,
  writeFrameHeader,
} from "../../../bench/load/websocket.ts";

const ANSWER = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
const PING = Buffer.from([0x89, 2, 1, 2]);

/** A frame as a server sends it. */
function frame(payload: Buffer, opcode = 2): Buffer {
  const length = payload.length;
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, length]), payload]);
  const long = length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  long[0] = 0x80 | opcode;
  if (long.length === 4) {
    long[1] = 126;
    long.writeUInt16BE(length, 2);
  } else {
    long[1] = 127;
    long.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([long, payload]);
}

const PAYLOADS = [1, 125, 126, 300, 65_535, 65_536].map((length, index) => Buffer.alloc(length, 65 + index));

interface Read {
  readonly payload: Buffer;
  readonly opened: (string | undefined)[];
}

function read(stream: Buffer, pieceBytes: number): Read {
  const pieces: Buffer[] = [];
  const opened: (string | undefined)[] = [];
  const feed = (chunk: Buffer, end: number, from: number) => void pieces.push(Buffer.from(chunk.subarray(from, end)));
  const reader = new WebSocketReader({ feed }, (refusal) => opened.push(refusal));
  for (let at = 0; at < stream.length; at += pieceBytes) {
    const piece = stream.subarray(at, at + pieceBytes);
    reader.feed(piece, piece.length);
  }
  return { payload: Buffer.concat(pieces), opened };
}

describe("the WebSocket of the load generator", () => {
  const stream = Buffer.concat([Buffer.from(ANSWER), ...PAYLOADS.flatMap((payload) => [PING, frame(payload)])]);

  test.each([1, 2, 3, 7, 1_000, stream.length])("reads what frames hold in pieces of %i bytes", (pieceBytes) => {
    const { payload, opened } = read(stream, pieceBytes);
    expect(payload.equals(Buffer.concat(PAYLOADS))).toBe(true);
    expect(opened).toEqual([undefined]);
  });

  test("tells a refusal by its first line", () => {
    const { opened } = read(Buffer.from("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), 10);
    expect(opened).toEqual(["HTTP/1.1 404 Not Found"]);
  });

  test("does not take an answer without end, nor the end of the WebSocket", () => {
    expect(() => read(Buffer.alloc(10_000, "x"), 1_000)).toThrow("no end");
    expect(() => read(Buffer.concat([Buffer.from(ANSWER), frame(Buffer.alloc(2), 8)]), 5)).toThrow("closed");
  });

  test.each([2, 125, 126, 65_000])("writes one frame, masked and as short as can be, around %i bytes", (length) => {
    const out = Buffer.alloc(FRAME_HEADER_BYTES + length, "p");
    const bytes = out.subarray(writeFrameHeader(out, length));
    expect([bytes[0], (bytes[1] ?? 0) & 0x80]).toEqual([0x82, 0x80]);
    const short = (bytes[1] ?? 0) & 0x7f;
    expect(short).toBe(Math.min(length, 126));
    const maskAt = length < 126 ? 2 : 4;
    if (length >= 126) expect(bytes.readUInt16BE(2)).toBe(length);
    expect(bytes.subarray(maskAt, maskAt + 4)).toEqual(Buffer.alloc(4));
    expect(bytes.subarray(maskAt + 4)).toEqual(Buffer.alloc(length, "p"));
  });

  test("asks for MQTT where the target is", () => {
    const target = { transport: "ws", host: "::1", port: 8083, path: "/mqtt", clientPrefix: "" } as const;
    const request = upgradeRequest(target).toString();
    expect(request).toMatch(/^GET \/mqtt HTTP\/1\.1\r\nHost: \[::1\]:8083\r\n/);
    expect(request).toContain("\r\nSec-WebSocket-Protocol: mqtt\r\n");
    expect(request).toMatch(/\r\n\r\n$/);
  });
});
