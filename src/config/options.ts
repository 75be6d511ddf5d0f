import type { Logger } from "pino";
import type { Durability } from "../persistence/store.ts";
import type { AccessControl, ClientInfo } from "../security/access.ts";
import type { AccessOptions } from "../security/acl/options.ts";
import type { AuthenticationMethod } from "../security/enhanced.ts";
import type { AuthenticationOptions } from "../security/options.ts";
import type { ClientLimitRule } from "./client-limits.ts";
import type { Limits } from "./limits.ts";
import type { ListenerOptions } from "./listener-options.ts";

/** Where state that outlives the process is kept. */
export interface PersistenceOptions {
  /** Made where there is none; one broker only may use it at a time. */
  readonly directory: string;
  /** What an acknowledgement means; `fsync`, the default: what it is about survives a power cut. */
  readonly durability?: Durability;
  /** Starts on what can be read of a damaged store; the damaged file is set aside. Default false. */
  readonly repair?: boolean;
}

export interface BrokerOptions {
  /** Default: MQTT over TCP on 127.0.0.1:1883. */
  readonly listeners?: readonly ListenerOptions[];
  readonly limits?: Partial<Limits>;
  /** What certain clients may do beside that: the first rule that is about a client holds. Default: listeners' `limits`, and the same for all. */
  readonly clientLimits?: readonly ClientLimitRule[];
  /** Default: nothing outlives the process. */
  readonly persistence?: PersistenceOptions;
  /** How clients show who they are. Default: only programs of this machine may connect, and need not. */
  readonly authentication?: AuthenticationOptions;
  /** The program's own rules, asked behind the authenticators of `authentication`. Default: whoever is let in may do everything. */
  readonly access?: AccessControl;
  /** What clients may publish, subscribe to and receive. Default: everything but publishing to topics that begin with `$`. */
  readonly accessRules?: AccessOptions;
  /** Methods of enhanced authentication that clients may name. Default: none. */
  readonly authenticationMethods?: readonly AuthenticationMethod[];
  /** What a client that asks for Response Information gets in its CONNACK. */
  readonly responseInformation?: (client: ClientInfo) => string | undefined;
  /**
   * Whether TCP goes past Node's streams where this Node.js allows that, which is faster. Default true; false is for finding out whether a
   * fault is to be found there.
   */
  readonly directIo?: boolean;
  /** Default: no log. */
  readonly log?: Logger;
}
