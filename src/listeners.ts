import type { Broker } from "./broker/broker.ts";
import { ALL_VERSIONS, type ListenerContext } from "./broker/listener-context.ts";
import type { ListenerOptions } from "./config/listener-options.ts";
import type { Durability } from "./persistence/store.ts";
import { ConnectionRates } from "./security/limits/connection-rates.ts";
import type { Listener, ListenerEnvironment } from "./transport/listener.ts";
import { hostOf, listenerName } from "./transport/listener-name.ts";
import { isLoopback } from "./transport/local-address.ts";
import { Negotiations } from "./transport/negotiations.ts";
import { type Opened, openListener } from "./transport/open-listener.ts";
import type { ByteStream } from "./transport/stream.ts";

/** Beyond the largest packet, so that a client may put a few small ones in front of it into one frame. */
const FRAME_SLACK = 65_536;

/** What cannot change while a listener is open. */
const FIXED = ["protocol", "host", "port", "path", "mode", "ipv6Only", "backlog", "tcpKeepAlive", "noDelay"] as const;

interface OpenDoor {
  readonly options: ListenerOptions;
  readonly opened: Opened;
  /** Of all its connections: what changes here holds for them from then on. */
  readonly context: { -readonly [Key in keyof ListenerContext]: ListenerContext[Key] };
}

/** A change of the listeners that was found good and has had no effect yet. */
export interface PreparedListeners {
  /** What cannot change while the broker runs, in words for the log. */
  readonly needsRestart: readonly string[];
  commit(): void;
}

/** The listeners of a broker. */
export class Listeners {
  readonly #broker: Broker;
  readonly #directIo: boolean;
  readonly #durability: Durability;
  readonly #negotiations: Negotiations;
  #doors: OpenDoor[] = [];

  /** @param durability of listeners that have none of their own */
  constructor(broker: Broker, directIo: boolean, durability: Durability) {
    this.#broker = broker;
    this.#negotiations = new Negotiations(broker.strangers);
    this.#directIo = directIo;
    this.#durability = durability;
  }

  get open(): readonly Listener[] {
    return this.#doors.map(({ opened }) => opened.listener);
  }

  /**
   * Reads what decides who may come in and what clients may do.
   * @returns what opens each listener; by the promise @throws {TernmqError} ERR_LISTEN, ERR_TLS, ERR_ARGUMENT, ERR_WEBSOCKET_UNAVAILABLE
   * @throws {TernmqError} by the promise, for a file that cannot be used
   */
  async secure(listeners: readonly ListenerOptions[]): Promise<(() => Promise<void>)[]> {
    const contexts = listeners.map((options) => ({ options, context: this.#contextOf(options) }));
    await this.#broker.security.open(contexts.map(({ context }) => context));
    return contexts.map(({ options, context }) => async () => {
      const opened = await openListener(options, this.#environment(context));
      this.#doors.push({ options, opened, context });
    });
  }

  /**
   * Reads certificates, keys, revocations and rules anew; `commit` lets new connections go by them. Connections stay.
   * @throws {TernmqError} ERR_TLS, ERR_ARGUMENT: then nothing has changed
   */
  prepare(changed: readonly ListenerOptions[]): PreparedListeners {
    const needsRestart: string[] = [];
    const commits: (() => void)[] = [];
    const left = [...changed];
    for (const door of this.#doors) {
      const name = listenerName(door.options);
      const options = takeNamed(left, name);
      const commit = options && door.opened.prepare(options);
      if (options === undefined) needsRestart.push(`the listener ${name} stays open`);
      else needsRestart.push(...fixedChanges(name, door.options, options));
      if (options && commit) commits.push(commit, () => Object.assign(door.context, this.#changeable(options)));
    }
    needsRestart.push(...left.map((options) => `the listener ${listenerName(options)} is not opened`));
    return {
      needsRestart,
      commit: () => {
        for (const commit of commits) commit();
      },
    };
  }

  /** Takes no new connections; those that are not clients yet are closed. */
  close(): void {
    for (const { opened } of this.#doors.splice(0)) opened.listener.close();
    this.#negotiations.destroy();
  }

  #contextOf(options: ListenerOptions): OpenDoor["context"] {
    const { protocol } = options;
    return {
      name: listenerName(options),
      protocol,
      isLocal: isLocal(options),
      onlineClients: 0,
      ...this.#changeable(options),
    };
  }

  #changeable(options: ListenerOptions) {
    const { durability, versions, maximumConnections, limits, authentication, accessRules } = options;
    return {
      usernameAsClientIdentifier: options.usernameAsClientIdentifier ?? false,
      durability: durability ?? this.#durability,
      versions: versions ?? ALL_VERSIONS,
      maximumConnections: maximumConnections ?? Number.POSITIVE_INFINITY,
      limits,
      connectionRates: new ConnectionRates(limits),
      authentication,
      accessRules,
    };
  }

  #environment(context: ListenerContext): ListenerEnvironment {
    const broker = this.#broker;
    const negotiations = this.#negotiations;
    return {
      log: broker.log,
      negotiations,
      directIo: this.#directIo,
      get connectTimeout() {
        return broker.limits.connectTimeout;
      },
      get maximumFrameSize() {
        return broker.limits.maximumPacketSize + FRAME_SLACK;
      },
      originOf: (address) => address,
      admits: (origin) => broker.admits(origin, negotiations.size),
      takesConnection: (address) => broker.takesConnection(address, context),
      accept: (stream: ByteStream) => broker.accept(stream, context),
    };
  }
}

/** Takes out the first of that name: two that were given none may have the same one, as with port 0. */
export function takeNamed(left: ListenerOptions[], name: string): ListenerOptions | undefined {
  const index = left.findIndex((each) => listenerName(each) === name);
  return index === -1 ? undefined : left.splice(index, 1)[0];
}

/** Whether only programs of this machine reach it: a proxy on this machine lets others in. */
export function isLocal(options: ListenerOptions): boolean {
  if (options.protocol === "unix") return true;
  const proxies = [
    ...("proxyProtocolFrom" in options ? options.proxyProtocolFrom : []),
    ...("forwardedFrom" in options ? options.forwardedFrom : []),
  ];
  return proxies.length === 0 && isLoopback(hostOf(options));
}

function fixedChanges(name: string, before: ListenerOptions, after: ListenerOptions): string[] {
  const value = (options: ListenerOptions, key: string): unknown =>
    Object.entries(options).find(([each]) => each === key)?.[1];
  // The path of a WebSocket can change.
  const keys = FIXED.filter((key) => key !== "path" || before.protocol === "unix");
  const changed = keys.filter((key) => value(before, key) !== value(after, key));
  return changed.map((key) => `${key} of the listener ${name} stays as it is`);
}
