import type { Origin } from "../source/origin.ts";
import { ConfigError } from "../source/problem.ts";
import { didYouMean } from "../source/suggestion.ts";
import { BRIDGE } from "./bridge-directives.ts";
import type { DirectiveKind } from "./directive-kinds.ts";
import { finish } from "./finish.ts";
import { GENERAL } from "./general-directives.ts";
import { OF_LISTENER } from "./listener-directives.ts";
import { emptySecurity, ListenerDraft, type SecurityDraft } from "./listener-draft.ts";
import { type Directive, readMosquittoFile } from "./read.ts";
import { Target } from "./target.ts";
import { readNumber, readSwitch, readText, ValueError } from "./values.ts";

/** Directives that say what those behind them are about. */
const STRUCTURE = ["listener", "port", "bind_address", "per_listener_settings"];
export const DIRECTIVES: Readonly<Record<string, DirectiveKind>> = { ...GENERAL, ...OF_LISTENER, ...BRIDGE };
const PLUGIN_OPTION = /^(?:auth|plugin)_opt_./;

/** What a mosquitto.conf says, for as long as it is read from top to bottom. */
class Conversion {
  readonly target: Target;
  readonly #listeners: ListenerDraft[] = [];
  readonly #security = emptySecurity();
  #isPerListener = false;
  /** Of `port` and `bind_address`. */
  #default: ListenerDraft | undefined;
  /** What directives behind it are about; in another file nothing. */
  #current: ListenerDraft | undefined;
  #bridge: Directive | undefined;
  #file = "";

  constructor(origin: Origin) {
    this.target = new Target(origin);
  }

  take(directive: Directive): void {
    if (directive.file !== this.#file) this.#enter(directive.file);
    try {
      if (STRUCTURE.includes(directive.name)) this.#structure(directive);
      else this.#option(directive, kindOf(directive));
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.target.wrong(directive, `"${directive.value}" is not allowed: ${error.message}`);
    }
  }

  finish(): Target {
    const listeners = this.#listeners.filter((draft) => draft !== this.#default || draft.isWanted);
    finish(this.target, listeners, this.#security, this.#isPerListener);
    return this.target;
  }

  #enter(file: string): void {
    this.#file = file;
    this.#current = undefined;
    this.#bridge = undefined;
  }

  #structure(directive: Directive): void {
    const { name, value } = directive;
    if (name === "per_listener_settings") this.#isPerListener = readSwitch(value);
    else if (name === "listener") this.#listener(directive);
    else {
      const draft = this.#defaultListener(directive.origin);
      if (name === "bind_address") draft.host = { value: readText(value), origin: directive.origin };
      else draft.port = { ...directive, value: String(readNumber(value, 1, 65_535)) };
    }
  }

  #listener(directive: Directive): void {
    const [port = "", place = "#"] = directive.value.split(/\s+/);
    const draft = new ListenerDraft(directive.origin);
    draft.port = { ...directive, value: String(readNumber(port, 0, 65_535)) };
    if (!place.startsWith("#")) draft.host = { value: place, origin: directive.origin };
    else if (Number(port) === 0) throw new ValueError("behind port 0 comes the path of a Unix socket");
    this.#listeners.push(draft);
    this.#current = draft;
  }

  #defaultListener(origin: Origin): ListenerDraft {
    if (this.#default === undefined) {
      this.#default = new ListenerDraft(origin);
      this.#listeners.unshift(this.#default);
    }
    this.#current = this.#default;
    return this.#default;
  }

  #option(directive: Directive, kind: DirectiveKind | undefined): void {
    const { target } = this;
    const { name, value } = directive;
    if (kind === undefined) this.#unknown(directive);
    else if (kind.kind === "general") kind.convert(directive, target);
    else if (kind.kind === "listener")
      kind.convert(directive, this.#current ?? this.#defaultListener(directive.origin), target);
    else if (kind.kind === "security") this.#secure(directive, name as keyof typeof SECURITY);
    else if (kind.kind === "bridge") this.#ofBridge(directive);
    else if (kind.kind === "plugin") target.warn(directive, "it is about a plugin, and ternmq loads none");
    else if (kind.same?.includes(value) !== true) {
      if (kind.kind === "moot") target.warn(directive, kind.why);
      else target.refuse(directive, kind.why);
    }
  }

  #unknown(directive: Directive): void {
    const { name } = directive;
    if (PLUGIN_OPTION.test(name)) this.target.warn(directive, "it is about a plugin, and ternmq loads none");
    else {
      const names = [...STRUCTURE, ...Object.keys(DIRECTIVES), "include_dir"];
      this.target.wrong(directive, `Mosquitto has no such directive${didYouMean(name, names)}`);
    }
  }

  #secure(directive: Directive, name: keyof typeof SECURITY): void {
    readText(directive.value);
    if (name === "allow_anonymous") readSwitch(directive.value);
    const place = this.#isPerListener ? this.#current?.security : this.#security;
    if (place === undefined) throw new ValueError("with per_listener_settings it stands behind its listener");
    place[SECURITY[name]] = directive;
  }

  /** One warning for each bridge, one for a line that belongs to none. */
  #ofBridge(directive: Directive): void {
    if (directive.name === "connection") {
      this.#bridge = directive;
      this.target.warn(
        directive,
        `ternmq has no bridges: "${directive.value}" is not connected, the lines about it have no effect`,
      );
    } else if (this.#bridge === undefined) this.target.warn(directive, "it is about a bridge, and ternmq has none");
  }
}

const SECURITY = {
  acl_file: "aclFile",
  allow_anonymous: "allowAnonymous",
  password_file: "passwordFile",
  psk_file: "pskFile",
} as const satisfies Record<string, keyof SecurityDraft>;

function kindOf({ name }: Directive): DirectiveKind | undefined {
  return Object.hasOwn(DIRECTIVES, name) ? DIRECTIVES[name] : undefined;
}

/** What a mosquitto.conf means to ternmq. @throws {ConfigError} for a file that Mosquitto would not take either */
export function convertMosquitto(file: string): Target {
  const directives = readMosquittoFile(file);
  const conversion = new Conversion({ source: file, line: 1, column: 0, directory: process.cwd() });
  for (const directive of directives) conversion.take(directive);
  const target = conversion.finish();
  if (target.problems.length > 0) throw new ConfigError(target.problems);
  return target;
}
