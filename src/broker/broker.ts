import type { EventEmitter } from "node:events";
import type { Logger } from "pino";
import { PublishProperties } from "../codec/publish-properties.ts";
import { REASON } from "../codec/reason-codes.ts";
import { type Limits, resolveLimits } from "../config/limits.ts";
import type { BrokerOptions, PersistenceOptions } from "../config/options.ts";
import type { DeliveryContext } from "../delivery/context.ts";
import { FanOut } from "../delivery/fan-out.ts";
import { collectRetained } from "../delivery/local-retained.ts";
import { Message } from "../delivery/message.ts";
import { RetainedMessages } from "../delivery/retained.ts";
import { RetainedWalks } from "../delivery/retained-walks.ts";
import { Sender } from "../delivery/sender.ts";
import type { LocalListener, Subscription } from "../delivery/subscription.ts";
import { Subscriptions } from "../delivery/subscriptions.ts";
import { PacketError } from "../errors.ts";
import { silentLog } from "../observability/log.ts";
import { LoopDelay } from "../observability/loop-delay.ts";
import { Statistics } from "../observability/statistics.ts";
import type { openDisk } from "../persistence/disk/disk.ts";
import { DurableStore } from "../persistence/durable-store.ts";
import { MemoryStore } from "../persistence/memory.ts";
import type { Store } from "../persistence/store.ts";
import type { ClientInfo } from "../security/access.ts";
import { Expiries } from "../security/expiries.ts";
import { Crowd } from "../security/guard/crowd.ts";
import { ClientLimitRules } from "../security/limits/client-limit-rules.ts";
import { ClientLimiter } from "../security/limits/client-limiter.ts";
import { Security } from "../security/security.ts";
import type { Session } from "../session/session.ts";
import { Sessions } from "../session/sessions.ts";
import { Backlog } from "../transport/backlog.ts";
import { BufferPool } from "../transport/buffer-pool.ts";
import type { ConnectionContext } from "../transport/connection.ts";
import { CutPackets } from "../transport/cut-packets.ts";
import { Flusher } from "../transport/flusher.ts";
import type { Strangers } from "../transport/strangers.ts";
import type { ByteStream } from "../transport/stream.ts";
import { Core } from "../wasm/core.ts";
import { Backpressure } from "./backpressure.ts";
import { Client } from "./client.ts";
import { deliverUnmatched } from "./deliver.ts";
import type { BrokerEvents } from "./events.ts";
import { holdToRights } from "./hold-to-rights.ts";
import { inProcess, type ListenerContext } from "./listener-context.ts";
import { Pacing } from "./pacing.ts";
import { publishWill } from "./publish-will.ts";
import { toPublished } from "./published-message.ts";
import { Restore } from "./restore.ts";
import { rightsOf } from "./rights.ts";

/** Everything that one broker holds. There is no state outside of it, so a process can hold several. */
export class Broker implements ConnectionContext, DeliveryContext {
  readonly limits: Limits;
  readonly log: Logger;
  readonly security: Security;
  /** When clients have to go as what let them in expires. */
  readonly expiries = new Expiries();
  readonly responseInformation: ((client: ClientInfo) => string | undefined) | undefined;
  readonly statistics = new Statistics();
  readonly events: EventEmitter<BrokerEvents>;
  readonly core: Core;
  readonly flusher: Flusher;
  readonly backlog: Backlog;
  readonly backpressure: Backpressure;
  /** Connections on which no CONNECT has come. */
  readonly strangers: Strangers;
  /** What some clients may do beside `limits`. */
  readonly limiter: ClientLimiter;
  readonly pacing: Pacing;
  readonly loopDelay: LoopDelay;
  readonly pool: BufferPool;
  readonly cutPackets: CutPackets;
  readonly store: Store;
  /** The same, where there is persistence. */
  readonly durable: DurableStore | undefined;
  readonly sender: Sender;
  readonly subscriptions: Subscriptions;
  readonly fanOut: FanOut;
  readonly retained: RetainedMessages;
  readonly retainedWalks: RetainedWalks;
  readonly sessions: Sessions;
  /** The message that is being handled, filled anew by each PUBLISH. */
  readonly incoming = new Message();
  /** `subscriptions.changes` when the packets that are being handled were matched. */
  routedAt = 0;
  /** Whether anybody listened to publications when the packets that are being handled came: asking costs too much for each. */
  tellsOfPublishes = false;
  /** The properties of that message. */
  readonly properties = new PublishProperties();
  readonly #connections = new Set<Client>();
  readonly #persistence: PersistenceOptions | undefined;
  readonly #inProcess: ListenerContext = inProcess();
  #online = 0;
  #isShutDown = false;
  #onEmpty: (() => void) | undefined;

  /**
   * @param events where it tells what happens
   * @throws {TernmqError} ERR_OPTION for an option out of its range
   */
  constructor(options: BrokerOptions, events: EventEmitter<BrokerEvents>) {
    this.events = events;
    this.limits = resolveLimits(options.limits);
    this.log = options.log ?? silentLog();
    this.security = new Security(options, this.limits.connectTimeout, this.statistics, this.log);
    this.strangers = new Crowd(this.limits, (address) => this.security.guard.isTrusted(address), this.statistics);
    this.limiter = new ClientLimiter(new ClientLimitRules(options.clientLimits), this.statistics);
    this.pacing = new Pacing(this);
    this.responseInformation = options.responseInformation;
    this.#persistence = options.persistence;
    this.durable = options.persistence === undefined ? undefined : new DurableStore(this.log, this.statistics);
    this.store = this.durable ?? new MemoryStore();
    const { maximumBacklogBytes, stallTimeout, maximumEventLoopDelay } = this.limits;
    this.backlog = new Backlog(maximumBacklogBytes);
    this.backpressure = new Backpressure(this);
    this.core = Core.create({ maximumLevels: this.limits.maximumTopicLevels });
    this.loopDelay = new LoopDelay(maximumEventLoopDelay, (watch) => this.#tellLoopDelay(watch));
    this.pool = new BufferPool(this.backlog);
    this.cutPackets = new CutPackets(maximumBacklogBytes);
    this.flusher = new Flusher(stallTimeout);
    this.backlog.relieve = () => this.flusher.relieve();
    this.sender = new Sender(this.statistics);
    this.subscriptions = new Subscriptions(this.core, this);
    this.fanOut = new FanOut(this.core, this.subscriptions, this.sender);
    this.retained = new RetainedMessages(this.core, this.limits, this.statistics, this.store);
    this.retainedWalks = new RetainedWalks(this.core, this.retained);
    this.sessions = new Sessions(this, this.subscriptions, (will, session) => publishWill(this, will, session));
  }

  get maximumPacketSize(): number {
    return this.limits.maximumPacketSize;
  }

  get maximumOutboxBytes(): number {
    return this.limits.maximumOutboxBytes;
  }

  /** Clients that are connected. */
  get onlineClients(): number {
    return this.#online;
  }

  /** Connections, those without a CONNECT included. */
  get connections(): number {
    return this.#connections.size;
  }

  get hasPublishListeners(): boolean {
    return this.events.listenerCount("publish") > 0;
  }

  /** Takes back what is kept on disk, where there is persistence, and watches the load from then on. @throws {DiskError} */
  async open(open: typeof openDisk): Promise<void> {
    await this.#restore(open);
    this.loopDelay.start();
  }

  async #restore(open: typeof openDisk): Promise<void> {
    const { durable } = this;
    if (durable === undefined || this.#persistence === undefined) return;
    const { directory, repair = false } = this.#persistence;
    const begun = performance.now();
    const disk = await open(directory, { repair, visitor: new Restore(this) });
    if (disk.repaired !== undefined) this.log.warn(disk.repaired, "the store was damaged and is repaired");
    durable.start(disk);
    this.sessions.resumeTime();
    const milliseconds = Math.round(performance.now() - begun);
    const { sessions, retained } = this;
    this.log.info({ directory, sessions: sessions.size, retained: retained.size, milliseconds }, "store opened");
  }

  /** Reads what keeps the doors anew; clients that are online get the rights that follow when the function that comes back is called. @throws {TernmqError} */
  async prepareSecurity(...changed: Parameters<Security["prepare"]>): Promise<() => void> {
    const commit = await this.security.prepare(...changed);
    return () => {
      commit();
      for (const client of this.#connections) this.#renewRights(client);
    };
  }

  /** A client opened a connection by a listener. */
  accept(stream: ByteStream, listener = this.#inProcess): void {
    this.statistics.connectionsOpened++;
    // uWebSockets.js goes on with handshakes that were begun, also when its listener is closed.
    if (this.#isShutDown || !this.admits(stream.peer.remoteAddress)) stream.destroy();
    else this.#connections.add(new Client(stream, listener, this));
  }

  /**
   * Whether a connection from this address may be opened.
   * @param waiting connections that are no streams yet
   */
  admits(address: string, waiting = 0): boolean {
    if (this.security.guard.isBanned(address)) {
      this.statistics.connectionsBanned++;
      return false;
    }
    const { maximumConnections, maximumPendingConnections } = this.limits;
    const isFull = this.#connections.size + waiting >= maximumConnections + maximumPendingConnections;
    return !isFull && this.strangers.admits(address);
  }

  /** Whether the listener's rates let a client open a connection from this address now. It counts then. */
  takesConnection(address: string, { connectionRates, name }: ListenerContext): boolean {
    if (connectionRates.take(address)) return true;
    this.statistics.connectionsRefusedRate++;
    this.log.debug({ address, listener: name }, "closed a connection: too many are opened");
    return false;
  }

  /** A connection is gone. */
  forget(client: Client): void {
    this.#connections.delete(client);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** A client's CONNECT was accepted. */
  connected(client: Client, session: Session, sessionPresent: boolean): void {
    this.#online++;
    client.listener.onlineClients++;
    const { version, info } = client;
    if (info === undefined) return;
    const { expiryInterval } = session;
    const username = info.identity?.username ?? info.username;
    this.log.info({ ...client.description, version, username, sessionPresent, expiryInterval }, "client connected");
    this.#emitLater("connect", () => this.events.emit("connect", info, sessionPresent));
  }

  /** A client that was online is not any more. */
  disconnected(client: Client, session: Session): void {
    this.#online--;
    client.listener.onlineClients--;
    this.log.debug(client.description, "client disconnected");
    this.sessions.disconnect(session);
    const { info } = client;
    if (info !== undefined) this.#emitLater("disconnect", () => this.events.emit("disconnect", info));
  }

  emitPublish(message: Message, client: ClientInfo | undefined): void {
    const published = toPublished(message);
    this.#emitLater("publish", () => this.events.emit("publish", published, client));
  }

  emitSubscribe({ session, filter, qos }: Subscription): void {
    this.#emitLater("subscribe", () => this.events.emit("subscribe", session.clientIdentifier, filter, qos));
  }

  emitUnsubscribe({ session, filter }: Subscription): void {
    this.#emitLater("unsubscribe", () => this.events.emit("unsubscribe", session.clientIdentifier, filter));
  }

  /** Publishes a message that no client sent. @throws {PacketError} for a topic name that is not valid, and 0x95 for too large a message */
  publish(message: Message, publisher?: Session): number {
    if (message.size > this.limits.maximumPacketSize) {
      throw new PacketError(REASON.PACKET_TOO_LARGE, "the message is larger than the maximum packet size");
    }
    const taken = deliverUnmatched(this, message, publisher);
    if (message.isRetained) this.retained.set(message);
    if (this.hasPublishListeners) this.emitPublish(message, undefined);
    return taken;
  }

  /** Subscribes the program itself; the function that comes back ends that. @throws {PacketError} 0x8f for a filter that is not valid */
  subscribeLocal(filter: string, listener: LocalListener): () => void {
    const bytes = Buffer.from(filter);
    let isOver = false;
    const whileSubscribed: LocalListener = (message) => {
      if (!isOver) listener(message);
    };
    const unsubscribe = this.subscriptions.addLocal(bytes, whileSubscribed);
    const stop = collectRetained(this.core, this.retained, bytes, whileSubscribed);
    return () => {
      isOver = true;
      stop();
      unsubscribe();
    };
  }

  /** Tells every client that the server goes, and lets time stand still. Resolves when all have taken what was under way to them and left. */
  async shutDown(): Promise<void> {
    this.#isShutDown = true;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const client of this.#connections) {
      if (client.state === "online") client.close(REASON.SERVER_SHUTTING_DOWN);
      else client.leave();
    }
    this.sessions.close();
    this.retained.close();
    if (this.#connections.size > 0) await empty;
  }

  /** Closes at once what is still open. */
  destroy(): void {
    for (const client of this.#connections) client.connection.destroy();
    this.#connections.clear();
    this.flusher.close();
    this.expiries.close();
    this.backpressure.close();
    this.pacing.close();
    this.loopDelay.close();
  }

  #renewRights(client: Client): void {
    if (client.state === "gone") return;
    // Also of one that is known and not let in yet.
    client.rights = rightsOf(client);
    if (client.session !== undefined) holdToRights(this, client, client.session);
  }

  #tellLoopDelay({ isExcessive, delay }: LoopDelay): void {
    const milliseconds = Math.round(delay);
    if (isExcessive) this.log.warn({ milliseconds }, "the event loop is late: new clients are refused");
    else this.log.info({ milliseconds }, "the event loop is in time again: new clients are let in");
  }

  /** When the packet is handled, so that a listener cannot disturb that, whatever it does. In order. */
  #emitLater(event: keyof BrokerEvents, emit: () => void): void {
    if (this.events.listenerCount(event) > 0) setImmediate(emit);
  }
}
