import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { TernmqError } from "../errors.ts";
import type { AuthenticateHook, AuthorizeHook } from "./access.ts";
import { hookAuthenticator } from "./hook-authenticator.ts";
import type { Opened } from "./security-files.ts";

/**
 * Loads a user's own module. One that has changed is loaded anew; what the older one took of memory stays taken.
 * @param maximumWait milliseconds that an answer may take
 * @throws {TernmqError} ERR_HOOK_MODULE by the promise
 */
export async function openModule(file: string, maximumWait: number): Promise<Opened> {
  const { authenticate, authorize } = await load(file);
  if (authenticate === undefined && authorize === undefined) {
    throw wrong(file, "it exports neither authenticate nor authorize");
  }
  checkFunction(file, "authenticate", authenticate);
  checkFunction(file, "authorize", authorize);
  return {
    authenticator: authenticate && hookAuthenticator(`module ${file}`, authenticate, maximumWait),
    scramUsers: undefined,
    authorize,
  };
}

interface Hooks {
  readonly authenticate?: AuthenticateHook;
  readonly authorize?: AuthorizeHook;
}

async function load(file: string): Promise<Hooks> {
  const path = resolve(file);
  try {
    const { mtimeMs } = await stat(path);
    const address = `${pathToFileURL(path).href}?changed=${mtimeMs}`;
    return (await import(address)) as Hooks;
  } catch (cause) {
    throw wrong(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function checkFunction(file: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw wrong(file, `${name} is no function`);
}

function wrong(file: string, reason: string, cause?: unknown): TernmqError {
  return new TernmqError("ERR_HOOK_MODULE", `cannot use the module ${file}: ${reason}`, { cause });
}
