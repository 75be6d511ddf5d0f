import { constants } from "node:os";
import { DiskError } from "./disk-error.ts";
import type { Failure } from "./protocol.ts";

const { errno } = constants;
const NO_ROOM = ["ENOSPC", "EFBIG", "EDQUOT"] as const;
const NOT_ALLOWED = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "ENOENT", "EISDIR", "ENAMETOOLONG"] as const;

/** Node's errors have the name of the code, LMDB's its number. */
function is(error: unknown, names: readonly (keyof typeof errno)[]): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return names.some((name) => code === name || code === errno[name]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}

export function diskErrorOf({ code, message }: Failure): DiskError {
  return new DiskError(code, message);
}

/** An error while the store is in use. */
export function failureOf(error: unknown, directory: string): Failure {
  if (error instanceof DiskError) return { code: error.code, message: error.message };
  const message = messageOf(error);
  if (is(error, NO_ROOM)) {
    return { code: "ERR_STORE_FULL", message: `${directory}: there is no room on the disk (${message}): make some` };
  }
  return { code: "ERR_STORE_FAILED", message: `${directory}: the disk failed: ${message}` };
}

/** An error while the store is opened. */
export function openFailureOf(error: unknown, directory: string): Failure {
  if (error instanceof DiskError) return { code: error.code, message: error.message };
  const message = messageOf(error);
  const remedy = is(error, NO_ROOM)
    ? "make room on the disk"
    : is(error, NOT_ALLOWED)
      ? "give the broker a directory that it may write to"
      : "see whether the disk is sound, or give the broker another directory";
  return { code: "ERR_STORE_UNUSABLE", message: `${directory} cannot be used (${message}): ${remedy}` };
}
