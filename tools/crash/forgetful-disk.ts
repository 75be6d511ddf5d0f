import { Batch } from "../../src/persistence/disk/batch.ts";
import {
  type Disk,
  type DiskLevel,
  type DiskOptions,
  openDisk,
  type RepairReport,
} from "../../src/persistence/disk/disk.ts";
import type { DeliveryRow, OwnerNumber } from "../../src/persistence/rows.ts";

const LONGEST_HOLD = 30;

interface Held {
  readonly batch: Batch;
  readonly level: DiskLevel;
  /** Gets the disk's answer; one that comes too late to be told, and is an error, ends the process. */
  settle(written: Promise<void>): void;
}

/**
 * A disk behind a write cache that a power cut empties, which for this process is its end: what is written with `commit` stays in the cache, and
 * what is written with `fsync` gets to the real disk after a while, together with all before it.
 */
export class ForgetfulDisk implements Disk {
  readonly #disk: Disk;
  /** In the order of the writes. */
  #held: Held[] = [];
  #timer: NodeJS.Timeout | undefined;

  private constructor(disk: Disk) {
    this.#disk = disk;
  }

  static async open(directory: string, options: DiskOptions): Promise<ForgetfulDisk> {
    return new ForgetfulDisk(await openDisk(directory, options));
  }

  get repaired(): RepairReport | undefined {
    return this.#disk.repaired;
  }

  write(batch: Batch, level: DiskLevel): Promise<void> {
    if (level === "commit") {
      this.#held.push({ batch: moved(batch), level, settle: () => {} });
      return Promise.resolve();
    }
    return new Promise((settle) => {
      this.#held.push({ batch, level, settle });
      this.#timer ??= setTimeout(() => this.#forward(), Math.random() * LONGEST_HOLD);
    });
  }

  /** Reads see what was written, so that gets to the disk before. */
  fetch(owner: OwnerNumber, after: number, limit: number): Promise<DeliveryRow[]> {
    this.#forward();
    return this.#disk.fetch(owner, after, limit);
  }

  close(): Promise<void> {
    this.#forward();
    return this.#disk.close();
  }

  #forward(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const held = this.#held;
    this.#held = [];
    for (const { batch, level, settle } of held) settle(this.#disk.write(batch, level));
  }
}

/** A batch with the operations of another one, which is empty then. */
function moved(batch: Batch): Batch {
  const { operations } = batch;
  const holder = new Batch();
  holder.restore(batch.take(), operations);
  return holder;
}
