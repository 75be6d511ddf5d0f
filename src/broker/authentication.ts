import { DISCONNECT } from "../../assembly/shared/packet-types.ts";
import { encodeAuth } from "../codec/auth.ts";
import { mayCarry, REASON } from "../codec/reason-codes.ts";
import { PacketError } from "../errors.ts";
import { type AuthenticationExchange, type AuthenticationStep, checkStep } from "../security/enhanced.ts";
import { type Identity, identityOf } from "../security/identity.ts";
import { inTime } from "../security/in-time.ts";
import type { Broker } from "./broker.ts";
import type { Client } from "./client.ts";

/** What the exchange with a client that authenticates by a method came to. */
export interface Authenticated {
  /** The last data, for the CONNACK or the AUTH that says success. */
  readonly data: Uint8Array | undefined;
}

/** Enhanced authentication of one client (MQTT 5.0 §4.12): at the CONNECT, and again whenever the client asks for it. */
export class Authentication {
  readonly method: string;
  readonly #client: Client;
  readonly #broker: Broker;
  #exchange: AuthenticationExchange | undefined;

  /** @param method the name of one, known or not */
  constructor(method: string, client: Client, broker: Broker) {
    this.method = method;
    this.#client = client;
    this.#broker = broker;
  }

  /** Whether the client has to send AUTH with reason code 0x18 next. */
  get isUnderWay(): boolean {
    return this.#exchange !== undefined;
  }

  /**
   * By the method as it is now: since the CONNECT a reload may have changed its users, or taken it away.
   * @throws {PacketError} when there is no such method, or it fails itself [MQTT-4.12.0-1]
   */
  begin(): void {
    const { info, security } = this.#client;
    if (info === undefined) return;
    const method = security.method(this.method);
    if (method === undefined) {
      throw this.#refusal(REASON.BAD_AUTHENTICATION_METHOD, "there is no such authentication method here");
    }
    try {
      this.#exchange = method.begin(info);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * Gives the method the client's data. Undefined: it asked for more, by an AUTH. [MQTT-4.12.0-2]
   * @throws {PacketError} when it says no, or itself fails [MQTT-4.12.0-4] [MQTT-4.12.1-2]
   */
  async step(data: Uint8Array | undefined): Promise<Authenticated | undefined> {
    if (this.#exchange === undefined) throw new PacketError(REASON.PROTOCOL_ERROR, "no authentication is under way");
    const step = await this.#answer(this.#exchange, data);
    if (step.status === "continue") {
      this.send(REASON.CONTINUE_AUTHENTICATION, step.data);
      return undefined;
    }
    this.#exchange = undefined;
    if (step.status === "failure") {
      this.#broker.statistics.authenticationsFailed++;
      throw this.#refusal(step.reasonCode, step.reasonString);
    }
    this.#client.identify(this.#identity(step.identity));
    return { data: step.data };
  }

  /** Sends an AUTH, which always names the method. [MQTT-4.12.0-5] */
  send(reasonCode: number, data: Uint8Array | undefined): void {
    const properties = { authenticationMethod: this.method, ...(data !== undefined && { authenticationData: data }) };
    const packet = encodeAuth(reasonCode, properties, this.#client.maximumPacketSize);
    if (packet !== undefined && this.#client.state !== "gone") this.#client.outbox.append(packet);
  }

  async #answer(exchange: AuthenticationExchange, data: Uint8Array | undefined): Promise<AuthenticationStep> {
    try {
      const { info, security } = this.#client;
      const take = async () => checkStep(await inTime(exchange.step(data), this.#broker.limits.connectTimeout));
      return info === undefined ? await take() : await security.step(info, data, take);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** @throws {PacketError} 0x87 where a re-authentication is for another user */
  #identity(given: Partial<Identity> = {}): Identity {
    const { info } = this.#client;
    const identity = identityOf({ username: info?.username, ...given });
    if (info?.identity !== undefined && info.identity.username !== identity.username) {
      throw this.#refusal(REASON.NOT_AUTHORIZED, "this is another user than the one that came in");
    }
    return identity;
  }

  /** A DISCONNECT may carry fewer reason codes than a CONNACK. [MQTT-3.14.2-1] */
  #refusal(reasonCode: number, reasonString = "authentication failed"): PacketError {
    const isSayable = this.#client.state !== "online" || mayCarry(DISCONNECT, reasonCode);
    return new PacketError(isSayable ? reasonCode : REASON.NOT_AUTHORIZED, reasonString);
  }

  #failure(error: unknown): PacketError {
    this.#broker.log.error(
      { ...this.#client.description, method: this.method, err: error },
      "an authentication method failed",
    );
    const reasonCode = this.#client.state === "online" ? REASON.UNSPECIFIED_ERROR : REASON.SERVER_UNAVAILABLE;
    return new PacketError(reasonCode, "the authentication method failed to answer");
  }
}
