import type { ListenerOptions } from "./listener-options.ts";

export const DEFAULT_HOST = "127.0.0.1";
/** Places in the listeners by default. */
export const TCP = 0;
export const WEB_SOCKET = 1;
export const DEFAULT_LISTENERS = [
  { protocol: "mqtt", host: DEFAULT_HOST, port: 1883 },
  { protocol: "ws", host: DEFAULT_HOST, port: 8083 },
] as const satisfies readonly ListenerOptions[];
