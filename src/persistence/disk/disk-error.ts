import { TernmqError } from "../../errors.ts";

/**
 * - ERR_STORE_LOCKED: another broker has the directory
 * - ERR_STORE_NEWER: a newer version of ternmq wrote the store
 * - ERR_STORE_DAMAGED: the store cannot be read as it is
 * - ERR_STORE_UNUSABLE: the directory cannot be used
 * - ERR_STORE_FULL: there is no room
 * - ERR_STORE_FAILED: any other failure of the disk
 * - ERR_STORE_CLOSED: the disk was closed
 */
export type DiskErrorCode =
  | "ERR_STORE_LOCKED"
  | "ERR_STORE_NEWER"
  | "ERR_STORE_DAMAGED"
  | "ERR_STORE_UNUSABLE"
  | "ERR_STORE_FULL"
  | "ERR_STORE_FAILED"
  | "ERR_STORE_CLOSED";

/** Of the store on disk. */
export class DiskError extends TernmqError {
  declare readonly code: DiskErrorCode;

  constructor(code: DiskErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** @param what is wrong, and where */
export function damaged(what: string): DiskError {
  const remedy = "start with --repair to go on with what can be read; the damaged file is kept";
  return new DiskError("ERR_STORE_DAMAGED", `${what}: ${remedy}`);
}
