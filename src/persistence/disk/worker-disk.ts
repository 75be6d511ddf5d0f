import type { DeliveryRow, OwnerNumber } from "../rows.ts";
import type { Batch } from "./batch.ts";
import type { Disk, DiskLevel, DiskOptions, RepairReport } from "./disk.ts";
import { DiskError } from "./disk-error.ts";

/** The broker's end of the thread that has the database. */
export class WorkerDisk implements Disk {
  readonly repaired: RepairReport | undefined;

  private constructor(repaired: RepairReport | undefined) {
    this.repaired = repaired;
  }

  static async open(directory: string, _options: DiskOptions): Promise<WorkerDisk> {
    throw new DiskError("ERR_STORE_UNUSABLE", `${directory}: not written yet`);
  }

  async write(_batch: Batch, _level: DiskLevel): Promise<void> {}

  async fetch(_owner: OwnerNumber, _after: number, _limit: number): Promise<DeliveryRow[]> {
    return [];
  }

  async close(): Promise<void> {}
}
