import { DEFAULT_HOST } from "../config/default-listeners.ts";
import type { ListenerOptions } from "../config/listener-options.ts";

export function hostOf({ host = DEFAULT_HOST }: { readonly host?: string }): string {
  return host;
}

/** The name of a listener: its own, or protocol and address. */
export function listenerName(options: ListenerOptions): string {
  if (options.name !== undefined) return options.name;
  if (options.protocol === "unix") return `unix:${options.path}`;
  const host = hostOf(options);
  return `${options.protocol}://${host.includes(":") ? `[${host}]` : host}:${options.port}`;
}
