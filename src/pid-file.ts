import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { TernmqError } from "./errors.ts";

/** Tells others which process the broker is; what an earlier one left behind is replaced. @throws {TernmqError} ERR_PID_FILE */
export function writePidFile(file: string): void {
  try {
    writeFileSync(file, `${process.pid}\n`);
  } catch (error) {
    throw new TernmqError("ERR_PID_FILE", `the pid file cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Leaves it where it is that of another process by now. */
export function removePidFile(file: string): void {
  if (existsSync(file) && Number(readFileSync(file, "utf8")) === process.pid) rmSync(file, { force: true });
}
