import type { ConnectOptions, Version } from "../../support/packets.ts";

/**
 * The tables in this folder state the rules of the standards, apart from src/. Each row becomes a case: a few bytes on a connection of
 * their own, and the answers that the standard leaves a server.
 */
export interface Case {
  /** The normative statements first, if there are any. */
  readonly name: string;
  readonly version: Version;
  readonly bytes: Uint8Array;
  /**
   * Transcripts, any of which is right: what the server sends, separated by commas, then "alive" if it still answers a PINGREQ and
   * "closed" if it has closed. "suback 0x00 0x8f, alive"
   */
  readonly accepted: readonly string[];
  /** Messages that another client gets, which has subscribed to everything. Default 0. */
  readonly delivered?: number;
  /** The CONNECT in front of the bytes; false: they are the first of the connection. Default: one without anything special. */
  readonly connect?: ConnectOptions | false;
}

/** Cases of one rule, which are too many for a test each. */
export interface Sweep {
  readonly name: string;
  readonly cases: readonly Case[];
}

export const PROTOCOL: Readonly<Record<Version, string>> = { 3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5.0" };

/** Tags of normative statements by version; MQTT 3.1 numbers none. */
export interface Statements {
  readonly 4?: string;
  readonly 5?: string;
}

/** The tags of both. */
export function joined(first: Statements, second: Statements = {}): Statements {
  const join = (version: 4 | 5): string => `${first[version] ?? ""} ${second[version] ?? ""}`.trim();
  return { 4: join(4), 5: join(5) };
}

/** Proven by each refusal, named where there is nothing more special. */
const ANY_VIOLATION: Statements = { 4: "[MQTT-4.8.0-1 of 3.1.1]", 5: "[MQTT-4.13.1-1]" };

export function named(version: Version, statements: Statements, what: string): string {
  const tags = version === 3 ? "" : (statements[version] ?? ANY_VIOLATION[version] ?? "");
  return tags === "" ? what : `${tags} ${what}`;
}

/** The same for what has to be taken. */
export function plainlyNamed(version: Version, statements: Statements, what: string): string {
  return named(version, { 4: "", 5: "", ...statements }, what);
}

export function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

export const MALFORMED_PACKET = 0x81;
export const PROTOCOL_ERROR = 0x82;
/** Where the standard forbids something and names no reason code. */
export const FORBIDDEN: readonly number[] = [MALFORMED_PACKET, PROTOCOL_ERROR];

/** How a server ends a connection that it had accepted: 5.0 has words for the reason (one of these), 3.x closes. */
export function refused(version: Version, reasonCodes: readonly number[]): string[] {
  return version === 5 ? reasonCodes.map((each) => `disconnect ${hex(each)}, closed`) : ["closed"];
}

/** How a server refuses a CONNECT that it cannot take at all: 3.x has no word for that. */
export function refusedConnect(version: Version, reasonCodes: readonly number[]): string[] {
  return version === 5 ? reasonCodes.map((each) => `connack ${hex(each)}, closed`) : ["closed"];
}

/** What goes before every answer of a list. */
export function after(first: string, accepted: readonly string[]): string[] {
  return accepted.map((each) => `${first}, ${each}`);
}
