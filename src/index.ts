export type { BrokerEvents, MessageProperties, PublishedMessage, PublishListener } from "./broker/events.ts";
export { REASON } from "./codec/reason-codes.ts";
export type { ClientLimitRule, ClientLimits, ListenerLimits, RatesPer } from "./config/client-limits.ts";
export type { Limits } from "./config/limits.ts";
export type {
  CertificateOptions,
  HostCertificateOptions,
  ListenerOptions,
  SecureWebSocketListenerOptions,
  TcpListenerOptions,
  TlsListenerOptions,
  TlsOptions,
  UnixListenerOptions,
  WebSocketListenerOptions,
} from "./config/listener-options.ts";
export type { BrokerOptions } from "./config/options.ts";
export { PacketError, TernmqError } from "./errors.ts";
export type { PreparedListeners } from "./listeners.ts";
export type { Statistics } from "./observability/statistics.ts";
export type {
  AccessControl,
  AuthenticateAnswer,
  AuthenticateHook,
  AuthorizeHook,
  ClientInfo,
} from "./security/access.ts";
export type { Authenticator, Refusal, Verdict } from "./security/authenticator.ts";
export type { AuthenticationExchange, AuthenticationMethod, AuthenticationStep } from "./security/enhanced.ts";
export type { Identity } from "./security/identity.ts";
export type {
  AuthenticationOptions,
  AuthenticatorOptions,
  CertificateField,
  ClientCertificateOptions,
  GuardOptions,
  HttpOptions,
  JwtOptions,
  ListenerAuthenticationOptions,
  ModuleOptions,
  PasswordFileOptions,
  PasswordWork,
} from "./security/options.ts";
export { createBroker, type PublishOptions, type TernmqBroker } from "./ternmq-broker.ts";
export type { Listener } from "./transport/listener.ts";
export type { Transport } from "./transport/peer.ts";
export type { PeerCertificate } from "./transport/peer-certificate.ts";
