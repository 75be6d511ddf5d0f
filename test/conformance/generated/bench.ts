import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuthenticationMethod, type BrokerOptions, createBroker, type TernmqBroker } from "../../../src/index.ts";
import { pingreq, publish, subscribe } from "../../support/packets.ts";
import { RawClient } from "../../support/raw-client.ts";
import type { Packet } from "../../support/server-packets.ts";
import { type Case, hex, type Sweep } from "../tables/case.ts";
import { ASKS_ONCE_MORE, TAKES_ALL } from "../tables/method.ts";

/** Methods of enhanced authentication: one takes whatever comes, one asks for more at first. */
const METHODS: readonly AuthenticationMethod[] = [
  { name: TAKES_ALL, begin: () => ({ step: () => ({ status: "success" }) }) },
  { name: ASKS_ONCE_MORE, begin: () => twoSteps() },
];

function twoSteps(): ReturnType<AuthenticationMethod["begin"]> {
  let steps = 0;
  return { step: () => ({ status: steps++ === 0 ? "continue" : "success" }) };
}

/** A broker for all cases of a file, and a client of it which sees whether others notice anything. */
export class Bench {
  readonly #broker: TernmqBroker;
  readonly #errors: string[] = [];
  #bystander: RawClient | undefined;

  constructor(options: BrokerOptions) {
    const log = pino({ level: "error" }, { write: (line: string) => this.#errors.push(line) });
    this.#broker = createBroker({
      listeners: [{ protocol: "mqtt", port: 0 }],
      authenticationMethods: METHODS,
      log,
      ...options,
    });
  }

  async start(): Promise<void> {
    await this.#broker.start();
    const bystander = await this.#open();
    await bystander.handshake({ clientIdentifier: "bystander" });
    bystander.send(subscribe({ subscriptions: ["#"] }));
    await bystander.expect("suback");
    this.#bystander = bystander;
  }

  async stop(): Promise<void> {
    this.#bystander?.destroy();
    await this.#broker.stop();
  }

  /** Plays a case on a connection of its own. Fails as well if another client noticed it, or if the broker did not expect it. */
  async check(each: Case): Promise<void> {
    const transcript = await this.#transcript(each);
    const delivered = await this.#delivered();
    const errors = this.#errors.splice(0);
    expect(each.accepted).toContain(transcript);
    expect(delivered).toHaveLength(each.delivered ?? 0);
    expect(errors).toEqual([]);
  }

  async #transcript(each: Case): Promise<string> {
    const client = await this.#open();
    client.version = each.version;
    if (each.connect !== false) {
      const given = { version: each.version, clientIdentifier: randomUUID().slice(0, 23), ...each.connect };
      expect(await client.handshake(given)).toMatchObject({ reasonCode: 0 });
    }
    client.send(each.bytes, pingreq());
    const transcript = await record(client);
    await client.close();
    return transcript;
  }

  /** Topics of the messages that came to the bystander since the last call, which shows that it is served as before. */
  async #delivered(): Promise<string[]> {
    if (this.#bystander === undefined) throw new Error("the bench was not started");
    const topics: string[] = [];
    this.#bystander.send(publish({ topic: "marker", qos: 1 }));
    for (let isMarked = false, isAcknowledged = false; !isMarked || !isAcknowledged; ) {
      const packet = await this.#bystander.next();
      if (packet.type === "puback") isAcknowledged = true;
      else if (packet.type !== "publish") throw new Error(`the bystander got ${packet.type}`);
      else if (packet.topic === "marker") isMarked = true;
      else topics.push(packet.topic);
    }
    return topics;
  }

  #open(): Promise<RawClient> {
    return RawClient.connect(this.#broker.addresses[0]?.port ?? 0);
  }
}

async function record(client: RawClient): Promise<string> {
  const seen: string[] = [];
  for (;;) {
    const packet = await client.nextOrClosed();
    if (packet === undefined) return [...seen, "closed"].join(", ");
    if (packet.type === "pingresp") return [...seen, "alive"].join(", ");
    seen.push(show(packet));
  }
}

function show(packet: Packet): string {
  if ("reasonCodes" in packet) return [packet.type, ...packet.reasonCodes.map(hex)].join(" ");
  return "reasonCode" in packet ? `${packet.type} ${hex(packet.reasonCode)}` : packet.type;
}

/** A bench for all tests of the file. */
export function useBench(options: BrokerOptions = {}): Bench {
  const bench = new Bench(options);
  beforeAll(() => bench.start());
  afterAll(() => bench.stop());
  return bench;
}

/** One test for each case. */
export function describeCases(bench: Bench, title: string, cases: readonly Case[]): void {
  describe(title, () => {
    for (const each of cases) it(`${each.name}: ${each.accepted.join(" or ")}`, () => bench.check(each));
  });
}

/** One test for each sweep, which plays all its cases and names the one that goes wrong. */
export function describeSweeps(bench: Bench, title: string, sweeps: readonly Sweep[]): void {
  describe(title, () => {
    for (const { name, cases } of sweeps) it(`${name} (${cases.length} cases)`, () => checkAll(bench, cases));
  });
}

async function checkAll(bench: Bench, cases: readonly Case[]): Promise<void> {
  expect(cases.length).toBeGreaterThan(0);
  for (const each of cases) {
    try {
      await bench.check(each);
    } catch (error) {
      throw new Error(each.name, { cause: error });
    }
  }
}
