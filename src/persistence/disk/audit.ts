import { ByteReader } from "../byte-reader.ts";
import { decodeGroup, decodeSession, decodeSubscription } from "../json-encoding.ts";
import { readMessage } from "../message-encoding.ts";
import { decodeCounters, decodeExchange, messageNumberOf } from "../row-encoding.ts";
import { type Counters, DELIVERY_UNDER_WAY, type OwnerNumber } from "../rows.ts";
import { boundedName, COUNTERS_KEY, FORMAT_KEY, JOURNAL_KEY } from "./keys.ts";
import { u64 } from "./numbers.ts";
import { CHECKS, type Salvaged } from "./salvage.ts";
import type { Row, Snapshot } from "./snapshot.ts";

const OWNER_BYTES = 8;
const META_LENGTHS = new Map([
  [FORMAT_KEY.toString(), 4],
  [COUNTERS_KEY.toString(), 24],
  [JOURNAL_KEY.toString(), 8],
]);

type Problems = Iterable<string>;
const NONE: readonly string[] = [];

function number(bytes: Buffer): number {
  return new ByteReader(bytes).u64();
}

function ownerOf(key: Buffer): OwnerNumber {
  return number(key.subarray(0, OWNER_BYTES));
}

function sequenceOf(key: Buffer): number {
  return number(key.subarray(OWNER_BYTES));
}

/** Why the row cannot be read; undefined: it can. */
function faultOf(table: Salvaged, { key, value }: Row): string | undefined {
  try {
    CHECKS[table](key, value);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/**
 * Reads every row of a snapshot and sees whether they fit each other. Problems come as texts, one by one. Memory: some tens of bytes for each owner
 * and for each message that has a row of its own.
 */
export class Audit {
  readonly #snapshot: Snapshot;
  readonly #sessions = new Set<OwnerNumber>();
  readonly #groups = new Set<OwnerNumber>();
  readonly #clientIdentifiers = new Set<string>();
  /** By message number, as the rows refer to it. */
  readonly #references = new Map<number, number>();
  #highestOwner = 0;
  #highestSequence = 0;
  #highestMessage = 0;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  *problems(): Problems {
    yield* this.#meta();
    yield* this.#each("sessions", (row) => this.#session(row));
    yield* this.#each("groups", (row) => this.#group(row));
    yield* this.#each("subscriptions", (row) => this.#subscription(row));
    yield* this.#each("received", ({ key }) => this.#ofSession("received", key));
    yield* this.#each("messages", ({ key }) => {
      this.#note(number(key));
      return NONE;
    });
    yield* this.#each("deliveries", (row) => this.#delivery(row));
    yield* this.#exchanges();
    yield* this.#each("retained", (row) => this.#retained(row));
    yield* this.#counts();
    yield* this.#counters();
  }

  *#each(table: Salvaged, look: (row: Row) => Problems): Problems {
    for (const row of this.#snapshot.rows(table)) {
      const fault = faultOf(table, row);
      if (fault === undefined) yield* look(row);
      else yield `${table}: the row ${row.key.toString("hex")} cannot be read: ${fault}`;
    }
  }

  *#meta(): Problems {
    for (const { key, value } of this.#snapshot.rows("meta")) {
      const length = META_LENGTHS.get(key.toString());
      if (length === undefined) yield `meta: there is an unknown row ${key.toString("hex")}`;
      else if (length !== value.length) yield `meta: the row ${key} has ${value.length} bytes instead of ${length}`;
    }
  }

  *#session({ key, value }: Row): Problems {
    const { owner, clientIdentifier } = decodeSession(key, value);
    this.#sessions.add(owner);
    this.#highestOwner = Math.max(this.#highestOwner, owner);
    if (this.#clientIdentifiers.has(clientIdentifier)) {
      yield `sessions: owner ${owner} has the client identifier ${JSON.stringify(clientIdentifier)} of another one`;
    }
    this.#clientIdentifiers.add(clientIdentifier);
  }

  *#group({ key, value }: Row): Problems {
    const { owner, filter } = decodeGroup(key, value);
    this.#groups.add(owner);
    this.#highestOwner = Math.max(this.#highestOwner, owner);
    if (this.#sessions.has(owner)) yield `groups: ${filter} has the owner number ${owner} of a session`;
  }

  *#subscription({ key, value }: Row): Problems {
    const { filter } = decodeSubscription(key, value);
    const isUnderItsName = key.subarray(OWNER_BYTES).equals(boundedName(Buffer.from(filter)));
    if (!isUnderItsName) yield `subscriptions: ${filter} of owner ${ownerOf(key)} stands under another name`;
    yield* this.#ofSession("subscriptions", key);
  }

  *#ofSession(table: Salvaged, key: Buffer): Problems {
    if (!this.#sessions.has(ownerOf(key))) yield `${table}: there is no session with the owner number ${ownerOf(key)}`;
  }

  #note(message: number): void {
    this.#references.set(message, 0);
    this.#highestMessage = Math.max(this.#highestMessage, message);
  }

  *#refer(what: string, message: number): Problems {
    const count = this.#references.get(message);
    if (count === undefined) yield `${what} refers to message ${message}, which is missing`;
    else this.#references.set(message, count + 1);
  }

  *#delivery({ key, value }: Row): Problems {
    const owner = ownerOf(key);
    const sequence = sequenceOf(key);
    this.#highestSequence = Math.max(this.#highestSequence, sequence);
    const hasOwner = this.#sessions.has(owner) || this.#groups.has(owner);
    if (!hasOwner) yield `deliveries: there is neither session nor group with the owner number ${owner}`;
    const message = messageNumberOf(value);
    if (message !== 0) yield* this.#refer(`deliveries: sequence ${sequence} of owner ${owner}`, message);
  }

  *#exchanges(): Problems {
    let owner = 0;
    const sequences = new Set<number>();
    for (const row of this.#snapshot.rows("exchanges")) {
      const fault = faultOf("exchanges", row);
      if (fault !== undefined) {
        yield `exchanges: the row ${row.key.toString("hex")} cannot be read: ${fault}`;
        continue;
      }
      if (ownerOf(row.key) !== owner) sequences.clear();
      owner = ownerOf(row.key);
      yield* this.#exchange(row, sequences);
    }
  }

  /** @param sequences of the owner's exchanges so far */
  *#exchange({ key, value }: Row, sequences: Set<number>): Problems {
    const { owner, packetIdentifier, state, sequence } = decodeExchange(key, value);
    this.#highestSequence = Math.max(this.#highestSequence, sequence);
    yield* this.#ofSession("exchanges", key);
    const what = `exchanges: packet identifier ${packetIdentifier} of owner ${owner}`;
    if (sequences.has(sequence)) yield `${what} has the sequence ${sequence} of another one`;
    sequences.add(sequence);
    if (state !== DELIVERY_UNDER_WAY) return;
    const delivery = Buffer.concat([key.subarray(0, OWNER_BYTES), u64(sequence)]);
    if (this.#snapshot.get("deliveries", delivery) === undefined) {
      yield `${what} refers to the delivery ${sequence}, which is missing`;
    }
  }

  *#retained({ key, value }: Row): Problems {
    const message = number(value);
    yield* this.#refer(`retained: the row ${JSON.stringify(key.toString())}`, message);
    const stored = this.#snapshot.get("messages", value);
    // A message that cannot be read was told already.
    if (stored === undefined || faultOf("messages", { key: value, value: stored }) !== undefined) return;
    const { topic } = readMessage(new ByteReader(stored));
    if (!boundedName(topic).equals(key))
      yield `retained: the message ${message} of ${topic} stands under another topic`;
  }

  *#counts(): Problems {
    for (const { key, value } of this.#snapshot.rows("references")) {
      if (key.length !== 8 || value.length !== 4 || value.readUInt32BE() < 2) {
        yield `references: the row ${key.toString("hex")} cannot be read`;
      } else if (!this.#references.has(number(key))) {
        yield `references: message ${number(key)} is counted, and missing`;
      }
    }
    for (const [message, count] of this.#references) {
      const row = this.#snapshot.get("references", u64(message));
      const counted = row?.length === 4 ? row.readUInt32BE() : 1;
      if (counted !== count) yield `messages: message ${message} has ${count} references, and ${counted} are counted`;
    }
  }

  *#counters(): Problems {
    const row = this.#snapshot.get("meta", COUNTERS_KEY);
    if (row?.length !== 24) {
      yield "meta: the counters are missing";
      return;
    }
    const counters = decodeCounters(row);
    const highest: Counters = {
      owner: this.#highestOwner,
      sequence: this.#highestSequence,
      message: this.#highestMessage,
    };
    for (const name of ["owner", "sequence", "message"] as const) {
      if (counters[name] > highest[name]) continue;
      yield `meta: the next ${name} number is ${counters[name]}, and ${highest[name]} is in use`;
    }
  }
}
