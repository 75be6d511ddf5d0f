import { type ConnectOptions, publish, pubrel, subscribe } from "../../support/packets.ts";
import { RawClient } from "../../support/raw-client.ts";

const TOPIC = "steady pair/topic";

/** Two clients that do nothing wrong, over TCP: whatever others do, they must not notice. */
export class SteadyPair {
  readonly #publisher: RawClient;
  readonly #subscriber: RawClient;
  #sent = 0;

  private constructor(publisher: RawClient, subscriber: RawClient) {
    this.#publisher = publisher;
    this.#subscriber = subscriber;
  }

  static async connect(port: number): Promise<SteadyPair> {
    const connectOptions = (clientIdentifier: string): ConnectOptions => ({ clientIdentifier, version: 5 });
    const publisher = await RawClient.connect(port, { connect: connectOptions("steady publisher") });
    const subscriber = await RawClient.connect(port, { connect: connectOptions("steady subscriber"), autoAck: true });
    subscriber.send(subscribe({ subscriptions: [{ filter: TOPIC, qos: 2 }] }));
    await subscriber.expect("suback");
    return new SteadyPair(publisher, subscriber);
  }

  /** One message of QoS 1 or 2 from one to the other; throws unless it comes once, in order, and every answer with it. */
  async exchange(): Promise<void> {
    const number = ++this.#sent;
    const qos = 1 + (number % 2);
    const packetIdentifier = 1 + (number % 65_535);
    this.#publisher.send(publish({ topic: TOPIC, payload: String(number), qos, packetIdentifier }));
    await this.#acknowledged(qos, packetIdentifier);
    await this.#delivered(number, qos);
  }

  /** Ends both; throws if anything came that was not expected. */
  async close(): Promise<void> {
    for (const client of [this.#publisher, this.#subscriber]) {
      await client.expectNothing();
      await client.close();
    }
  }

  async #acknowledged(qos: number, packetIdentifier: number): Promise<void> {
    const first = await this.#publisher.expect(qos === 1 ? "puback" : "pubrec");
    if (first.packetIdentifier !== packetIdentifier || first.reasonCode !== 0) {
      throw new Error(`message ${packetIdentifier} got ${JSON.stringify(first)}`);
    }
    if (qos === 1) return;
    this.#publisher.send(pubrel(packetIdentifier));
    const last = await this.#publisher.expect("pubcomp");
    if (last.packetIdentifier !== packetIdentifier || last.reasonCode !== 0) {
      throw new Error(`the release of ${packetIdentifier} got ${JSON.stringify(last)}`);
    }
  }

  async #delivered(number: number, qos: number): Promise<void> {
    const message = await this.#subscriber.expect("publish");
    const { payload, duplicate } = message;
    if (payload.toString() !== String(number) || message.qos !== qos || duplicate) {
      throw new Error(`expected message ${number} with QoS ${qos}, got ${payload} with QoS ${message.qos}`);
    }
    if (qos === 2) await this.#subscriber.expect("pubrel");
  }
}
