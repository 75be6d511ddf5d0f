import { PINGRESP } from "../../assembly/shared/packet-types.ts";

/** The same for every client: never write into it. */
export const PINGRESP_PACKET: Readonly<Uint8Array> = Uint8Array.of(PINGRESP << 4, 0);
