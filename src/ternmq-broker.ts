import { EventEmitter } from "node:events";
import { Broker } from "./broker/broker.ts";
import type { BrokerEvents, MessageProperties, PublishListener } from "./broker/events.ts";
import { prepareLimits } from "./broker/prepare-limits.ts";
import { fromProgram, toPublished } from "./broker/published-message.ts";
import {
  checkMessage,
  checkOptions,
  checkPersistence,
  checkProperties,
  checkSubscription,
} from "./config/arguments.ts";
import { checkListeners } from "./config/listener-arguments.ts";
import type { ListenerOptions } from "./config/listener-options.ts";
import type { BrokerOptions } from "./config/options.ts";
import { needsRestart } from "./config/restart.ts";
import { TernmqError } from "./errors.ts";
import { isLocal, Listeners, type PreparedListeners, takeNamed } from "./listeners.ts";
import type { Statistics } from "./observability/statistics.ts";
import { type Disk, type DiskOptions, openDisk } from "./persistence/disk/disk.ts";
import { ClientLimitRules } from "./security/limits/client-limit-rules.ts";
import type { ChangeableSecurity, DoorOptions } from "./security/security.ts";
import type { Listener } from "./transport/listener.ts";

const DEFAULT_LISTENERS: readonly ListenerOptions[] = [{ protocol: "mqtt", port: 1883 }];
/** How long clients may take to go before they are cut off. */
const STOP_TIMEOUT = 4_000;
/** How long the disk may take then to write what is left. */
const STORE_TIMEOUT = 10_000;

export interface PublishOptions {
  /** Default 0. */
  readonly qos?: 0 | 1 | 2;
  /** Default false. */
  readonly retain?: boolean;
  readonly properties?: MessageProperties;
}

/** What a broker holds at a time. */
export interface Gauges {
  readonly connections: number;
  readonly sessions: number;
  readonly retainedMessages: number;
  /** Bytes that wait in memory for clients; see the limit `maximumBacklogBytes`. */
  readonly backlogBytes: number;
  /** Publishers that are not read from at present, as those who receive from them are slow. */
  readonly publishersHeld: number;
  /** Milliseconds by which the event loop was late at the last look, a quarter of a second ago at the most. */
  readonly eventLoopDelay: number;
  /** New clients are refused at present. */
  readonly isBusy: boolean;
  readonly core: object;
}

/** What a test can put in the place of the real thing. */
export interface Internals {
  readonly openDisk: typeof openDisk;
  /** Milliseconds that the disk may take at the end. */
  readonly storeTimeout?: number;
}

/** A broker inside of a program; see BrokerEvents for what it emits. Several can live in one process; they share nothing. */
export class TernmqBroker extends EventEmitter<BrokerEvents> {
  readonly #options: BrokerOptions;
  readonly #internals: Internals;
  readonly #broker: Broker;
  readonly #listeners: Listeners;
  #isStarted = false;
  /** What is kept on disk has been read. */
  #isOpen: boolean;
  #stopped: Promise<void> | undefined;
  #hasUnwritten = false;
  /** Settled when the store is open or cannot be opened. */
  #opened: Promise<void> = Promise.resolve();

  /** @throws {TernmqError} ERR_OPTION or ERR_ARGUMENT for an option that is not valid */
  constructor(options: BrokerOptions = {}, internals: Internals = { openDisk }) {
    super();
    checkOptions(options);
    checkListeners(options.listeners ?? []);
    checkPersistence(options.persistence);
    this.#options = options;
    this.#isOpen = options.persistence === undefined;
    this.#internals = internals;
    this.#broker = new Broker(options, this);
    this.#listeners = new Listeners(this.#broker, options.directIo ?? true, options.persistence?.durability ?? "fsync");
  }

  /** The doors that are open, with the ports that were really taken. */
  get addresses(): readonly Listener[] {
    return this.#listeners.open;
  }

  /** Counters since the start. */
  get statistics(): Readonly<Statistics> {
    return this.#broker.statistics;
  }

  /** After `stop`: what happened last could not be written to the store. None of it was acknowledged. */
  get hasUnwritten(): boolean {
    return this.#hasUnwritten;
  }

  /** What the broker holds now. */
  get gauges(): Gauges {
    const { connections, sessions, retained, backlog, backpressure, loopDelay, core } = this.#broker;
    return {
      connections,
      sessions: sessions.size,
      retainedMessages: retained.size,
      backlogBytes: backlog.bytes,
      publishersHeld: backpressure.size,
      eventLoopDelay: loopDelay.delay,
      isBusy: loopDelay.isExcessive,
      core: core.statistics,
    };
  }

  /**
   * Reads who may come in and what is kept on disk, where there is persistence, and opens the listeners; if one cannot be opened, none is.
   * @throws {TernmqError} ERR_PASSWORD_FILE, ERR_ACL_FILE, ERR_JWT, ERR_HOOK_MODULE, ERR_OPTION before the store is touched
   * @throws {TernmqError} ERR_LISTEN, ERR_TLS, ERR_WEBSOCKET_UNAVAILABLE, ERR_STATE
   * @throws {DiskError} ERR_STORE_LOCKED, ERR_STORE_NEWER, ERR_STORE_DAMAGED, ERR_STORE_UNUSABLE
   */
  async start(): Promise<void> {
    if (this.#isStarted || this.#stopped !== undefined)
      throw new TernmqError("ERR_STATE", "this broker was started or stopped already: create another one");
    this.#isStarted = true;
    try {
      const listeners = await this.#listeners.secure(this.#options.listeners ?? DEFAULT_LISTENERS);
      this.#opened = this.#broker.open((directory, options) => this.#openDisk(directory, options));
      await this.#opened;
      this.#isOpen = true;
      for (const open of listeners) await this.#open(open);
    } catch (error) {
      await this.stop();
      throw error;
    }
    for (const listener of this.addresses) this.#broker.log.info(describe(listener), "listening");
  }

  /**
   * Takes no new connections, tells the clients, lets what is under way to them go out, and resolves when all are gone, within 5 seconds, and what
   * happened is on disk; a disk that does not answer is given up after 10 seconds more. Does not reject: what could not be written is told by the log
   * and `hasUnwritten`. Calling it again gives the same promise.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /**
   * Takes of other options what can change while the broker runs: limits, authentication, access rules, certificates, and what listeners have of these. All
   * files are read anew. Connections stay. Everything is checked before anything changes.
   * @returns what needs a restart and stays as it was, in words for the log
   * @throws {TernmqError} for what cannot be used: then nothing has changed
   */
  async reload(options: BrokerOptions): Promise<readonly string[]> {
    checkOptions(options);
    const { listeners = DEFAULT_LISTENERS, authentication, accessRules } = options;
    const limits = prepareLimits(this.#broker, options.limits);
    const clientLimits = new ClientLimitRules(options.clientLimits);
    const commitSecurity = await this.prepareSecurity({ authentication, accessRules }, listeners);
    const doors = this.prepareListeners(listeners);
    limits.commit();
    this.#broker.limiter.replace(clientLimits);
    commitSecurity();
    doors.commit();
    return [...limits.needsRestart, ...doors.needsRestart, ...needsRestart(this.#options, options)];
  }

  /**
   * Reads the files of the listeners anew: certificates, keys, authorities, revocations, pre-shared keys; and takes over what else of the options can
   * change while the broker runs. Nothing has an effect before `commit`; connections stay.
   * @throws {TernmqError} ERR_TLS, ERR_ARGUMENT for what cannot be used
   */
  prepareListeners(listeners: readonly ListenerOptions[]): PreparedListeners {
    checkListeners(listeners);
    return this.#listeners.prepare(listeners);
  }

  /**
   * Reads the files of authentication and access rules anew: passwords, keys, modules, rules. Nothing has an effect until the function that comes back is
   * called; clients stay, with the rights that the new rules give them. What the guard goes by, and how passwords are worked on, stays as it was.
   * @param security in place of what the broker was made with
   * @param listeners in place of those, for what they have of their own
   * @throws {TernmqError} ERR_PASSWORD_FILE, ERR_ACL_FILE, ERR_JWT, ERR_HOOK_MODULE, ERR_OPTION for what cannot be used
   */
  prepareSecurity(security?: ChangeableSecurity, listeners?: readonly ListenerOptions[]): Promise<() => void> {
    const left = listeners && [...listeners];
    return this.#broker.prepareSecurity(security, left && ((name) => doorOptions(takeNamed(left, name))));
  }

  /**
   * Publishes a message. Returns how many subscribers took it.
   * @throws {PacketError} for a topic or property that is not valid, and for a message beyond the maximum packet size
   * @throws {TernmqError} ERR_ARGUMENT; with persistence ERR_STATE before `start` has resolved: what is on disk is older, and comes first
   */
  publish(topic: string, payload: Uint8Array | string, options: PublishOptions = {}): number {
    const { qos = 0, retain = false, properties = {} } = options;
    checkMessage(topic, payload, qos);
    checkProperties(properties);
    if (!this.#isOpen) throw new TernmqError("ERR_STATE", "with persistence, publish when start() has resolved");
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    return this.#broker.publish(fromProgram(topic, bytes, qos, retain, properties));
  }

  /**
   * Calls the listener for each message whose topic matches, retained ones that are there already included, in a later turn of the event
   * loop. The function that comes back ends the subscription.
   * @throws {PacketError} for a filter that is not valid
   * @throws {TernmqError} ERR_ARGUMENT
   */
  subscribe(filter: string, listener: PublishListener): () => void {
    checkSubscription(filter, listener);
    return this.#broker.subscribeLocal(filter, (message) => listener(toPublished(message)));
  }

  async #stop(): Promise<void> {
    this.#listeners.close();
    const deadline = setTimeout(() => this.#broker.destroy(), STOP_TIMEOUT);
    await this.#broker.shutDown();
    clearTimeout(deadline);
    this.#broker.destroy();
    await this.#closeStore();
  }

  async #closeStore(): Promise<void> {
    const { durable, log } = this.#broker;
    if (durable === undefined) return;
    const { storeTimeout = STORE_TIMEOUT } = this.#internals;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), storeTimeout);
    });
    const closed = this.#opened.catch(() => {}).then(() => durable.close());
    try {
      const isLate = await Promise.race([closed.then(() => false), late]);
      this.#hasUnwritten = isLate || durable.isFailing;
      if (isLate) log.error("the store is given up: its disk does not answer");
    } catch (error) {
      this.#hasUnwritten = durable.isFailing;
      log.error({ err: error }, "what was acknowledged could not all be brought from the journal into the tables");
    } finally {
      clearTimeout(timer);
    }
    if (this.#hasUnwritten) log.error("what happened last could not be written; none of it was acknowledged");
  }

  async #openDisk(directory: string, options: DiskOptions): Promise<Disk> {
    const disk = await this.#internals.openDisk(directory, { ...options, onDeath: (error) => this.#onDeath(error) });
    if (this.#stopped === undefined) return disk;
    await disk.close();
    throw new TernmqError("ERR_STATE", "this broker was stopped before its store was open");
  }

  #onDeath(error: TernmqError): void {
    this.#broker.log.fatal({ err: error }, "the store has ended by itself: start the broker again");
    this.emit("storeDeath", error);
  }

  async #open(open: () => Promise<void>): Promise<void> {
    await open();
    if (this.#stopped === undefined) return;
    this.#listeners.close();
    throw new TernmqError("ERR_STATE", "this broker was stopped before all its listeners were open");
  }
}

/** For log lines. */
function describe({ name, protocol, host, port, path }: Listener): object {
  return path === undefined ? { listener: name, protocol, host, port } : { listener: name, protocol, path };
}

/** Makes a broker; `start` opens its listeners. @throws {TernmqError} ERR_OPTION or ERR_ARGUMENT for an option that is not valid */
export function createBroker(options: BrokerOptions = {}): TernmqBroker {
  return new TernmqBroker(options);
}

function doorOptions(options: ListenerOptions | undefined): DoorOptions | undefined {
  if (options === undefined) return undefined;
  const { authentication, accessRules } = options;
  return { authentication, accessRules, isLocal: isLocal(options) };
}
