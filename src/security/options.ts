import type { Authenticator } from "./authenticator.ts";

/** Users with their passwords in a file: lines `user:hash`, as `ternmq passwd` and mosquitto_passwd write them. */
export interface PasswordFileOptions {
  readonly type: "password-file";
  readonly file: string;
}

/** JSON Web Tokens in place of passwords. Exactly one of `keyFile`, `secretFile`, `jwksFile` and `jwksUrl` is given. */
export interface JwtOptions {
  readonly type: "jwt";
  /** The only algorithms that are taken: HS256, RS256, PS256, ES256 and so on, EdDSA. */
  readonly algorithms: readonly string[];
  /** Path of a public key or certificate (PEM), or of one JSON Web Key. */
  readonly keyFile?: string;
  /** Path of the secret of HS256, HS384 or HS512, byte for byte but for an end of line. */
  readonly secretFile?: string;
  /** Path of a JSON Web Key Set. */
  readonly jwksFile?: string;
  /** Address of a JSON Web Key Set (https, or http to this machine). */
  readonly jwksUrl?: string;
  /** The claim `iss` has to be one of these. */
  readonly issuer?: string | readonly string[];
  /** The claim `aud` has to name one of these. */
  readonly audience?: string | readonly string[];
  /** Seconds by which clocks may differ. Default 5. */
  readonly clockTolerance?: number;
  /** Whether a token without the claim `exp` is refused. Default true. */
  readonly requireExpiry?: boolean;
  /** Where clients put the token. Default password. */
  readonly tokenIn?: "password" | "username";
  /** The claim that has the user name. Default `sub`. */
  readonly usernameClaim?: string;
  /** Whether the user name of the CONNECT has to be that of the claim. Default false: the claim's counts, whatever the CONNECT says. */
  readonly matchUsername?: boolean;
  /** A claim that has to be the client identifier. Default: none. */
  readonly clientIdentifierClaim?: string;
  /** The claim that has the groups, a list of strings. Default `groups`. */
  readonly groupsClaim?: string;
  /** The claim that has access rules. Default `acl`. */
  readonly aclClaim?: string;
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

/** A service that is asked by HTTP. */
export interface HttpOptions {
  readonly type: "http";
  /** Where the question is posted as JSON. */
  readonly url: string;
  /** Sent along, for the service to know the broker by. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until an answer has to be there. Default 3,000. */
  readonly timeout?: number;
  /** Questions under way at a time. Default 20. */
  readonly concurrency?: number;
  /** Seconds for which a yes is remembered. Default 60; 0 asks each time. */
  readonly cacheSeconds?: number;
}

/** A file of the user's own: an ES module that exports `authenticate`, `authorize` or both (see AccessControl). */
export interface ModuleOptions {
  readonly type: "module";
  readonly file: string;
}

export type AuthenticatorOptions =
  | PasswordFileOptions
  | JwtOptions
  | ClientCertificateOptions
  | HttpOptions
  | ModuleOptions
  | Authenticator;

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
