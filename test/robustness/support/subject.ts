import { EventEmitter } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { type Logger, pino } from "pino";
import { Broker } from "../../../src/broker/broker.ts";
import type { BrokerEvents } from "../../../src/broker/events.ts";
import { fromProgram } from "../../../src/broker/published-message.ts";
import type { Limits } from "../../../src/config/limits.ts";
import type { BrokerOptions } from "../../../src/index.ts";
import { Listeners } from "../../../src/listeners.ts";
import { FakeStream, type FakeStreamOptions } from "../../support/fake-stream.ts";

/** Targets, and bytes of a topic, that the core makes room for before anything is measured; it never gives that room back. */
const TARGETS = 32_768;
const LONGEST_TOPIC = 65_535;

/** Its clients come and go as nobody's would. */
const UNGUARDED: BrokerOptions = { authentication: { guard: { flappingLimit: 0 } } };

/** What a broker holds; the same numbers again once everybody has left. */
export interface Level {
  readonly sessions: number;
  readonly online: number;
  readonly connections: number;
  readonly backlogBytes: number;
  readonly cutPacketBytes: number;
  readonly retained: number;
  readonly subscriptionEntries: number;
  readonly subscriptionNodes: number;
  readonly retainedEntries: number;
  readonly retainedNodes: number;
  /** Of the WebAssembly core. */
  readonly bytesInUse: number;
}

/** A broker under stress: open to fake streams and to TCP, with an eye on all that it holds and on every error in its log. */
export class Subject {
  readonly broker: Broker;
  readonly events = new EventEmitter<BrokerEvents>();
  /** Log lines of level error, and exceptions that nobody caught. */
  readonly errors: string[] = [];
  readonly #retainedTopics = new Set<string>();
  readonly #close: (() => void)[] = [];

  constructor(limits: Partial<Limits> = {}, options: BrokerOptions = {}) {
    this.broker = new Broker({ ...UNGUARDED, ...options, limits, log: this.#log() }, this.events);
    this.events.on("publish", (message) => {
      if (message.retain) this.#retainedTopics.add(message.topic);
    });
    this.#watch("uncaughtException");
    this.#watch("unhandledRejection");
    this.#prime();
  }

  open(options: FakeStreamOptions = {}): FakeStream {
    const stream = new FakeStream(options);
    this.broker.accept(stream);
    return stream;
  }

  /** Returns the port. */
  async listen(protocol: "mqtt" | "ws" = "mqtt"): Promise<number> {
    const listeners = new Listeners(this.broker, true, "memory");
    for (const open of await listeners.secure([{ protocol, port: 0 }])) await open();
    this.#close.push(() => listeners.close());
    return listeners.open[0]?.port ?? 0;
  }

  get level(): Level {
    const { broker } = this;
    const { memoryBytes: _, ...core } = broker.core.statistics;
    return {
      sessions: broker.sessions.size,
      online: broker.onlineClients,
      connections: broker.connections,
      backlogBytes: broker.backlog.bytes,
      cutPacketBytes: broker.cutPackets.bytes,
      retained: broker.retained.size,
      ...core,
    };
  }

  clearRetained(): void {
    for (const topic of this.#retainedTopics) this.broker.publish(fromProgram(topic, Buffer.alloc(0), 0, true, {}));
    this.#retainedTopics.clear();
  }

  /** Waits until no more than so many connections and sessions are left, which the limits must make an end to. */
  async settle(connections: number, sessions: number): Promise<void> {
    const { broker } = this;
    const deadline = performance.now() + 15_000;
    while (broker.connections > connections || broker.sessions.size > sessions) {
      if (performance.now() > deadline) {
        throw new Error(`${broker.connections} connections and ${broker.sessions.size} sessions are still there`);
      }
      // Expiry is a matter of time.
      await wait(20);
    }
  }

  async close(): Promise<void> {
    for (const stop of this.#close.splice(0)) stop();
    await this.broker.shutDown();
    this.broker.destroy();
  }

  #log(): Logger {
    return pino({ level: "error" }, { write: (line: string) => this.errors.push(line) });
  }

  #watch(event: "uncaughtException" | "unhandledRejection"): void {
    const listener = (error: unknown) => {
      this.errors.push(error instanceof Error ? `${event}: ${error.stack}` : `${event}: ${error}`);
    };
    process.on(event, listener);
    this.#close.push(() => process.off(event, listener));
  }

  #prime(): void {
    const { broker } = this;
    const unsubscribe = Array.from({ length: TARGETS }, () => broker.subscribeLocal("prime", () => {}));
    for (const each of unsubscribe) each();
    broker.core.load(Buffer.alloc(1 << 21));
    broker.core.match(Buffer.alloc(LONGEST_TOPIC, "a"));
  }
}
