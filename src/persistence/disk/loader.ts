import { ByteReader } from "../byte-reader.ts";
import { decodeGroup, decodeSession, decodeSubscription } from "../json-encoding.ts";
import { readMessage } from "../message-encoding.ts";
import { decodeCounters, decodeDelivery, decodeExchange, decodeReceived } from "../row-encoding.ts";
import { DELIVERY_UNDER_WAY, type OwnerNumber } from "../rows.ts";
import type { DiskVisitor } from "./disk.ts";
import { DiskError } from "./disk-error.ts";
import { type DecodeRow, readPage } from "./pages.ts";
import type { Page, PageTable } from "./protocol.ts";

interface UnderWay {
  count: number;
  highest: number;
}

/** Decodes the pages that come at the start, and hands the rows to the visitor. */
export class Loader {
  readonly #directory: string;
  readonly #visitor: DiskVisitor;
  readonly #decoders: Record<PageTable, DecodeRow>;
  readonly #underWay = new Map<OwnerNumber, UnderWay>();
  #table: PageTable | undefined;
  #rows = 0;

  constructor(directory: string, visitor: DiskVisitor) {
    this.#directory = directory;
    this.#visitor = visitor;
    this.#decoders = {
      counters: (_key, value) => visitor.counters(decodeCounters(value)),
      sessions: (key, value) => visitor.session(decodeSession(key, value)),
      subscriptions: (key, value) => visitor.subscription(decodeSubscription(key, value)),
      groups: (key, value) => visitor.group(decodeGroup(key, value)),
      received: (key) => visitor.received(decodeReceived(key)),
      exchanges: (key, value, delivery, message) => this.#exchange(key, value, delivery, message),
      waiting: (key, value) => this.#waiting(new ByteReader(key).u64(), new ByteReader(value).u64()),
      retained: (_key, value, message) => {
        const messageNumber = new ByteReader(value).u64();
        visitor.retained({ messageNumber, message: readMessage(new ByteReader(message)) });
      },
      deliveries: () => {},
    };
  }

  take(page: Page): void {
    if (page.table !== this.#table) {
      this.#table = page.table;
      this.#rows = 0;
    }
    try {
      readPage(page, this.#decoders[page.table]);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      throw new DiskError(error.code, `${this.#directory}: ${error.message}`);
    }
    this.#rows += page.rows;
    this.#visitor.progress(page.table, this.#rows);
  }

  #exchange(key: Buffer, value: Buffer, delivery: Buffer, message: Buffer): void {
    const row = decodeExchange(key, value);
    if (row.state !== DELIVERY_UNDER_WAY) {
      this.#visitor.exchange(row, undefined);
      return;
    }
    if (delivery.length === 0) throw new RangeError("its delivery is missing");
    const deliveryKey = Buffer.alloc(16);
    key.copy(deliveryKey, 0, 0, 8);
    value.copy(deliveryKey, 8, 1, 9);
    this.#countUnderWay(row.owner, row.sequence);
    this.#visitor.exchange(row, decodeDelivery(deliveryKey, delivery, message));
  }

  #countUnderWay(owner: OwnerNumber, sequence: number): void {
    const underWay = this.#underWay.get(owner);
    if (underWay === undefined) {
      this.#underWay.set(owner, { count: 1, highest: sequence });
      return;
    }
    underWay.count++;
    underWay.highest = Math.max(underWay.highest, sequence);
  }

  #waiting(owner: OwnerNumber, deliveries: number): void {
    const { count, highest } = this.#underWay.get(owner) ?? { count: 0, highest: 0 };
    this.#visitor.waiting(owner, deliveries - count, highest);
  }
}
