import { onTestFinished } from "vitest";
import { type BrokerOptions, createBroker, type TernmqBroker } from "../../src/index.ts";
import type { ConnectOptions } from "./packets.ts";
import { RawClient, type RawClientOptions } from "./raw-client.ts";

/** The suite runs once with each of the two ways over TCP (vitest.config.ts). */
const DIRECT_IO = process.env.TERNMQ_DIRECT_IO !== "0";

/** A broker on a free port of the loopback interface, and raw clients of it; all are gone when the test ends. */
export class TestBroker {
  readonly broker: TernmqBroker;

  constructor(broker: TernmqBroker) {
    this.broker = broker;
  }

  /** Of the first listener. */
  get port(): number {
    return this.broker.addresses[0]?.port ?? 0;
  }

  /** A connection on which nothing was sent yet. */
  async open(options: Omit<RawClientOptions, "connect"> = {}): Promise<RawClient> {
    const client = await RawClient.connect(this.port, options);
    onTestFinished(() => client.destroy());
    return client;
  }

  /** A client that sent a CONNECT; its CONNACK, of whatever reason code, is in `connack`. */
  async connect(connect: ConnectOptions = {}, options: Omit<RawClientOptions, "connect"> = {}): Promise<RawClient> {
    const client = await this.open(options);
    await client.handshake(connect);
    return client;
  }
}

/** Starts a broker for the test that is running, with one TCP listener unless the options say otherwise. */
export async function startBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  const broker = createBroker({ listeners: [{ protocol: "mqtt", port: 0 }], directIo: DIRECT_IO, ...options });
  onTestFinished(() => broker.stop());
  await broker.start();
  return new TestBroker(broker);
}
