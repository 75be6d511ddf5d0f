import { onTestFinished } from "vitest";
import { type BrokerOptions, createBroker, type TernmqBroker } from "../../src/index.ts";
import type { ConnectOptions } from "./packets.ts";
import { RawClient } from "./raw-client.ts";

/** A broker that runs until the test is over, and its clients. */
export interface TestBroker {
  readonly broker: TernmqBroker;
  readonly port: number;
  /** A raw client that got its CONNACK; it is dropped when the test is over. */
  connect(options?: ConnectOptions, raw?: { autoAck?: boolean }): Promise<RawClient>;
  /** A raw client that has sent nothing yet; it is dropped when the test is over. */
  open(): Promise<RawClient>;
}

/** Starts a broker on a free port of the loopback, and stops it when the test is over. */
export async function startBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  const broker = createBroker({ listeners: [{ protocol: "mqtt", port: 0 }], ...options });
  const clients: RawClient[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.destroy();
    await broker.stop();
  });
  await broker.start();
  const port = broker.addresses[0]?.port ?? 0;

  async function connect(connectOptions: ConnectOptions = {}, raw: { autoAck?: boolean } = {}): Promise<RawClient> {
    const client = await RawClient.connect(port, raw);
    clients.push(client);
    await client.handshake(connectOptions);
    return client;
  }

  async function open(): Promise<RawClient> {
    const client = await RawClient.connect(port);
    clients.push(client);
    return client;
  }

  return { broker, port, connect, open };
}
