import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { TernmqError } from "../errors.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A line of a file, or what is wrong with it. */
export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  /** Undefined for bytes that are not UTF-8. */
  readonly text: string | undefined;
}

function toLine(number: number, parts: readonly Buffer[]): NumberedLine {
  const whole = parts.length === 1 ? parts[0] : undefined;
  const bytes = whole ?? Buffer.concat(parts);
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
  return { number, text: isUtf8(bytes) ? bytes.toString("utf8", 0, end) : undefined };
}

/** The lines of a file, in memory one at a time. @param path `-` is standard input. @throws {TernmqError} where it cannot be read */
export async function* readLines(path: string): AsyncGenerator<NumberedLine> {
  let parts: Buffer[] = [];
  let number = 1;
  for await (const chunk of chunksOf(path)) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield toLine(number++, [...parts, chunk.subarray(start, end)]);
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (parts.length > 0) yield toLine(number, parts);
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const name = path === "-" ? "standard input" : path;
  try {
    yield* path === "-" ? process.stdin : createReadStream(path);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new TernmqError("ERR_INPUT", `${name} cannot be read: ${message}`, { cause: error });
  }
}
