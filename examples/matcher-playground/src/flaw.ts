import type { Reason } from "ternmq/matcher";
import { html } from "./dom.ts";

export interface Flaw {
  readonly reason?: Reason;
  readonly message: string;
}

/** Says below a field what is wrong with what was typed there; nothing for undefined. */
export function showFlaw(field: HTMLInputElement, place: HTMLElement, flaw: Flaw | undefined): void {
  field.ariaInvalid = String(flaw !== undefined);
  place.replaceChildren();
  if (flaw === undefined) return;
  if (flaw.reason !== undefined) place.append(html("code", {}, flaw.reason), " ");
  place.append(flaw.message);
}
