import { Connection, type Role, type Shared } from "./connection.ts";
import {
  CONNACK,
  encodeSubscribe,
  PUBACK_BYTE,
  PUBCOMP_BYTE,
  PUBLISH,
  PUBREC_BYTE,
  PUBREL,
  SUBACK,
} from "./packets.ts";
import type { Origin } from "./publisher.ts";
import { filterOf, type LoadScenario } from "./scenarios.ts";

/** Receives, acknowledges, and checks that the messages of each publisher come in order and without a gap. */
export class Subscriber implements Role {
  readonly #connection: Connection;
  readonly #scenario: LoadScenario;
  readonly #number: number;
  readonly #origins: readonly Origin[];
  /** The next sequence number of each publisher. */
  readonly #next: Uint32Array;
  #received = 0;
  #outOfOrder = 0;

  /**
   * @param number among the subscribers of the scenario
   * @param origins by number of the publisher within its thread
   */
  constructor(shared: Shared, scenario: LoadScenario, number: number, origins: readonly Origin[]) {
    this.#scenario = scenario;
    this.#number = number;
    this.#origins = origins;
    this.#next = new Uint32Array(scenario.publishers);
    this.#connection = new Connection(shared, this);
  }

  async open(): Promise<void> {
    await this.resume();
    const filter = filterOf(this.#scenario, this.#number);
    await this.#connection.request(encodeSubscribe(1, [filter], this.#scenario.qos), SUBACK);
  }

  /** Connects without subscribing: a persistent session is there and has its subscription. */
  resume(): Promise<void> {
    const { sessions = "clean" } = this.#scenario;
    return this.#connection.open(`subscriber-${this.#number}`, sessions === "clean");
  }

  /** Reads nothing from now on. */
  stall(): void {
    this.#connection.stall();
  }

  close(): void {
    this.#connection.close();
  }

  /** Messages received in order. */
  get received(): number {
    return this.#received;
  }

  /** Messages received again, or after a later one. */
  get outOfOrder(): number {
    return this.#outOfOrder;
  }

  fill(): void {}

  packet(first: number, bytes: Buffer, body: number, end: number): void {
    switch (first >> 4) {
      case PUBLISH:
        this.#publish(first, bytes, body, end);
        return;
      case PUBREL:
        this.#connection.acknowledge(PUBCOMP_BYTE, bytes[body] ?? 0, bytes[body + 1] ?? 0);
        return;
      default:
        this.#connection.answer(first >> 4, bytes[end - 1] ?? 0, first >> 4 === CONNACK ? 0 : this.#scenario.qos);
    }
  }

  #publish(first: number, bytes: Buffer, body: number, end: number): void {
    const qos = (first >> 1) & 3;
    let at = body + 2 + (((bytes[body] ?? 0) << 8) | (bytes[body + 1] ?? 0));
    if (qos > 0) {
      this.#connection.acknowledge(qos === 1 ? PUBACK_BYTE : PUBREC_BYTE, bytes[at] ?? 0, bytes[at + 1] ?? 0);
      at += 2;
    }
    if (qos !== this.#scenario.qos || end - at !== this.#scenario.payloadBytes)
      throw new Error("the broker changed a message");
    this.#take(readUint32(bytes, at), readUint32(bytes, at + 4));
  }

  #take(index: number, sequence: number): void {
    const origin = this.#origins[index];
    const next = this.#next[index];
    if (origin === undefined || next === undefined) throw new Error("the broker sent a message of no publisher here");
    if (sequence < next) {
      this.#outOfOrder++;
      return;
    }
    this.#received++;
    // What a gap skips is lost, or another's of the group. The lost is settled so that the load goes on.
    origin.received(this.#scenario.shared ? sequence : next, sequence);
    this.#next[index] = sequence + 1;
  }
}

function readUint32(bytes: Buffer, at: number): number {
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return (high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}
