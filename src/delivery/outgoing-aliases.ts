/** Bytes that a topic alias property adds to a packet; a topic no longer than that is not worth one. */
const ALIAS_PROPERTY_BYTES = 3;

/** The topic aliases in use towards one client: the first topics get them, for the life of the connection. [MQTT-3.3.2-7] */
export class OutgoingAliases {
  readonly #maximum: number;
  readonly #topics: Buffer[] = [];
  /** Aliases by a hash of their topic; one hash may lead to several. */
  readonly #byHash = new Map<number, number[]>();

  /** @param maximum the client's Topic Alias Maximum, at least 1 [MQTT-3.1.2-26] [MQTT-3.3.2-11] */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The alias that already stands for this topic, or 0. */
  find(topic: Buffer): number {
    for (const alias of this.#byHash.get(hash(topic)) ?? []) {
      if (this.#topics[alias - 1]?.equals(topic)) return alias;
    }
    return 0;
  }

  /** Gives the topic an alias, to be sent together with it; 0 where none is left or none pays. */
  assign(topic: Buffer): number {
    if (this.#topics.length >= this.#maximum || topic.length <= ALIAS_PROPERTY_BYTES) return 0;
    const alias = this.#topics.push(Buffer.from(topic));
    const key = hash(topic);
    const others = this.#byHash.get(key);
    if (others === undefined) this.#byHash.set(key, [alias]);
    else others.push(alias);
    return alias;
  }
}

/** FNV-1a. */
function hash(bytes: Buffer): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) value = Math.imul(value ^ (bytes[i] ?? 0), 0x01000193);
  return value;
}
