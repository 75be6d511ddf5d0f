import { EventEmitter, on } from "node:events";
import { connect, type IClientOptions, type IConnackPacket, type IPublishPacket, type MqttClient } from "mqtt";
import { onTestFinished } from "vitest";

/** An MQTT.js client and what arrives at it, in order. */
export interface MqttJs {
  readonly client: MqttClient;
  readonly connack: IConnackPacket;
  /** The next message. */
  next(): Promise<IPublishPacket & { text: string }>;
}

/** Connects an MQTT.js client, which does not connect again by itself unless it is told to; it is gone when the test ends. */
export async function connectMqttJs(url: string, options: IClientOptions = {}): Promise<MqttJs> {
  const client = connect(url, { reconnectPeriod: 0, ...options });
  onTestFinished(() => client.endAsync(true));
  // Listens before the CONNACK: messages of a session that is resumed come right behind it.
  const inbox = new EventEmitter();
  client.on("message", (_topic, _payload, packet) => inbox.emit("packet", packet));
  const packets = on(inbox, "packet");
  const connack = await new Promise<IConnackPacket>((resolve, reject) => {
    client.once("connect", resolve);
    client.on("error", reject);
  });
  return {
    client,
    connack,
    async next() {
      const { value } = await packets.next();
      const packet: IPublishPacket = value[0];
      return { ...packet, text: packet.payload.toString() };
    },
  };
}
