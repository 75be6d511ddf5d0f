import { MQTT_5_0 } from "../../assembly/shared/limits.ts";
import type { Connect } from "../codec/connect.ts";
import { DIALECTS } from "../codec/dialects.ts";
import { type DisconnectProperties, encodeDisconnect } from "../codec/disconnect.ts";
import { frameError } from "../codec/frame-errors.ts";
import type { Properties } from "../codec/property-table.ts";
import { REASON, reasonName } from "../codec/reason-codes.ts";
import type { ProtocolVersion } from "../codec/version.ts";
import { LARGEST_PACKET } from "../codec/writer.ts";
import type { ClientLimits, EffectiveLimits } from "../config/client-limits.ts";
import type { OutgoingAliases } from "../delivery/outgoing-aliases.ts";
import type { Receiver } from "../delivery/receiver.ts";
import { PacketError } from "../errors.ts";
import type { Durability } from "../persistence/store.ts";
import type { ClientInfo } from "../security/access.ts";
import type { ClientAccess } from "../security/acl/client-access.ts";
import type { Identity } from "../security/identity.ts";
import type { Share } from "../security/limits/client-limiter.ts";
import type { Pace } from "../security/limits/pace.ts";
import type { ListenerSecurity } from "../security/listener-security.ts";
import type { Session } from "../session/session.ts";
import { Connection, HELD_FOR_STORE, type PacketHandler } from "../transport/connection.ts";
import type { Outbox } from "../transport/outbox.ts";
import { addressOf } from "../transport/peer.ts";
import type { Stranger } from "../transport/strangers.ts";
import type { ByteStream } from "../transport/stream.ts";
import type { KnownTopic } from "../wasm/known-topic.ts";
import { refuseConnect } from "./accept.ts";
import type { Authentication } from "./authentication.ts";
import type { Broker } from "./broker.ts";
import { dispatch } from "./dispatch.ts";
import type { ListenerContext } from "./listener-context.ts";
import { rightsOf } from "./rights.ts";

/** How much longer than its Keep Alive a client may be silent. [MQTT-3.1.2-22] [MQTT-3.1.2-24 of 3.1.1] */
const KEEP_ALIVE_GRACE = 1.5;

/** Where a client stands. */
export type ClientState = "awaits CONNECT" | "authenticates" | "online" | "gone";

/** One client on one connection: what MQTT knows of it beyond the bytes. */
export class Client implements PacketHandler, Receiver, Stranger {
  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly listener: ListenerContext;
  readonly security: ListenerSecurity;
  state: ClientState = "awaits CONNECT";
  /** Said by the CONNECT. */
  version: ProtocolVersion = MQTT_5_0;
  receiveMaximum = 0;
  maximumPacketSize = LARGEST_PACKET;
  aliases: OutgoingAliases | undefined;
  /** Topics by topic alias, as the client set them on this connection. [MQTT-3.3.2-7] */
  readonly incomingAliases: (KnownTopic | undefined)[] = [];
  /** Whether Reason Strings and User Properties may go with every packet. [MQTT-3.1.2-29] */
  wantsProblemInformation = true;
  /** Of CONNECT; a DISCONNECT may change an interval that was not 0. */
  requestedSessionExpiry = 0;
  /** Said by the CONNACK, so that it holds until the client connects anew, whatever a reload makes of the limits. */
  serverReceiveMaximum = 0;
  serverTopicAliasMaximum = 0;
  /** A bridge of Mosquitto's: No Local and Retain As Published on all its subscriptions. */
  isBridge = false;
  /** A CONNECT came in, so that the client understands a CONNACK. */
  hasSpoken = false;
  /** The CONNECT as long as it is not answered. */
  connect: Connect | undefined;
  info: ClientInfo | undefined;
  session: Session | undefined;
  /** Of a client that authenticates by a method of its choice. */
  authentication: Authentication | undefined;
  /** What it may do by the rules; undefined: there are none. */
  rights: ClientAccess | undefined;
  /** What it may do. */
  limits: EffectiveLimits;
  /** What was configured for clients like this one; undefined: what holds for all is all that holds. */
  ownLimits: ClientLimits | undefined;
  /** Where in the outbox its CONNACK ends. */
  welcomedAt = 0;
  #share: Share | undefined;
  #awaitsStore = false;
  readonly #broker: Broker;
  #timer: NodeJS.Timeout;

  constructor(stream: ByteStream, listener: ListenerContext, broker: Broker) {
    this.#broker = broker;
    this.listener = listener;
    this.security = broker.security.of(listener);
    this.limits = broker.limits;
    this.connection = new Connection(stream, broker, this);
    this.outbox = this.connection.outbox;
    const { connectTimeout } = broker.limits;
    const left = this.openedAt + connectTimeout - performance.now();
    this.#timer = setTimeout(() => this.#onConnectTimeout(), Math.max(0, left));
    broker.strangers.add(this);
  }

  get address(): string {
    return this.connection.stream.peer.remoteAddress;
  }

  get openedAt(): number {
    return this.connection.stream.peer.openedAt;
  }

  dismiss(): void {
    this.#broker.log.debug({ ...this.description }, "closed a connection: too many are waited for");
    this.#leave();
    this.connection.destroy();
  }

  get durability(): Durability {
    return this.listener.durability;
  }

  onPackets(chunk: Buffer, count: number): number {
    const due = this.pace === undefined ? count : this.#admit(this.pace, count);
    try {
      dispatch(this.#broker, this, chunk, due);
    } catch (error) {
      this.fail(error);
    }
    return due;
  }

  /** How fast it may send; undefined: as fast as it can. */
  get pace(): Pace | undefined {
    return this.#share?.pace;
  }

  onRefusedPacket(status: number): void {
    this.fail(frameError(status));
  }

  onRoom(): void {
    this.session?.proceed();
  }

  onStalled(): void {
    this.#broker.statistics.connectionsStalled++;
    this.#broker.log.info({ ...this.description }, "disconnecting a client that takes nothing");
    this.#leave();
    this.connection.destroy();
  }

  onOverrun(): void {
    this.close(REASON.QUOTA_EXCEEDED, { reasonString: "too much is waiting for this client" });
  }

  onCrowdedOut(): void {
    this.close(REASON.QUOTA_EXCEEDED, { reasonString: "the memory of an unfinished packet is needed for others" });
  }

  onEnd(): void {
    this.leave();
  }

  /** Reads no more from the client until what it caused to be written is. */
  awaitStore(): void {
    if (this.#awaitsStore || this.state !== "online") return;
    this.#awaitsStore = true;
    this.connection.hold(HELD_FOR_STORE);
    this.#broker.store.awaitGroup(this);
  }

  onKept(): void {
    this.#awaitsStore = false;
    this.connection.unhold(HELD_FOR_STORE);
  }

  onNotKept(): void {
    this.outbox.discardHeld();
    if (this.outbox.end >= this.welcomedAt) {
      this.close(REASON.QUOTA_EXCEEDED, { reasonString: "the server cannot store messages at present" });
      return;
    }
    if (this.session !== undefined) this.session.will = undefined;
    refuseConnect(this.#broker, this, REASON.QUOTA_EXCEEDED, "the server cannot store sessions at present");
  }

  onClose(error: Error | undefined): void {
    if (error !== undefined) this.#broker.log.debug({ ...this.description, error: error.message }, "connection lost");
    this.#leave();
    this.#broker.forget(this);
  }

  /**
   * Answers what went wrong while a packet of this client was handled: the connection ends.
   * [MQTT-4.13.1-1] [MQTT-4.8.0-1 of 3.1.1] [MQTT-4.8.0-2 of 3.1.1]
   */
  fail(error: unknown): void {
    if (this.state === "gone") return;
    const known = error instanceof PacketError ? error : undefined;
    if (known === undefined)
      this.#broker.log.error({ ...this.description, err: error }, "a packet could not be handled");
    const reasonCode = known?.reasonCode ?? REASON.IMPLEMENTATION_SPECIFIC_ERROR;
    const reasonString = known?.message ?? "internal error";
    if (this.state === "online") this.close(reasonCode, { reasonString });
    else refuseConnect(this.#broker, this, reasonCode, reasonString);
  }

  /** Ends the connection. A client of MQTT 5.0 that is online gets a DISCONNECT. [MQTT-3.14.0-1] [MQTT-4.13.2-1] */
  close(reasonCode: number, properties: DisconnectProperties = {}): void {
    if (this.state === "gone") return;
    this.#broker.log.info(
      { ...this.description, reason: reasonName(reasonCode), detail: properties.reasonString },
      "disconnecting a client",
    );
    if (this.state === "online" && DIALECTS[this.version].mayDisconnect) {
      const packet = encodeDisconnect(reasonCode, properties, this.maximumPacketSize);
      if (packet !== undefined) this.outbox.append(packet);
    }
    this.leave();
  }

  /** Closes the connection, with nothing more to say; the will goes out unless it was taken away. */
  leave(): void {
    this.#leave();
    this.connection.end();
  }

  /** It is known who the client is, from the CONNECT or again. @throws {PacketError} 0x87 */
  identify(identity: Identity): void {
    // It may have left while its method was asked.
    if (this.info === undefined || this.state === "gone") return;
    this.info = { ...this.info, identity, clientIdentifier: this.#identifierOf(identity, this.info) };
    this.rights = rightsOf(this);
    this.#broker.expiries.set(this, identity.expiresAt);
  }

  /** More is kept from it than from all others. */
  limitTo(own: ClientLimits, limits: EffectiveLimits): void {
    this.ownLimits = own;
    this.limits = limits;
    this.receiveMaximum = Math.min(this.receiveMaximum, limits.maximumInflightMessages);
  }

  /** What let the client in holds no longer. */
  onExpiry(): void {
    this.fail(new PacketError(REASON.NOT_AUTHORIZED, "the authentication has expired"));
  }

  /** The CONNECT is accepted: from here on the client is a receiver. */
  enter(session: Session, keepAlive: number): void {
    clearTimeout(this.#timer);
    this.#broker.strangers.remove(this);
    this.state = "online";
    const { info, ownLimits } = this;
    if (info !== undefined && ownLimits !== undefined) this.#share = this.#broker.limiter.take(info, ownLimits);
    this.serverReceiveMaximum = this.limits.receiveMaximum;
    this.serverTopicAliasMaximum = this.#broker.limits.topicAliasMaximum;
    this.connection.admit(this.limits.maximumPacketSize, this.pace !== undefined);
    this.session = session;
    if (keepAlive > 0) this.#watch(keepAlive * KEEP_ALIVE_GRACE * 1000);
  }

  /** What goes with a reason code to say more. [MQTT-3.1.2-29] */
  problemInformation(reasonString: string | undefined): Properties {
    return this.wantsProblemInformation && reasonString !== undefined ? { reasonString } : {};
  }

  /** For log lines. */
  get description(): object {
    const { peer } = this.connection.stream;
    return { client: this.info?.clientIdentifier, address: addressOf(peer), transport: peer.transport };
  }

  /** [MQTT-3.1.3-2] */
  #identifierOf(identity: Identity, { clientIdentifier, username }: ClientInfo): string {
    if (this.session !== undefined || !this.listener.usernameAsClientIdentifier) return clientIdentifier;
    const name = identity.username ?? username ?? "";
    if (name === "") throw new PacketError(REASON.NOT_AUTHORIZED, "clients need a user name here");
    return name;
  }

  /** How many of the packets may be handled now; with those behind them the client waits. */
  #admit(pace: Pace, count: number): number {
    const due = pace.admit(this.#broker.core.records, count, performance.now());
    if (due < count) this.#broker.pacing.hold(this);
    return due;
  }

  #watch(longestSilence: number): void {
    const silence = this.connection.isPaused ? 0 : performance.now() - this.connection.receivedAt;
    if (silence >= longestSilence) {
      this.close(REASON.KEEP_ALIVE_TIMEOUT);
      return;
    }
    // One millisecond more than what is left, as a timer may fire a fraction of one early.
    this.#timer = setTimeout(() => this.#watch(longestSilence), longestSilence - silence + 1);
  }

  #onConnectTimeout(): void {
    if (this.state === "authenticates") {
      refuseConnect(this.#broker, this, REASON.SERVER_UNAVAILABLE, "the authentication took too long");
      return;
    }
    this.#broker.log.info({ ...this.description }, "no CONNECT came in time");
    this.#leave();
    this.connection.destroy();
  }

  /** Whichever way the connection ends, this is done once. */
  #leave(): void {
    if (this.state === "gone") return;
    const wasOnline = this.state === "online";
    this.state = "gone";
    clearTimeout(this.#timer);
    this.#broker.strangers.remove(this);
    this.#broker.expiries.set(this, undefined);
    this.#broker.backpressure.forget(this);
    this.#broker.pacing.forget(this);
    if (this.#share !== undefined) this.#broker.limiter.giveBack(this.#share);
    if (wasOnline && this.session !== undefined) this.#broker.disconnected(this, this.session);
  }
}
