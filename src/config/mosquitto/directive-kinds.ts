import type { ListenerDraft } from "./listener-draft.ts";
import type { Directive } from "./read.ts";
import type { Target } from "./target.ts";

/** What becomes of a directive of mosquitto.conf. */
export type DirectiveKind = General | Security | OfListener | Moot | Refused | OfBridge | OfPlugin;

/** Is about the whole broker. `to` is the option that it becomes, for people. */
interface General {
  readonly kind: "general";
  readonly to: string;
  convert(directive: Directive, target: Target): void;
}

/** Is about the listener that it stands behind with `per_listener_settings`, else about all of them. */
interface Security {
  readonly kind: "security";
  readonly to: string;
}

/** Is about the listener that it stands behind. */
interface OfListener {
  readonly kind: "listener";
  readonly to: string;
  convert(directive: Directive, listener: ListenerDraft, target: Target): void;
}

/** Has no counterpart, and nobody gets more rights by that. */
interface Moot {
  readonly kind: "moot";
  /** What that means here. */
  readonly why: string;
  /** Values with which it is the same here, of which nothing has to be said. */
  readonly same?: readonly string[];
}

/** Has no counterpart, and without it more would be allowed, or the listener would not work: the broker is not started with it. */
interface Refused {
  readonly kind: "refused";
  readonly why: string;
  readonly same?: readonly string[];
}

interface OfBridge {
  readonly kind: "bridge";
}

interface OfPlugin {
  readonly kind: "plugin";
}

export function general(to: string, convert: General["convert"]): General {
  return { kind: "general", to, convert };
}

export function security(to: string): Security {
  return { kind: "security", to };
}

export function ofListener(to: string, convert: OfListener["convert"]): OfListener {
  return { kind: "listener", to, convert };
}

export function moot(why: string, same: readonly string[] = []): Moot {
  return { kind: "moot", why, same };
}

export function refused(why: string, same: readonly string[] = []): Refused {
  return { kind: "refused", why, same };
}
