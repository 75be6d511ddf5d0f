import { readFile } from "node:fs/promises";
import { TernmqError } from "../../errors.ts";
import type { ScramHash, ScramVerifier } from "../scram/verifier.ts";
import { parseStoredHash, type StoredHash } from "./stored-hash.ts";

/** A line `user:hash`. */
export interface PasswordEntry {
  readonly username: string;
  readonly hash: StoredHash;
  /** The hash as it stands there. */
  readonly text: string;
}

/** The users of a password file, each with their hashes: one, or one for each method of authentication. */
export type Users = ReadonlyMap<string, readonly PasswordEntry[]>;

/** How many problems of a file are told at a time. */
const MOST_PROBLEMS = 20;

/** @throws {TernmqError} ERR_PASSWORD_FILE, by the promise, with file, line and column of all that is wrong */
export async function readPasswordFile(file: string): Promise<Users> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new TernmqError("ERR_PASSWORD_FILE", `cannot read the password file ${file}: ${reasonOf(cause)}`, { cause });
  }
  return parsePasswordFile(file, text);
}

/** @throws {TernmqError} ERR_PASSWORD_FILE */
export function parsePasswordFile(file: string, text: string): Users {
  const users = new Map<string, PasswordEntry[]>();
  const problems: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const problem = takeLine(users, line.trimEnd());
    if (problem !== undefined) problems.push(`${file}:${index + 1}:${problem.column}: ${problem.message}`);
  }
  if (problems.length > 0) throw new TernmqError("ERR_PASSWORD_FILE", listed(problems));
  return users;
}

/** The name in front of the hash in a line; undefined for a line without any: a comment, an empty one, or a wrong one. */
export function usernameOf(line: string): string | undefined {
  if (line.startsWith("#")) return undefined;
  const colon = line.indexOf(":");
  return colon > 0 ? line.slice(0, colon) : undefined;
}

export function scramVerifierOf(entries: readonly PasswordEntry[], hash: ScramHash): ScramVerifier | undefined {
  return entries.find((entry) => entry.hash.scram?.hash === hash)?.hash.scram;
}

function takeLine(users: Map<string, PasswordEntry[]>, line: string): { column: number; message: string } | undefined {
  if (line === "" || line.startsWith("#")) return undefined;
  const username = usernameOf(line);
  if (username === undefined) return { column: 1, message: "expected user:hash" };
  const text = line.slice(username.length + 1);
  const column = username.length + 2;
  try {
    const hash = parseStoredHash(text);
    const entries = users.get(username) ?? [];
    if (entries.some((entry) => entry.hash.form === hash.form)) {
      return { column: 1, message: `a second line for the user ${username}` };
    }
    users.set(username, [...entries, { username, hash, text }]);
    return undefined;
  } catch (error) {
    return { column, message: reasonOf(error) };
  }
}

function listed(problems: readonly string[]): string {
  const told = problems.slice(0, MOST_PROBLEMS);
  const more = problems.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
