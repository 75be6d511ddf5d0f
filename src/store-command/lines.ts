import type { Message } from "../delivery/message.ts";
import {
  DELIVERY_UNDER_WAY,
  type DeliveryRow,
  type ExchangeRow,
  type GroupRow,
  PUBREL_UNDER_WAY,
  type ReceivedRow,
  type SessionRow,
  type SubscriptionRow,
} from "../persistence/rows.ts";

/** Of the lines; a file says it in its first one. */
export const LINES_VERSION = 1;

/** A message with a row of its own, that several rows refer to. */
export interface SharedMessage {
  readonly number: number;
  readonly message: Message;
}

/** A delivery or retained message as a line says it. */
export interface Placed {
  /** 0: the message has no row of its own. */
  readonly messageNumber: number;
  /** Undefined: it stands in a line before, under its number. */
  readonly message: Message | undefined;
}

export type DeliveryLine = Omit<DeliveryRow, "message"> & Placed;

/** What a line other than the first says. */
export type Line =
  | { readonly table: "sessions"; readonly row: SessionRow }
  | { readonly table: "groups"; readonly row: GroupRow }
  | { readonly table: "subscriptions"; readonly row: SubscriptionRow }
  | { readonly table: "received"; readonly row: ReceivedRow }
  | { readonly table: "messages"; readonly row: SharedMessage }
  | { readonly table: "deliveries"; readonly row: DeliveryLine }
  | { readonly table: "exchanges"; readonly row: ExchangeRow }
  | { readonly table: "retained"; readonly row: Placed }
  | { readonly table: "end" };

/** An exchange's state, by its name in a line. */
export const STATES = { "delivery under way": DELIVERY_UNDER_WAY, "PUBREL under way": PUBREL_UNDER_WAY } as const;
export type State = keyof typeof STATES;
