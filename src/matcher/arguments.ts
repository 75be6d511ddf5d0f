import { MatcherError } from "./errors.ts";

/** Throws ERR_INVALID_ID unless it is an integer from 0 to 4,294,967,295. */
export function checkId(id: number): void {
  if (typeof id === "number" && id >>> 0 === id) return;
  const given = typeof id === "number" ? id : `a value of type ${typeof id}`;
  throw new MatcherError("ERR_INVALID_ID", `An id has to be an integer from 0 to 4294967295, not ${given}.`);
}

/** Throws ERR_INVALID_ARGUMENT unless it is a string, as all below do for what they check. */
export function checkText(text: string): void {
  if (typeof text !== "string") throw argumentError("A topic or filter has to be a string.");
}

export function checkTopics(topics: Iterable<string>): void {
  if (typeof topics === "string" || !isIterable(topics)) throw argumentError("topics has to be a list of strings.");
}

export function checkVisitor(visit: unknown): void {
  if (typeof visit !== "function") throw argumentError("visit has to be a function.");
}

/** Whether it is a typed array of this kind, of this or another realm: test runners and frames have classes of their own. */
export function isArray(value: unknown, kind: "Uint8Array" | "Uint32Array"): boolean {
  return ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === kind;
}

export function checkOut(out: Uint32Array): void {
  if (!isArray(out, "Uint32Array")) throw argumentError("out has to be a Uint32Array.");
}

export function checkBytes(bytes: Uint8Array, offset: number, length: number): void {
  if (!isArray(bytes, "Uint8Array")) throw argumentError("bytes has to be a Uint8Array.");
  const isInside = Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0;
  if (!isInside || offset + length > bytes.length)
    throw argumentError("offset and length have to lie inside of bytes.");
}

export function checkLimit(limit: number): void {
  const isWhole = Number.isInteger(limit) || limit === Number.POSITIVE_INFINITY;
  if (!isWhole || limit < 0) throw argumentError("limit has to be a whole number from 0 on, or Infinity.");
}

export function isIterable(value: unknown): value is Iterable<unknown> {
  return value != null && Symbol.iterator in Object(value);
}

export function argumentError(message: string): MatcherError {
  return new MatcherError("ERR_INVALID_ARGUMENT", message);
}
