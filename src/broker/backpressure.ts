import type { Logger } from "pino";
import type { Statistics } from "../observability/statistics.ts";
import type { Store } from "../persistence/store.ts";
import type { Backlog, SlowReceiver } from "../transport/backlog.ts";
import { HELD_FOR_RECEIVERS } from "../transport/connection.ts";
import { appendAck } from "./append-ack.ts";
import type { Client } from "./client.ts";

/** Milliseconds after which it is looked again who may go on. */
const TURN = 20;
/** Milliseconds that a publisher waits for a receiver that could take something and does not. */
const PATIENCE = 1_000;
/** A publisher that has so many messages without an answer is not read. */
const MOST_WITHHELD = 1_024;
/** What those that go on in a turn may add, as a part of what the limit leaves. */
const SHARE_OF_TURN = 1 / 16;
/** Bytes that a publisher may send at once when it is read again. */
const CHUNK_BYTES = 131_072;
/** Milliseconds after which it is logged again. */
const REPEAT_LOG = 60_000;

/** The answer to a PUBLISH. */
interface Answer {
  readonly type: number;
  readonly packetIdentifier: number;
  readonly reasonCode: number;
  readonly reasonString: string | undefined;
}

/** What a turn gives out. */
interface Allowance {
  /** Bytes that those may add who go on. */
  bytes: number;
  /** Nothing moves, so one of those who may have acknowledgements to say is read whatever it adds. */
  mustMove: boolean;
}

/** A publisher that has to wait. */
interface Held {
  /** The receiver that it waits for. */
  readonly slow: SlowReceiver;
  /** In milliseconds of `performance.now()`. */
  readonly since: number;
  /** When the receiver last took something, or could not, and `taken` of it then. */
  movedAt: number;
  taken: number;
  /** Answers that it gets when it may go on. */
  readonly withheld: Answer[];
  /** It is not read from since then; undefined: it is. */
  stoppedAt: number | undefined;
}

/** What it needs of the broker. */
interface BackpressureContext {
  readonly backlog: Backlog;
  readonly limits: { readonly stallTimeout: number };
  readonly statistics: Statistics;
  readonly store: Store;
  readonly log: Logger;
}

/**
 * Makes publishers wait that add, while the backlog is high, to what online receivers take slowly: they get no answers, and those that are not read
 * for acknowledgements of their own are not read. Nobody waits for ever; docs/adr/010-backpressure.md tells why.
 */
export class Backpressure {
  readonly #held = new Map<Client, Held>();
  readonly #context: BackpressureContext;
  #timer: NodeJS.Timeout | undefined;
  /** The backlog's bytes at the end of the last turn. */
  #bytesBefore = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(context: BackpressureContext) {
    this.#context = context;
  }

  /** Publishers that wait now. */
  get size(): number {
    return this.#held.size;
  }

  /** The client published to a receiver that is slow. */
  hold(client: Client, slow: SlowReceiver): void {
    if (client.state !== "online") return;
    const now = performance.now();
    const held = this.#held.get(client) ?? this.#begin(client, slow, now);
    if (held.stoppedAt !== undefined || !this.#mustStop(client, held)) return;
    held.stoppedAt = now;
    client.connection.hold(HELD_FOR_RECEIVERS);
  }

  /** Keeps the answer to a PUBLISH until the client may go on. False: it may go out. */
  withholds(
    client: Client,
    type: number,
    packetIdentifier: number,
    reasonCode: number,
    reasonString?: string,
  ): boolean {
    if (this.#held.size === 0) return false;
    const held = this.#held.get(client);
    held?.withheld.push({ type, packetIdentifier, reasonCode, reasonString });
    return held !== undefined;
  }

  /** The client is gone. */
  forget(client: Client): void {
    this.#held.delete(client);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #begin(client: Client, slow: SlowReceiver, since: number): Held {
    const held: Held = { slow, since, movedAt: since, taken: slow.taken, withheld: [], stoppedAt: undefined };
    this.#held.set(client, held);
    this.#context.statistics.publisherHolds++;
    this.#tell(since);
    this.#timer ??= setInterval(() => this.#turn(performance.now()), TURN).unref();
    return held;
  }

  /** Acknowledgements of its own are what drains the backlog, so a client that owes some is read as long as that can do no harm. */
  #mustStop({ session }: Client, { withheld }: Held): boolean {
    const { bytes, offlineLimit } = this.#context.backlog;
    return !session?.owesAcknowledgements || bytes >= offlineLimit || withheld.length >= MOST_WITHHELD;
  }

  #turn(now: number): void {
    const { backlog } = this.#context;
    const { bytes, limit, high } = backlog;
    const allowance = {
      bytes: Math.max(high - bytes, (limit - bytes) * SHARE_OF_TURN),
      mustMove: bytes >= this.#bytesBefore,
    };
    // Whoever is held again stands at the end.
    let left = this.#held.size;
    for (const [client, held] of this.#held) {
      if (left-- === 0) break;
      if (this.#mayGoOn(held, allowance, now)) this.#release(client, held, allowance);
      else if (mayBeRead(client, held, allowance, now)) this.#read(client, held, allowance);
    }
    this.#bytesBefore = backlog.bytes;
    if (this.#held.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #mayGoOn(held: Held, { bytes }: Allowance, now: number): boolean {
    const { backlog, limits } = this.#context;
    const { slow, since } = held;
    const isOver = backlog.bytes <= backlog.low || (!slow.isSlow && backlog.bytes < backlog.offlineLimit);
    if (isOver && bytes > 0) return true;
    if (slow.isBlocked || slow.taken !== held.taken) {
      held.movedAt = now;
      held.taken = slow.taken;
    }
    return now - held.movedAt >= PATIENCE || now - since >= limits.stallTimeout;
  }

  #release(client: Client, { withheld, stoppedAt }: Held, allowance: Allowance): void {
    this.#held.delete(client);
    allowance.bytes -= CHUNK_BYTES;
    if (withheld.length > 0) this.#context.store.hold(client);
    for (const { type, packetIdentifier, reasonCode, reasonString } of withheld)
      appendAck(client, type, packetIdentifier, reasonCode, reasonString);
    if (stoppedAt !== undefined) client.connection.unhold(HELD_FOR_RECEIVERS);
  }

  /** What the client sends is handled until it publishes again; it still gets no answers. */
  #read(client: Client, held: Held, allowance: Allowance): void {
    allowance.bytes -= CHUNK_BYTES;
    allowance.mustMove = false;
    held.stoppedAt = undefined;
    this.#held.delete(client);
    this.#held.set(client, held);
    client.connection.unhold(HELD_FOR_RECEIVERS);
  }

  #tell(now: number): void {
    if (now - this.#loggedAt < REPEAT_LOG) return;
    this.#loggedAt = now;
    const { log, backlog } = this.#context;
    const { bytes, limit } = backlog;
    log.warn({ bytes, limit }, "much waits for slow clients; those who publish to them have to wait");
  }
}

/** Whether a client that is stopped may have acknowledgements to say. One that takes nothing itself probably has none, but nobody can know. */
function mayBeRead(
  { session, outbox }: Client,
  { stoppedAt }: Held,
  { bytes, mustMove }: Allowance,
  now: number,
): boolean {
  if (stoppedAt === undefined || !session?.owesAcknowledgements) return false;
  return ((bytes > 0 || mustMove) && !outbox.isBlocked) || now - stoppedAt >= PATIENCE;
}
