import type { Authenticator } from "./authenticator.ts";

/** Users with their passwords in a file: lines `user:hash`, as `ternmq passwd` and mosquitto_passwd write them. */
export interface PasswordFileOptions {
  readonly type: "password-file";
  readonly file: string;
}

/** A client that has a verified certificate, or has proved to know its pre-shared key, needs no password. */
export interface ClientCertificateOptions {
  readonly type: "certificate";
  /**
   * What becomes the user name: the CN of the subject, the whole subject, the first Subject Alternative Name of a kind, the fingerprint
   * (SHA-256, hexadecimal), or the identity of the pre-shared key.
   */
  readonly username: CertificateField;
}

export type CertificateField = "cn" | "subject" | "dns" | "email" | "uri" | "fingerprint" | "psk-identity";

/** A file of the user's own: an ES module that exports `authenticate`, `authorize` or both (see AccessControl). */
export interface ModuleOptions {
  readonly type: "module";
  readonly file: string;
}

export type AuthenticatorOptions = PasswordFileOptions | ClientCertificateOptions | ModuleOptions | Authenticator;

/** How clients of one listener show who they are. */
export interface ListenerAuthenticationOptions {
  /** Who is asked, in this order; the first that knows the client decides. Default: those of the broker. */
  readonly authenticators?: readonly AuthenticatorOptions[];
  /**
   * Whether clients that show nothing may come in. Default: where nobody is to be asked, and only programs of this machine can connect: on a
   * loopback address or a Unix socket.
   */
  readonly allowAnonymous?: boolean;
}

/** How clients show who they are, where their listener does not say otherwise. */
export interface AuthenticationOptions extends ListenerAuthenticationOptions {
  /** How the hashes of passwords are checked. */
  readonly passwords?: Partial<PasswordWork>;
  /** What is done about those who try passwords, and about clients that connect in a loop. */
  readonly guard?: Partial<GuardOptions>;
}

export interface PasswordWork {
  /** Checks under way at a time, each in a thread of its own. Node.js has four of them, which files need too. */
  readonly concurrency: number;
  /** Clients that may wait for one; others are told to try again later. */
  readonly maximumWaiting: number;
  /** Seconds for which a password that was right needs no check; 0 checks each time. */
  readonly cacheSeconds: number;
}

export const PASSWORD_WORK: PasswordWork = { concurrency: 2, maximumWaiting: 1_000, cacheSeconds: 3_600 };

export interface GuardOptions {
  /** Seconds for which a failed attempt counts. */
  readonly window: number;
  /** Failed attempts of one address (IPv6: of one /64) from which on its answers come late. */
  readonly addressDelayAfter: number;
  /** Failed attempts of one address until it is banned. 0: never. */
  readonly addressBanAfter: number;
  /** Seconds of a ban. */
  readonly banSeconds: number;
  /** Failed attempts for one user, wherever from, from which on answers come late at addresses that this user did not come from before. */
  readonly userDelayAfter: number;
  /** Failed attempts for one user until only addresses that this user came from before may try. 0: never, so that nobody can lock a user out. */
  readonly userBanAfter: number;
  /** The longest delay, in milliseconds; it doubles up to there with each attempt. */
  readonly maximumDelay: number;
  /** Connections of one client in `flappingWindow` seconds beyond which it is held off. 0: any number. */
  readonly flappingLimit: number;
  /** Seconds. */
  readonly flappingWindow: number;
  /** Seconds for which such a client is held off. */
  readonly flappingHold: number;
  /** Addresses and networks (`10.0.0.0/8`, `::1`) that are not watched. */
  readonly trusted: readonly string[];
}

export const GUARD: GuardOptions = {
  window: 600,
  addressDelayAfter: 5,
  addressBanAfter: 20,
  banSeconds: 600,
  userDelayAfter: 10,
  userBanAfter: 0,
  maximumDelay: 4_000,
  flappingLimit: 30,
  flappingWindow: 60,
  flappingHold: 60,
  trusted: ["127.0.0.0/8", "::1"],
};
