import type { DeliveryRow } from "./rows.ts";
import type { Store } from "./store.ts";

/** No persistence: what the broker holds in its own structures is all there is, so nothing has to be written. */
export class MemoryStore implements Store {
  readonly changes = 0;
  readonly isFailing = false;
  readonly isBehind = false;
  hold(): void {}
  awaitGroup(): void {}
  takeOwner(): number {
    return 0;
  }
  putSession(): void {}
  deleteOwner(): void {}
  putSubscription(): void {}
  deleteSubscription(): void {}
  putGroup(): void {}
  putRetained(): void {}
  deleteRetained(): void {}
  putDelivery(): void {}
  deleteDelivery(): void {}
  putUnderWay(): void {}
  putReleased(): void {}
  deleteExchange(): void {}
  putReceived(): void {}
  deleteReceived(): void {}
  watch(): void {}
  fetch(): Promise<DeliveryRow[]> {
    return Promise.resolve([]);
  }
}
