import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Message } from "../../../src/delivery/message.ts";
import { type Disk, type DiskVisitor, openDisk } from "../../../src/persistence/disk/disk.ts";
import type {
  Counters,
  DeliveryRow,
  ExchangeRow,
  GroupRow,
  ReceivedRow,
  RetainedRow,
  SessionRow,
  SubscriptionRow,
} from "../../../src/persistence/rows.ts";

export function makeDirectory(): string {
  return mkdtempSync(join(tmpdir(), "ternmq-store-"));
}

/** Gone at the end of the test. */
export function temporaryDirectory(): string {
  const directory = makeDirectory();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** What a store told at its start. */
export class Recorder implements DiskVisitor {
  readonly seen: Counters[] = [];
  readonly sessions: SessionRow[] = [];
  readonly subscriptions: SubscriptionRow[] = [];
  readonly groups: GroupRow[] = [];
  readonly receivedRows: ReceivedRow[] = [];
  readonly exchanges: [ExchangeRow, DeliveryRow | undefined][] = [];
  readonly waitingOf: [owner: number, count: number, after: number][] = [];
  readonly retainedRows: RetainedRow[] = [];
  readonly order: string[] = [];

  counters(counters: Counters): void {
    this.seen.push(counters);
  }

  session(row: SessionRow): void {
    this.sessions.push(row);
  }

  subscription(row: SubscriptionRow): void {
    this.subscriptions.push(row);
  }

  group(row: GroupRow): void {
    this.groups.push(row);
  }

  received(row: ReceivedRow): void {
    this.receivedRows.push(row);
  }

  exchange(row: ExchangeRow, delivery: DeliveryRow | undefined): void {
    this.exchanges.push([row, delivery]);
  }

  waiting(owner: number, count: number, after: number): void {
    this.waitingOf.push([owner, count, after]);
  }

  retained(row: RetainedRow): void {
    this.retainedRows.push(row);
  }

  progress(table: string): void {
    if (this.order.at(-1) !== table) this.order.push(table);
  }
}

export interface OpenStore {
  readonly disk: Disk;
  readonly told: Recorder;
}

/** Closed at the end of the test, unless the test does so. */
export async function openStore(directory: string, repair = false): Promise<OpenStore> {
  const told = new Recorder();
  const disk = await openDisk(directory, { repair, visitor: told });
  onTestFinished(() => disk.close());
  return { disk, told };
}

export function session(owner: number): SessionRow {
  return {
    owner,
    clientIdentifier: `client-${owner}`,
    username: undefined,
    expiryInterval: 3600,
    offlineSince: undefined,
    will: undefined,
    author: undefined,
  };
}

export function message(topic: string, payload: string | Uint8Array = "", qos = 1): Message {
  return Message.of(Buffer.from(topic), Buffer.from(payload), qos, false);
}

export async function sequencesOf(disk: Disk, owner: number): Promise<number[]> {
  const sequences: number[] = [];
  for (;;) {
    const rows = await disk.fetch(owner, sequences.at(-1) ?? 0, 1_000);
    if (rows.length === 0) return sequences;
    sequences.push(...rows.map(({ sequence }) => sequence));
  }
}
