import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { hash } from "@node-rs/argon2";
import { TernmqError } from "../errors.ts";
import { replaceUser } from "../security/passwords/edit.ts";
import { parsePasswordFile } from "../security/passwords/password-file.ts";
import { createScramVerifier } from "../security/scram/verifier.ts";
import { replaceFile } from "./replace-file.ts";

/** @throws {TernmqError} ERR_PASSWORD, ERR_PASSWORD_FILE by the promise */
export async function setPassword(file: string, user: string, password: string, forScram: boolean): Promise<void> {
  const hashes = forScram ? await scramVerifiers(password) : [await hash(password)];
  await replaceFile(file, async () => {
    const text = (await textOf(file)) ?? "";
    const changed = replaceUser(text, user, hashes) ?? text;
    warn(file, changed);
    return changed;
  });
}

/** @throws {TernmqError} ERR_PASSWORD_FILE by the promise */
export async function deleteUser(file: string, user: string): Promise<void> {
  await replaceFile(file, async () => {
    const text = await textOf(file);
    if (text === undefined) throw new TernmqError("ERR_PASSWORD_FILE", `there is no password file ${file}`);
    const changed = replaceUser(text, user, []);
    if (changed === undefined) throw new TernmqError("ERR_PASSWORD_FILE", `there is no user ${user} in ${file}`);
    warn(file, changed);
    return changed;
  });
}

async function scramVerifiers(password: string): Promise<string[]> {
  const made = await Promise.all([createScramVerifier("sha256", password), createScramVerifier("sha512", password)]);
  return made.map((verifier) => {
    if (verifier !== undefined) return verifier.toString();
    throw new TernmqError("ERR_PASSWORD", "SCRAM does not allow a password with control or other special characters");
  });
}

/** Undefined where there is no file. */
async function textOf(file: string): Promise<string | undefined> {
  const bytes = await bytesOf(file);
  // Written again, other users' lines would not be what they were.
  if (bytes !== undefined && !isUtf8(bytes))
    throw new TernmqError("ERR_PASSWORD_FILE", `${file} is not UTF-8: save it as that`);
  return bytes?.toString();
}

async function bytesOf(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TernmqError("ERR_PASSWORD_FILE", `cannot read ${file}: ${reason}`, { cause: error });
  }
}

/** Other lines are kept even where a broker would refuse them. */
function warn(file: string, text: string): void {
  try {
    parsePasswordFile(file, text);
  } catch (error) {
    if (!(error instanceof TernmqError)) throw error;
    process.stderr.write(`ternmq: warning: a broker will not take this file:\n${error.message}\n`);
  }
}
