import type { Will } from "../codec/connect.ts";
import { NEVER_EXPIRES } from "../codec/dialects.ts";
import { REASON } from "../codec/reason-codes.ts";
import type { DeliveryContext } from "../delivery/context.ts";
import type { Subscriptions } from "../delivery/subscriptions.ts";
import { PacketError } from "../errors.ts";
import { Deadline } from "./deadline.ts";
import { Session } from "./session.ts";

/** What is to happen to a session whose client is offline. */
interface Offline {
  readonly expiry: Deadline;
  readonly willDelay: Deadline;
  will: Will | undefined;
}

/**
 * All sessions by client identifier, and what time does to those that are offline.
 * [MQTT-3.1.3-2] [MQTT-4.1.0-1] [MQTT-3.1.3-2 of 3.1.1] [MQTT-4.1.0-1 of 3.1.1] [MQTT-4.1.0-2 of 3.1.1]
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #offline = new Map<Session, Offline>();
  readonly #context: DeliveryContext;
  readonly #subscriptions: Subscriptions;
  readonly #publishWill: (will: Will, session: Session) => void;

  constructor(
    context: DeliveryContext,
    subscriptions: Subscriptions,
    publishWill: (will: Will, session: Session) => void,
  ) {
    this.#context = context;
    this.#subscriptions = subscriptions;
    this.#publishWill = publishWill;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(clientIdentifier: string): Session | undefined {
    return this.#sessions.get(clientIdentifier);
  }

  /**
   * The session of a client that connects and is not online: the one that is there [MQTT-3.1.2-5], or a new one [MQTT-3.1.2-6], always so
   * with Clean Start [MQTT-3.1.2-4]. [MQTT-3.1.2-4 of 3.1.1] [MQTT-3.1.2-6 of 3.1.1]
   * @throws {PacketError} 0x97 when there are as many sessions as may be
   */
  open(
    clientIdentifier: string,
    cleanStart: boolean,
    expiryInterval: number,
  ): { session: Session; isPresent: boolean } {
    const existing = this.#sessions.get(clientIdentifier);
    if (existing !== undefined && !cleanStart) {
      // [MQTT-3.1.3-9]
      this.#forgetOffline(existing);
      existing.expiryInterval = expiryInterval;
      this.#context.store.putSession(existing);
      return { session: existing, isPresent: true };
    }
    if (existing !== undefined) this.end(existing);
    if (this.#sessions.size >= this.#context.limits.maximumSessions) {
      throw new PacketError(REASON.QUOTA_EXCEEDED, "there are as many sessions as may be");
    }
    const session = new Session(clientIdentifier, expiryInterval, this.#context);
    this.#sessions.set(clientIdentifier, session);
    if (session.isResumable) this.#context.store.putSession(session);
    return { session, isPresent: false };
  }

  /**
   * The connection is gone. The will is published at the earlier of its delay and the session's end.
   * [MQTT-3.1.2-8] [MQTT-3.1.2-8 of 3.1.1] [MQTT-3.1.2-12 of 3.1.1]
   */
  disconnect(session: Session, will: Will | undefined): void {
    session.detach();
    const willDelay = Math.min(will?.properties.willDelayInterval ?? 0, session.expiryInterval);
    const pendingWill = will !== undefined && willDelay > 0 ? will : undefined;
    if (will !== undefined && pendingWill === undefined) this.#publishWill(will, session);
    // [MQTT-3.1.2-23] [MQTT-3.1.2-4 of 3.1.1] [MQTT-3.1.2-6 of 3.1.1]
    if (!session.isResumable) {
      this.end(session);
      return;
    }
    const offline: Offline = { expiry: new Deadline(), willDelay: new Deadline(), will: pendingWill };
    this.#offline.set(session, offline);
    if (pendingWill !== undefined) offline.willDelay.start(willDelay, () => this.#publishPending(session));
    // [MQTT-4.1.0-2]
    if (session.expiryInterval !== NEVER_EXPIRES) offline.expiry.start(session.expiryInterval, () => this.end(session));
    this.#context.store.putSession(session);
  }

  /** Ends a session that is offline, with all that belongs to it; retained messages do not. [MQTT-3.1.2-7 of 3.1.1] */
  end(session: Session): void {
    this.#publishPending(session);
    this.#forgetOffline(session);
    this.#sessions.delete(session.clientIdentifier);
    this.#subscriptions.removeAll(session);
    session.end();
    this.#context.store.deleteSession(session);
  }

  /** Lets time stand still. */
  close(): void {
    for (const session of this.#offline.keys()) this.#forgetOffline(session);
  }

  #publishPending(session: Session): void {
    const offline = this.#offline.get(session);
    const will = offline?.will;
    if (offline === undefined || will === undefined) return;
    // [MQTT-3.1.2-10] [MQTT-3.1.2-10 of 3.1.1]
    offline.will = undefined;
    offline.willDelay.cancel();
    this.#publishWill(will, session);
  }

  #forgetOffline(session: Session): void {
    const offline = this.#offline.get(session);
    offline?.expiry.cancel();
    offline?.willDelay.cancel();
    this.#offline.delete(session);
  }
}
