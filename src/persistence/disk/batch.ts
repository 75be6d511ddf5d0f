import type { Message } from "../../delivery/message.ts";
import { ByteWriter } from "../byte-writer.ts";
import { encodeGroup, encodeSession, encodeSubscription } from "../json-encoding.ts";
import { writeMessage } from "../message-encoding.ts";
import { writeDelivery } from "../row-encoding.ts";
import type { Counters, ExchangeRow, GroupRow, OwnerNumber, SessionRow, SubscriptionRow } from "../rows.ts";
import { boundedName, COUNTERS_KEY } from "./keys.ts";
import { ADD_REFERENCES, OPERATION_HEADER, PUT, REMOVE, REMOVE_OWNER, TABLES, type TableName } from "./operations.ts";

const TABLE_NUMBERS = Object.fromEntries(TABLES.map((name, number) => [name, number])) as Record<TableName, number>;

/**
 * What is to be kept in one piece: operations in the order in which they are applied, encoded as they come, with no object for any of them.
 * Once a Disk took it, it must not be touched until the disk's answer: then it is empty if all was kept, and as it was if nothing was.
 */
export class Batch {
  readonly #writer = new ByteWriter();
  #operations = 0;

  get isEmpty(): boolean {
    return this.#operations === 0;
  }

  get operations(): number {
    return this.#operations;
  }

  get bytes(): number {
    return this.#writer.end;
  }

  setCounters({ owner, sequence, message }: Counters): void {
    const start = this.#begin(PUT, "meta");
    this.#writer.bytes(COUNTERS_KEY);
    this.#endKey(start);
    this.#writer.u64(owner);
    this.#writer.u64(sequence);
    this.#writer.u64(message);
    this.#endValue(start);
  }

  putSession(row: SessionRow): void {
    this.#putOwned("sessions", row.owner, encodeSession(row));
  }

  /** A session or a group, with its subscriptions, deliveries, exchanges and what it received, and the references that the deliveries hold. */
  deleteOwner(owner: OwnerNumber): void {
    const start = this.#begin(REMOVE_OWNER, "sessions");
    this.#writer.u64(owner);
    this.#endKey(start);
  }

  putSubscription(row: SubscriptionRow): void {
    const start = this.#begin(PUT, "subscriptions");
    this.#writer.u64(row.owner);
    this.#writer.bytes(boundedName(Buffer.from(row.filter)));
    this.#endKey(start);
    this.#writer.bytes(encodeSubscription(row));
    this.#endValue(start);
  }

  deleteSubscription(owner: OwnerNumber, filter: string): void {
    const start = this.#begin(REMOVE, "subscriptions");
    this.#writer.u64(owner);
    this.#writer.bytes(boundedName(Buffer.from(filter)));
    this.#endKey(start);
  }

  putGroup(row: GroupRow): void {
    this.#putOwned("groups", row.owner, encodeGroup(row));
  }

  /** A message that several deliveries, or a retained topic, refer to; it was not there before. */
  putMessage(number: number, references: number, message: Message): void {
    const start = this.#begin(PUT, "messages");
    this.#writer.u64(number);
    this.#endKey(start);
    writeMessage(this.#writer, message);
    this.#endValue(start);
    if (references !== 1) this.addReferences(number, references - 1);
  }

  /** A message without a reference goes. */
  addReferences(number: number, delta: number): void {
    const start = this.#begin(ADD_REFERENCES, "references");
    this.#writer.u64(number);
    this.#endKey(start);
    this.#writer.i32(delta);
    this.#endValue(start);
  }

  /** `message` is written only where `messageNumber` is 0. References are counted by putMessage and addReferences. */
  putDelivery(
    owner: OwnerNumber,
    sequence: number,
    qos: number,
    isRetained: boolean,
    subscriptionIdentifiers: readonly number[] | undefined,
    sharedFilter: string | undefined,
    messageNumber: number,
    message: Message,
  ): void {
    const start = this.#begin(PUT, "deliveries");
    this.#writer.u64(owner);
    this.#writer.u64(sequence);
    this.#endKey(start);
    writeDelivery(this.#writer, qos, isRetained, subscriptionIdentifiers, sharedFilter, messageNumber, message);
    this.#endValue(start);
  }

  /** The reference that it holds is told by addReferences. */
  deleteDelivery(owner: OwnerNumber, sequence: number): void {
    const start = this.#begin(REMOVE, "deliveries");
    this.#writer.u64(owner);
    this.#writer.u64(sequence);
    this.#endKey(start);
  }

  putExchange(owner: OwnerNumber, packetIdentifier: number, state: ExchangeRow["state"], sequence: number): void {
    const start = this.#beginPacket(PUT, "exchanges", owner, packetIdentifier);
    this.#writer.u8(state);
    this.#writer.u64(sequence);
    this.#endValue(start);
  }

  deleteExchange(owner: OwnerNumber, packetIdentifier: number): void {
    this.#beginPacket(REMOVE, "exchanges", owner, packetIdentifier);
  }

  putReceived(owner: OwnerNumber, packetIdentifier: number): void {
    this.#beginPacket(PUT, "received", owner, packetIdentifier);
  }

  deleteReceived(owner: OwnerNumber, packetIdentifier: number): void {
    this.#beginPacket(REMOVE, "received", owner, packetIdentifier);
  }

  /** The references of the message, and of the one that was retained before, are told by putMessage and addReferences. */
  putRetained(topic: Buffer, messageNumber: number): void {
    const start = this.#begin(PUT, "retained");
    this.#writer.bytes(boundedName(topic));
    this.#endKey(start);
    this.#writer.u64(messageNumber);
    this.#endValue(start);
  }

  /** The reference that it holds is told by addReferences. */
  deleteRetained(topic: Buffer): void {
    const start = this.#begin(REMOVE, "retained");
    this.#writer.bytes(boundedName(topic));
    this.#endKey(start);
  }

  /** For the disk: hands over the memory with the operations; none is left here. */
  take(): Uint8Array<ArrayBuffer> {
    this.#operations = 0;
    return this.#writer.take();
  }

  /** For the disk: takes back the memory that was handed over, with as many operations in it. */
  restore(bytes: Uint8Array<ArrayBuffer>, operations: number): void {
    this.#writer.adopt(bytes, operations === 0 ? 0 : bytes.length);
    this.#operations = operations;
  }

  #putOwned(table: TableName, owner: OwnerNumber, value: Buffer): void {
    const start = this.#begin(PUT, table);
    this.#writer.u64(owner);
    this.#endKey(start);
    this.#writer.bytes(value);
    this.#endValue(start);
  }

  #beginPacket(operation: number, table: TableName, owner: OwnerNumber, packetIdentifier: number): number {
    const start = this.#begin(operation, table);
    this.#writer.u64(owner);
    this.#writer.u16(packetIdentifier);
    this.#endKey(start);
    return start;
  }

  #begin(operation: number, table: TableName): number {
    this.#operations++;
    const start = this.#writer.end;
    this.#writer.u8(operation);
    this.#writer.u8(TABLE_NUMBERS[table]);
    this.#writer.u16(0);
    this.#writer.u32(0);
    return start;
  }

  #endKey(start: number): void {
    this.#writer.setU16(start + 2, this.#writer.end - start - OPERATION_HEADER);
  }

  #endValue(start: number): void {
    const keyLength = this.#writer.u16At(start + 2);
    this.#writer.setU32(start + 4, this.#writer.end - start - OPERATION_HEADER - keyLength);
  }
}
