import type { Message } from "../delivery/message.ts";
import { ByteReader } from "../persistence/byte-reader.ts";
import { apply } from "../persistence/disk/apply.ts";
import { Batch } from "../persistence/disk/batch.ts";
import type { Tables } from "../persistence/disk/database.ts";
import { boundedName } from "../persistence/disk/keys.ts";
import { u64 } from "../persistence/disk/numbers.ts";
import type { TableName } from "../persistence/disk/operations.ts";
import { readMessage } from "../persistence/message-encoding.ts";
import {
  type Counters,
  DELIVERY_UNDER_WAY,
  type ExchangeRow,
  type GroupRow,
  type OwnerNumber,
  type ReceivedRow,
  type SessionRow,
  type SubscriptionRow,
} from "../persistence/rows.ts";
import type { DeliveryLine, Line, Placed, SharedMessage } from "./lines.ts";

function packetKey(owner: OwnerNumber, packetIdentifier: number): Buffer {
  return Buffer.concat([u64(owner), Buffer.of(packetIdentifier >> 8, packetIdentifier & 0xff)]);
}

/**
 * Puts lines into an empty store and sees to it that they fit each other. All methods run within a transaction. Memory: some tens of bytes for each
 * session and each exchange, and for each shared message until a line refers to it.
 */
export class Importer {
  readonly #tables: Tables;
  readonly #batch = new Batch();
  readonly #clientIdentifiers = new Set<string>();
  /** Owners and sequences of exchanges, as in the key of a delivery. */
  readonly #exchanged = new Set<string>();
  /** Numbers of shared messages that no line refers to yet. */
  readonly #unused = new Set<number>();
  #next = { owner: 1, sequence: 1, message: 1 };
  #isComplete = false;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** The last line was there. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  setCounters(counters: Counters): void {
    this.#next = { ...counters };
  }

  /** Throws RangeError for a line that does not fit those before it. */
  take(line: Line): void {
    if (this.#isComplete) throw new RangeError('nothing may follow the line {"table":"end"}');
    this.#put(line);
    this.#apply();
  }

  /** Shared messages that nobody refers to are left out, and no number that is in use is given out again. */
  finish(): void {
    for (const number of this.#unused) this.#batch.addReferences(number, -1);
    this.#batch.setCounters(this.#next);
    this.#apply();
  }

  #apply(): void {
    if (this.#batch.isEmpty) return;
    const bytes = this.#batch.take();
    apply(this.#tables, bytes);
    this.#batch.restore(bytes, 0);
  }

  #put(line: Line): void {
    switch (line.table) {
      case "sessions":
        this.#session(line.row);
        break;
      case "groups":
        this.#group(line.row);
        break;
      case "subscriptions":
        this.#subscription(line.row);
        break;
      case "received":
        this.#received(line.row);
        break;
      case "messages":
        this.#shared(line.row);
        break;
      case "deliveries":
        this.#delivery(line.row);
        break;
      case "exchanges":
        this.#exchange(line.row);
        break;
      case "retained":
        this.#retained(line.row);
        break;
      case "end":
        this.#isComplete = true;
    }
  }

  #session(row: SessionRow): void {
    const { owner, clientIdentifier } = row;
    this.#newOwner(owner);
    if (this.#clientIdentifiers.has(clientIdentifier)) {
      throw taken(`the client identifier ${JSON.stringify(clientIdentifier)}`);
    }
    this.#clientIdentifiers.add(clientIdentifier);
    this.#batch.putSession(row);
  }

  #group(row: GroupRow): void {
    this.#newOwner(row.owner);
    this.#batch.putGroup(row);
  }

  #subscription(row: SubscriptionRow): void {
    const { owner, filter } = row;
    this.#mustHaveSession(owner);
    const key = Buffer.concat([u64(owner), boundedName(Buffer.from(filter))]);
    this.#mustBeNew("subscriptions", key, `the filter ${JSON.stringify(filter)} of owner ${owner}`);
    this.#batch.putSubscription(row);
  }

  #received({ owner, packetIdentifier }: ReceivedRow): void {
    this.#mustHaveSession(owner);
    const what = `the packet identifier ${packetIdentifier} of owner ${owner}`;
    this.#mustBeNew("received", packetKey(owner, packetIdentifier), what);
    this.#batch.putReceived(owner, packetIdentifier);
  }

  #shared({ number, message }: SharedMessage): void {
    this.#mustBeNew("messages", u64(number), `the message number ${number}`);
    this.#batch.putMessage(number, 1, message);
    this.#unused.add(number);
    this.#noteMessage(number);
  }

  #delivery(row: DeliveryLine): void {
    const { owner, sequence, qos, isRetained, subscriptionIdentifiers, sharedFilter, messageNumber } = row;
    if (!this.#has("sessions", u64(owner)) && !this.#has("groups", u64(owner))) {
      throw new RangeError(`no line before has a session or a group with the owner number ${owner}`);
    }
    this.#mustBeNew("deliveries", Buffer.concat([u64(owner), u64(sequence)]), `sequence ${sequence} of owner ${owner}`);
    const message = this.#place(row);
    this.#batch.putDelivery(
      owner,
      sequence,
      qos,
      isRetained,
      subscriptionIdentifiers,
      sharedFilter,
      messageNumber,
      message,
    );
    this.#noteSequence(sequence);
  }

  #exchange({ owner, packetIdentifier, state, sequence }: ExchangeRow): void {
    this.#mustHaveSession(owner);
    const what = `the packet identifier ${packetIdentifier} of owner ${owner}`;
    this.#mustBeNew("exchanges", packetKey(owner, packetIdentifier), what);
    const delivery = Buffer.concat([u64(owner), u64(sequence)]);
    if (state === DELIVERY_UNDER_WAY && !this.#has("deliveries", delivery)) {
      throw new RangeError(`no line before has the delivery with sequence ${sequence} of owner ${owner}`);
    }
    const key = delivery.toString("latin1");
    if (this.#exchanged.has(key)) throw taken(`an exchange with sequence ${sequence} of owner ${owner}`);
    this.#exchanged.add(key);
    this.#batch.putExchange(owner, packetIdentifier, state, sequence);
    this.#noteSequence(sequence);
  }

  #retained(placed: Placed): void {
    const { topic } = this.#place(placed);
    this.#mustBeNew("retained", boundedName(topic), `the retained topic ${JSON.stringify(topic.toString())}`);
    this.#batch.putRetained(topic, placed.messageNumber);
  }

  /** The message, which is told with the line or before it. */
  #place({ messageNumber, message }: Placed): Message {
    if (message === undefined) return this.#refer(messageNumber);
    if (messageNumber !== 0) {
      this.#mustBeNew("messages", u64(messageNumber), `the message number ${messageNumber}`);
      this.#batch.putMessage(messageNumber, 1, message);
      this.#noteMessage(messageNumber);
    }
    return message;
  }

  /** A message counts as referred to once when it comes. */
  #refer(number: number): Message {
    const row = this.#tables.messages.get(u64(number));
    if (row === undefined) throw new RangeError(`no line before has the message number ${number}`);
    if (!this.#unused.delete(number)) this.#batch.addReferences(number, 1);
    return readMessage(new ByteReader(row));
  }

  #newOwner(owner: OwnerNumber): void {
    if (this.#has("sessions", u64(owner)) || this.#has("groups", u64(owner))) throw taken(`the owner number ${owner}`);
    this.#next.owner = Math.max(this.#next.owner, owner + 1);
  }

  #noteSequence(sequence: number): void {
    this.#next.sequence = Math.max(this.#next.sequence, sequence + 1);
  }

  #noteMessage(number: number): void {
    this.#next.message = Math.max(this.#next.message, number + 1);
  }

  #has(table: TableName, key: Buffer): boolean {
    return this.#tables[table].doesExist(key);
  }

  #mustHaveSession(owner: OwnerNumber): void {
    if (!this.#has("sessions", u64(owner)))
      throw new RangeError(`no line before has a session with the owner number ${owner}`);
  }

  #mustBeNew(table: TableName, key: Buffer, what: string): void {
    if (this.#has(table, key)) throw taken(what);
  }
}

function taken(what: string): RangeError {
  return new RangeError(`a line before has ${what} already`);
}
