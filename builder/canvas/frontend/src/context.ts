// How the parts of the canvas reach the store and what a click in them may start.

import { createContext, useContext, useSyncExternalStore } from "react";
import type { Via, Point } from "./model";
import type { Direction } from "./layout";
import type { Store } from "./store";

export type Desk = {
  store: Store;
  direction: Direction;
  found: string;
  offerKinds: (screen: Point, via: Via | null) => void;
  removeEdge: (via: Via) => void;
};

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  return useContext(DeskContext) as Desk;
}

/** Draws again whenever the store has something new. */
export function useStore(store: Store): Store {
  useSyncExternalStore(store.subscribe, store.snapshot);
  return store;
}
