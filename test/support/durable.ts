import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { BrokerOptions } from "../../src/index.ts";
import { Database } from "../../src/persistence/disk/database.ts";
import type { TableName } from "../../src/persistence/disk/operations.ts";
import type { Durability } from "../../src/persistence/store.ts";
import { TernmqBroker } from "../../src/ternmq-broker.ts";
import { TestBroker } from "./broker.ts";
import { InterposedDisk } from "./interposed-disk.ts";
import { type ConnectOptions, puback, pubcomp, pubrec, type Version } from "./packets.ts";
import type { RawClient, RawClientOptions } from "./raw-client.ts";
import type { PublishPacket } from "./server-packets.ts";

const FOR_EVER = 0xffffffff;

export interface DurableOptions extends BrokerOptions {
  /** Default `fsync`. */
  readonly durability?: Durability;
}

/** A broker with persistence on a directory that is gone when the test ends. */
export class DurableBroker extends TestBroker {
  readonly disk: InterposedDisk;
  readonly directory: string;
  readonly #options: DurableOptions;
  readonly #clients: RawClient[] = [];

  constructor(broker: TernmqBroker, disk: InterposedDisk, directory: string, options: DurableOptions) {
    super(broker);
    this.disk = disk;
    this.directory = directory;
    this.#options = options;
  }

  override async open(options: Omit<RawClientOptions, "connect"> = {}): Promise<RawClient> {
    const client = await super.open(options);
    this.#clients.push(client);
    return client;
  }

  /** Ends as if by `kill -9`: without a word to anybody, and what was not handed to the disk is lost. */
  async crash(): Promise<void> {
    this.disk.cut();
    for (const client of this.#clients) client.destroy();
    await this.broker.stop();
  }

  /** What comes back after the end of this one, by `crash` unless it has ended already. */
  async restart(options: DurableOptions = {}): Promise<DurableBroker> {
    await this.crash();
    return startOn(this.directory, { ...this.#options, ...options });
  }

  /** How many rows the tables have on disk, at the end of this one, by `crash`. Tables without any are left out. */
  async rowsLeft(): Promise<Partial<Record<TableName, number>>> {
    await this.crash();
    const database = new Database(join(this.directory, "data.mdb"));
    const counts = Object.entries(database.tables).map(([name, table]) => [name, table.getKeysCount()] as const);
    await database.close();
    return Object.fromEntries(counts.filter(([name, count]) => count > 0 && name !== "meta"));
  }

  /** Waits until all that happened so far is on disk, whether or not somebody waits for it. */
  async kept(): Promise<void> {
    await this.connect({ version: 4, clientIdentifier: "kept", cleanStart: false });
  }
}

export function startDurable(options: DurableOptions = {}): Promise<DurableBroker> {
  const directory = mkdtempSync(join(tmpdir(), "ternmq-durable-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return startOn(directory, options);
}

async function startOn(directory: string, options: DurableOptions): Promise<DurableBroker> {
  const { durability = "fsync", ...others } = options;
  const disk = new InterposedDisk();
  const persistence = { directory, durability };
  const broker = new TernmqBroker(
    { listeners: [{ protocol: "mqtt", port: 0 }], persistence, ...others },
    { openDisk: disk.open },
  );
  onTestFinished(() => {
    disk.release();
    return broker.stop();
  });
  await broker.start();
  return new DurableBroker(broker, disk, directory, options);
}

/** A CONNECT for a session that outlives its connection, by default for ever. */
export function lasting(clientIdentifier: string, version: Version = 5, expiry = FOR_EVER): ConnectOptions {
  const properties = { sessionExpiryInterval: expiry };
  return { version, clientIdentifier, cleanStart: false, ...(version === 5 && { properties }) };
}

/** The client comes back, and its session has to be there. */
export async function resume(
  test: TestBroker,
  options: ConnectOptions,
  client: Omit<RawClientOptions, "connect"> = {},
) {
  const resumed = await test.connect(options, client);
  // MQTT 3.1 does not tell.
  expect(resumed.connack).toMatchObject({ reasonCode: 0, sessionPresent: options.version !== 3 });
  return resumed;
}

/** The next messages, as many PUBLISH; none is acknowledged. */
export async function takeUnacknowledged(client: RawClient, count: number): Promise<PublishPacket[]> {
  const messages: PublishPacket[] = [];
  while (messages.length < count) messages.push(await client.expect("publish"));
  return messages;
}

/** Acknowledges a message in full; nothing else may be on its way to the client. */
export async function settle(client: RawClient, { qos, packetIdentifier }: PublishPacket): Promise<void> {
  if (qos === 1) client.send(puback(packetIdentifier));
  if (qos !== 2) return;
  client.send(pubrec(packetIdentifier));
  expect(await client.expect("pubrel")).toMatchObject({ packetIdentifier });
  client.send(pubcomp(packetIdentifier));
}

/** The next messages, which are as many as are under way, each acknowledged in full. */
export async function takeAll(client: RawClient, count: number): Promise<PublishPacket[]> {
  const messages = await takeUnacknowledged(client, count);
  for (const message of messages) await settle(client, message);
  return messages;
}
