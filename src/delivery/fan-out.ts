import type { Session } from "../session/session.ts";
import type { Core } from "../wasm/core.ts";
import { LocalDeliveries } from "./local-deliveries.ts";
import type { Message } from "./message.ts";
import type { Sender } from "./sender.ts";
import type { SubscriptionTable } from "./subscription-table.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** What several subscriptions of one session make of a message together. */
interface Merged {
  qos: number;
  isRetained: boolean;
  readonly identifiers: number[];
}

/** Hands a message to everyone whose subscription matches. [MQTT-4.5.0-1] [MQTT-4.5.0-1 of 3.1.1] */
export class FanOut {
  readonly #core: Core;
  readonly #subscriptions: Subscriptions;
  readonly #sender: Sender;
  readonly #local = new LocalDeliveries();
  /** How many took the last message. */
  taken = 0;

  constructor(core: Core, subscriptions: Subscriptions, sender: Sender) {
    this.#core = core;
    this.#subscriptions = subscriptions;
    this.#sender = sender;
  }

  /**
   * @param publisher session of the client that published, undefined for others
   * @param routes index of the first route in the core's memory
   * @param overlap whether a session may stand in the routes more than once
   * @returns how many took the message
   */
  deliver(message: Message, publisher: Session | undefined, routes: number, count: number, overlap: boolean): number {
    this.taken = 0;
    if (count === 0) return 0;
    this.#sender.begin(message);
    this.taken = overlap
      ? this.#deliverMerged(message, publisher, routes, count)
      : this.#deliverEach(message, publisher, routes, count);
    return this.taken;
  }

  #deliverEach(message: Message, publisher: Session | undefined, routes: number, count: number): number {
    const { table } = this.#subscriptions;
    let taken = 0;
    for (let index = routes; index < routes + count; index++) {
      const entry = this.#core.routeAt(index);
      const session = table.session(entry);
      if (session === undefined) {
        if (this.#deliverElsewhere(message, entry)) taken++;
        continue;
      }
      // [MQTT-3.8.3-3]
      if (table.noLocal(entry) && session === publisher) continue;
      // [MQTT-3.8.4-8] [MQTT-3.8.4-6 of 3.1.1]
      const qos = Math.min(message.qos, table.qos(entry));
      // [MQTT-3.3.1-12] [MQTT-3.3.1-13] [MQTT-3.3.1-9 of 3.1.1]
      const isRetained = message.isRetained && table.retainAsPublished(entry);
      if (session.deliver(message, qos, isRetained, table.identifiers(entry), undefined)) taken++;
    }
    return taken;
  }

  /**
   * One copy for each session, at the highest QoS, with all its subscription identifiers.
   * [MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4] [MQTT-3.3.5-1 of 3.1.1]
   */
  #deliverMerged(message: Message, publisher: Session | undefined, routes: number, count: number): number {
    const { table } = this.#subscriptions;
    let taken = 0;
    const merged = new Map<Session, Merged>();
    for (let index = routes; index < routes + count; index++) {
      const entry = this.#core.routeAt(index);
      const session = table.session(entry);
      if (session === undefined) {
        if (this.#deliverElsewhere(message, entry)) taken++;
      } else if (!(table.noLocal(entry) && session === publisher)) {
        merge(merged, session, message, table, entry);
      }
    }
    for (const [session, { qos, isRetained, identifiers }] of merged) {
      const given = identifiers.length > 0 ? identifiers : undefined;
      if (session.deliver(message, qos, isRetained, given, undefined)) taken++;
    }
    return taken;
  }

  #deliverElsewhere(message: Message, entry: number): boolean {
    const receiver = this.#subscriptions.elsewhere(entry);
    if (receiver === undefined) return false;
    if (typeof receiver !== "function") return receiver.deliver(message);
    this.#local.push(receiver, message);
    return true;
  }
}

function merge(
  merged: Map<Session, Merged>,
  session: Session,
  message: Message,
  table: SubscriptionTable,
  entry: number,
): void {
  const qos = Math.min(message.qos, table.qos(entry));
  const isRetained = message.isRetained && table.retainAsPublished(entry);
  const identifiers = table.identifiers(entry) ?? [];
  const one = merged.get(session);
  if (one === undefined) {
    merged.set(session, { qos, isRetained, identifiers: [...identifiers] });
    return;
  }
  one.qos = Math.max(one.qos, qos);
  one.isRetained ||= isRetained;
  one.identifiers.push(...identifiers);
}
