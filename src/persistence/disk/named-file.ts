import { type BigIntStats, statSync } from "node:fs";
import { DiskError } from "./disk-error.ts";

/** A file that is open. What is written to it is lost with the process when its name does not lead to it any more. */
export class NamedFile {
  readonly path: string;
  readonly #opened: BigIntStats;

  constructor(path: string) {
    this.path = path;
    this.#opened = statSync(path, { bigint: true });
  }

  /** Costs a few microseconds. @throws {DiskError} ERR_STORE_FAILED */
  check(): void {
    const found = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (found?.ino === this.#opened.ino && found.dev === this.#opened.dev) return;
    const what = found === undefined ? "is gone" : "is another file than the one that the broker has open";
    throw new DiskError("ERR_STORE_FAILED", `${this.path} ${what}: put that back, or start the broker again`);
  }
}
