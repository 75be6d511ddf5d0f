import type { Will } from "../codec/connect.ts";
import { NEVER_EXPIRES } from "../codec/dialects.ts";
import type { DeliveryContext } from "../delivery/context.ts";
import type { Subscriptions } from "../delivery/subscriptions.ts";
import type { SessionRow } from "../persistence/rows.ts";
import type { ClientInfo } from "../security/access.ts";
import { Deadline } from "./deadline.ts";
import { Session } from "./session.ts";

/** A client that connects. */
export interface Opening {
  readonly client: ClientInfo;
  readonly cleanStart: boolean;
  readonly expiryInterval: number;
  readonly will: Will | undefined;
}

/** What is to happen to a session whose client is offline. */
interface Offline {
  readonly expiry: Deadline;
  readonly willDelay: Deadline;
}

/**
 * All sessions by client identifier, and what time does to those that are offline.
 * [MQTT-3.1.3-2] [MQTT-4.1.0-1] [MQTT-3.1.3-2 of 3.1.1] [MQTT-4.1.0-1 of 3.1.1] [MQTT-4.1.0-2 of 3.1.1]
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #offline = new Map<Session, Offline>();
  /** How many each user has. */
  readonly #byUser = new Map<string, number>();
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

  /** Those of one user, whether or not their clients are online. */
  countOf(username: string): number {
    return this.#byUser.get(username) ?? 0;
  }

  get(clientIdentifier: string): Session | undefined {
    return this.#sessions.get(clientIdentifier);
  }

  /**
   * The session of a client that connects and is not online: the one that is there [MQTT-3.1.2-5], or a new one [MQTT-3.1.2-6], always so
   * with Clean Start [MQTT-3.1.2-4], and where the one that is there is another user's. [MQTT-3.1.2-4 of 3.1.1] [MQTT-3.1.2-6 of 3.1.1]
   */
  open({ client, cleanStart, expiryInterval, will }: Opening): { session: Session; isPresent: boolean } {
    const { clientIdentifier, identity } = client;
    const username = identity?.username;
    const existing = this.#sessions.get(clientIdentifier);
    if (existing !== undefined && !cleanStart && !existing.isKeptFrom(username)) {
      // [MQTT-3.1.3-9]
      this.#forgetOffline(existing);
      this.#assign(existing, username);
      existing.expiryInterval = expiryInterval;
      existing.will = will;
      existing.author = will && client;
      existing.offlineSince = undefined;
      this.#context.store.putSession(existing);
      return { session: existing, isPresent: true };
    }
    if (existing !== undefined) this.end(existing);
    const { store } = this.#context;
    const session = new Session(
      clientIdentifier,
      expiryInterval,
      expiryInterval > 0 ? store.takeOwner() : 0,
      this.#context,
    );
    this.#assign(session, username);
    session.will = will;
    session.author = will && client;
    this.#sessions.set(clientIdentifier, session);
    store.putSession(session);
    return { session, isPresent: false };
  }

  /** Puts a session of an earlier life of the broker back; `resumeTime` lets its time go on. */
  restore({ owner, clientIdentifier, username, expiryInterval, offlineSince, will, author }: SessionRow): Session {
    const session = new Session(clientIdentifier, expiryInterval, owner, this.#context);
    this.#assign(session, username);
    session.will = will;
    session.author = author;
    this.#sessions.set(clientIdentifier, session);
    session.offlineSince = offlineSince ?? Date.now();
    // One whose client was online lost it when the broker went, which nobody wrote down.
    if (offlineSince === undefined) this.#context.store.putSession(session);
    return session;
  }

  /** Lets time go on for sessions that were restored: some have expired meanwhile, and some wills are due. (MQTT 5.0 §3.1.2.5) */
  resumeTime(): void {
    for (const session of [...this.#sessions.values()]) this.#wait(session);
  }

  /**
   * The connection is gone. The will is published at the earlier of its delay and the session's end.
   * [MQTT-3.1.2-8] [MQTT-3.1.2-8 of 3.1.1] [MQTT-3.1.2-12 of 3.1.1]
   */
  disconnect(session: Session): void {
    session.detach();
    // [MQTT-3.1.2-23] [MQTT-3.1.2-4 of 3.1.1] [MQTT-3.1.2-6 of 3.1.1]
    if (!session.isResumable) {
      this.end(session);
      return;
    }
    session.offlineSince = Date.now();
    this.#wait(session);
    this.#context.store.putSession(session);
  }

  /** Ends a session that is offline, with all that belongs to it; retained messages do not. [MQTT-3.1.2-7 of 3.1.1] */
  end(session: Session): void {
    this.#publishPending(session);
    this.#forgetOffline(session);
    this.#sessions.delete(session.clientIdentifier);
    this.#assign(session, undefined);
    this.#subscriptions.removeAll(session);
    session.end();
    this.#context.store.deleteOwner(session.owner);
  }

  #assign(session: Session, username: string | undefined): void {
    if (session.username !== undefined) this.#count(session.username, -1);
    if (username !== undefined) this.#count(username, 1);
    session.username = username;
  }

  #count(username: string, change: number): void {
    const count = this.countOf(username) + change;
    if (count === 0) this.#byUser.delete(username);
    else this.#byUser.set(username, count);
  }

  /** Lets time stand still. */
  close(): void {
    for (const session of this.#offline.keys()) this.#forgetOffline(session);
  }

  /** Sets the clocks of a session whose client is offline; what is due is done at once. */
  #wait(session: Session): void {
    const { will, expiryInterval, offlineSince = Date.now() } = session;
    const passed = Math.max(0, Date.now() - offlineSince) / 1000;
    const willDelay = Math.min(will?.properties.willDelayInterval ?? 0, expiryInterval) - passed;
    const offline: Offline = { expiry: new Deadline(), willDelay: new Deadline() };
    this.#offline.set(session, offline);
    if (willDelay <= 0) this.#publishPending(session);
    else if (will !== undefined) offline.willDelay.start(willDelay, () => this.#publishPending(session));
    // [MQTT-4.1.0-2]
    if (expiryInterval !== NEVER_EXPIRES) this.#expire(session, offline, expiryInterval - passed);
  }

  #expire(session: Session, { expiry }: Offline, seconds: number): void {
    if (seconds <= 0) this.end(session);
    else expiry.start(seconds, () => this.end(session));
  }

  #publishPending(session: Session): void {
    const { will } = session;
    if (will === undefined) return;
    // [MQTT-3.1.2-10] [MQTT-3.1.2-10 of 3.1.1]
    session.will = undefined;
    this.#offline.get(session)?.willDelay.cancel();
    this.#context.store.putSession(session);
    this.#publishWill(will, session);
  }

  #forgetOffline(session: Session): void {
    const offline = this.#offline.get(session);
    offline?.expiry.cancel();
    offline?.willDelay.cancel();
    this.#offline.delete(session);
  }
}
