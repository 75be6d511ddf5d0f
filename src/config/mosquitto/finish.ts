import type { Origin } from "../source/origin.ts";
import { fromData } from "../source/written.ts";
import { finishListener } from "./finish-listener.ts";
import type { ListenerDraft, SecurityDraft } from "./listener-draft.ts";
import type { Target } from "./target.ts";
import { readSwitch } from "./values.ts";

/** What Mosquitto 2.1 has where nothing is said; 2.0 has no limit. */
const MAXIMUM_PACKET_SIZE = 2_000_000;

/** What can only be said when everything was read: listeners, who may come in, and what Mosquitto has by default and ternmq does not. */
export function finish(
  target: Target,
  listeners: readonly ListenerDraft[],
  security: SecurityDraft,
  isPerListener: boolean,
): void {
  const { origin } = target.root;
  const drafts = listeners.filter(({ isLeftOut }) => !isLeftOut);
  const finished = drafts.map((draft) => finishListener(target, draft, security, isPerListener));
  const local = fromData({ protocol: "mqtt", host: "127.0.0.1", port: 1883 }, origin);
  target.write(["listeners"], { kind: "list", items: listeners.length === 0 ? [local] : finished, origin });
  if (!isPerListener) finishSecurity(target, security, listeners.length === 0);
  setUnlessGiven(target, ["persistence", "enabled"], false, origin);
  setUnlessGiven(target, ["limits", "maximumPacketSize"], MAXIMUM_PACKET_SIZE, origin);
}

function setUnlessGiven(target: Target, path: readonly string[], data: unknown, origin: Origin): void {
  if (!target.has(path)) target.set(path, data, origin);
}

/** Without any listener Mosquitto lets everybody in, from this machine. */
function finishSecurity(target: Target, security: SecurityDraft, isLocal: boolean): void {
  const { allowAnonymous, passwordFile, aclFile } = security;
  if (aclFile !== undefined) target.set(["accessRules", "aclFile"], aclFile.value, aclFile.origin);
  const allows = allowAnonymous === undefined ? isLocal : readSwitch(allowAnonymous.value);
  target.set(["authentication", "allowAnonymous"], allows, allowAnonymous?.origin ?? target.root.origin);
  if (passwordFile === undefined) return;
  const { value: file, origin } = passwordFile;
  target.set(["authentication", "authenticators"], [{ type: "password-file", file }], origin);
}
