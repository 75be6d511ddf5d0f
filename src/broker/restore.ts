import type { SharedGroup } from "../delivery/shared-group.ts";
import type { DiskVisitor } from "../persistence/disk/disk.ts";
import type {
  Counters,
  DeliveryRow,
  ExchangeRow,
  GroupRow,
  OwnerNumber,
  ReceivedRow,
  RetainedRow,
  SessionRow,
  SubscriptionRow,
} from "../persistence/rows.ts";
import type { Session } from "../session/session.ts";
import type { Broker } from "./broker.ts";

const SEND_RETAINED_NEVER = 2;
/** Milliseconds between two lines about the progress. */
const TELL_EVERY = 1_000;

/** Gives a broker back what an earlier life of it left on disk. What cannot be taken is logged, and stays on disk. */
export class Restore implements DiskVisitor {
  readonly #sessions = new Map<OwnerNumber, Session>();
  readonly #groups = new Map<OwnerNumber, SharedGroup>();
  /** When progress was told last, in milliseconds of `performance.now()`. */
  #toldAt = performance.now();
  readonly #broker: Broker;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  counters(counters: Counters): void {
    this.#broker.durable?.resume(counters);
  }

  session(row: SessionRow): void {
    this.#sessions.set(row.owner, this.#broker.sessions.restore(row));
  }

  subscription({ owner, filter, qos, noLocal, retainAsPublished, identifier }: SubscriptionRow): void {
    const session = this.#sessions.get(owner);
    if (session === undefined) return;
    const request = {
      filter: Buffer.from(filter),
      qos,
      noLocal,
      retainAsPublished,
      retainHandling: SEND_RETAINED_NEVER,
    };
    const answer = this.#broker.subscriptions.add(session, request, identifier);
    if (!("reasonCode" in answer)) return;
    const { clientIdentifier } = session;
    this.#broker.log.warn(
      { client: clientIdentifier, filter, detail: answer.reasonString },
      "a subscription is not restored",
    );
  }

  group({ owner, filter }: GroupRow): void {
    // Its last member may have gone without a trace, with the process.
    const group = this.#broker.subscriptions.group(filter);
    if (group === undefined) {
      this.#broker.store.deleteOwner(owner);
      return;
    }
    group.owner = owner;
    this.#groups.set(owner, group);
  }

  received({ owner, packetIdentifier }: ReceivedRow): void {
    this.#sessions.get(owner)?.received.add(packetIdentifier);
  }

  exchange(row: ExchangeRow, delivery: DeliveryRow | undefined): void {
    this.#sessions.get(row.owner)?.restoreExchange(row, delivery);
  }

  waiting(owner: OwnerNumber, count: number, after: number): void {
    const waitsFor = this.#groups.get(owner) ?? this.#sessions.get(owner);
    waitsFor?.restoreWaiting(count, after);
  }

  retained({ message, messageNumber }: RetainedRow): void {
    message.retainedNumber = messageNumber;
    try {
      this.#broker.retained.restore(message);
    } catch (error) {
      this.#broker.log.warn({ topic: message.topicName, err: error }, "a retained message is not restored");
    }
  }

  progress(table: string, rows: number): void {
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY) return;
    this.#toldAt = now;
    this.#broker.log.info({ table, rows }, "reading the store");
  }
}
