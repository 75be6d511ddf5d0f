import type { Batch } from "../../src/persistence/disk/batch.ts";
import {
  type Disk,
  type DiskLevel,
  type DiskOptions,
  openDisk,
  type RepairReport,
} from "../../src/persistence/disk/disk.ts";
import { DiskError } from "../../src/persistence/disk/disk-error.ts";
import type { DeliveryRow, OwnerNumber } from "../../src/persistence/rows.ts";
import { type Operation, operationsOf } from "./batch-operations.ts";

/** A group that the broker handed to the disk. */
export interface Write {
  readonly level: DiskLevel;
  readonly operations: readonly Operation[];
}

interface Held {
  readonly pass: () => void;
  readonly drop: () => void;
}

/** Stands between a broker and its disk: shows what is asked for, and lets a test make the disk slow, broken, or end with the process. */
export class InterposedDisk implements Disk {
  readonly repaired: RepairReport | undefined = undefined;
  /** All that were asked for, failed ones included. */
  readonly writes: Write[] = [];
  readonly fetches: { readonly after: number; readonly limit: number }[] = [];
  /** Whether what waits can be read. */
  isReadable = true;
  #disk: Disk | undefined;
  #isHolding = false;
  #isFailing = false;
  #isCut = false;
  #held: Held | undefined;
  #failures = 0;
  #wake: () => void = () => {};
  #onFailed: () => void = () => {};
  #onWritten: () => void = () => {};

  readonly open = async (directory: string, options: DiskOptions): Promise<Disk> => {
    this.#disk = await openDisk(directory, options);
    return this;
  };

  /** Writes wait from now on, one by one, for `settle`. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Resolves when a write waits. */
  async held(): Promise<Write> {
    while (this.#held === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const write = this.writes.at(-1);
    if (write === undefined) throw new Error("nothing was written");
    return write;
  }

  /** Lets the write that waits reach the disk; the next one waits again. */
  async settle(): Promise<void> {
    await this.held();
    const held = this.#held;
    this.#held = undefined;
    held?.pass();
  }

  /** Nothing waits any more. */
  release(): void {
    this.#isHolding = false;
    this.#held?.pass();
    this.#held = undefined;
  }

  /** Writes fail from now on, as on a full disk; the one that waits does too. */
  fail(): void {
    this.#isFailing = true;
    this.release();
  }

  /** Resolves when so many writes have failed. */
  async failures(count: number): Promise<void> {
    while (this.#failures < count) {
      await new Promise<void>((resolve) => {
        this.#onFailed = resolve;
      });
    }
  }

  /** There is room again. Resolves when the broker has found out. */
  heal(): Promise<void> {
    this.#isFailing = false;
    return new Promise((resolve) => {
      this.#onWritten = resolve;
    });
  }

  /** The process is gone: what was not handed over yet never gets there. */
  cut(): void {
    this.#isCut = true;
    this.#held?.drop();
    this.#held = undefined;
  }

  async write(batch: Batch, level: DiskLevel): Promise<void> {
    this.writes.push({ level, operations: operationsOf(batch) });
    if (this.#isHolding && !this.#isCut && !(await this.#turn())) return;
    if (this.#isCut) return;
    if (this.#isFailing) {
      this.#failures++;
      setImmediate(this.#onFailed);
      throw new DiskError("ERR_STORE_FULL", "there is no room");
    }
    await this.#disk?.write(batch, level);
    // By then who called this knows.
    setImmediate(this.#onWritten);
  }

  async fetch(owner: OwnerNumber, after: number, limit: number): Promise<DeliveryRow[]> {
    this.fetches.push({ after, limit });
    if (!this.isReadable) throw new DiskError("ERR_STORE_DAMAGED", "a row cannot be read");
    return (await this.#disk?.fetch(owner, after, limit)) ?? [];
  }

  async close(): Promise<void> {
    await this.#disk?.close();
  }

  /** False: the process ended first. */
  #turn(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#held = { pass: () => resolve(true), drop: () => resolve(false) };
      this.#wake();
    });
  }
}
