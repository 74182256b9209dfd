// Every edit a hand can make on the canvas, said as operations to the store.

import { useReactFlow, type Connection } from "@xyflow/react";
import { useState } from "react";
import { copy, keep, kept } from "./clipboard";
import { roomFor, tidied, type Direction } from "./layout";
import { freshId, reachedFrom, transplanted, whyNot, type Kind, type Piece, type Point, type Via } from "./model";
import { edgeNear, NOTE } from "./nodes";
import type { Store } from "./store";

export function useEditing(store: Store, direction: Direction, chosen: () => string[], choose: (ids: string[]) => void) {
  const flow = useReactFlow();
  const [refused, refuse] = useState("");

  function complain(why: string): void {
    refuse(store.data.words[`refused_${why}`] ?? why);
    setTimeout(() => refuse(""), 6000);
  }

  function insert(piece: Piece, via: Via | null, positions: Record<string, Point> = {}): void {
    store.edit({ op: "insert", steps: piece.steps, edges: piece.edges, via, positions });
    choose(piece.steps.map((step) => step.id));
  }

  /** A new step of a kind at a place of the drawing, on the way `via` if one is given. */
  function add(kind: Kind, at: Point, via: Via | null): void {
    const graph = store.drawing;
    if (kind.kind === "segment" && graph.steps.some((step) => step.kind === "segment")) return complain("second_entry");
    const { title, meaning: _, ...look } = kind;
    const id = freshId(kind.config.id as string, new Set(graph.steps.map((step) => step.id)));
    const step = { ...look, id, name: title, at, config: { ...kind.config, id } };
    const old = via && graph.edges.find((edge) => edge.source === via.source && edge.port === via.port);
    const behind = old ? reachedFrom(graph, old.target) : new Set<string>();
    behind.delete(via?.source ?? "");
    insert({ steps: [step], edges: [] }, via, roomFor(behind, graph, at, direction));
  }

  function addOn(kind: Kind, via: Via): void {
    const target = store.drawing.edges.find((edge) => edge.source === via.source && edge.port === via.port)?.target;
    const source = store.drawing.steps.find((step) => step.id === via.source);
    const behind = store.drawing.steps.find((step) => step.id === target);
    const at = behind?.at ?? ([source?.at[0] ?? 0, (source?.at[1] ?? 0) + 160] as Point);
    add(kind, [...at], via);
  }

  /** Behind the chosen step if that has a free way, else in the middle of what is seen. */
  function addBehind(kind: Kind, middle: Point): void {
    const step = store.drawing.steps.find((other) => other.id === chosen()[0]);
    const taken = new Set(store.drawing.edges.filter((edge) => edge.source === step?.id).map((edge) => edge.port));
    const free = step?.ports.find((port) => !taken.has(port.id));
    const offset: Point = direction === "TB" ? [0, 170] : [310, 0];
    if (step && free && kind.kind !== "segment") {
      const aside = step.ports.indexOf(free) * 240;
      const at: Point = [step.at[0] + offset[0] + (direction === "TB" ? aside : 0), step.at[1] + offset[1]];
      return add(kind, at, { source: step.id, port: free.id });
    }
    add(kind, middle, null);
  }

  function drop(kind: Kind, root: HTMLElement, x: number, y: number): void {
    const near = edgeNear(root, x, y);
    const place = flow.screenToFlowPosition({ x, y });
    const at: Point = [Math.round(place.x - 110), Math.round(place.y - 30)];
    if (near && kind.kind !== "segment") return addOn(kind, viaOf(near));
    add(kind, at, null);
  }

  function connect(connection: Connection): void {
    const edge = { source: connection.source, port: connection.sourceHandle ?? "next", target: connection.target };
    const why = whyNot(store.drawing, edge);
    if (why) return complain(why);
    store.edit({ op: "connect", ...edge });
  }

  function remove(nodes: string[], edges: string[]): void {
    const steps = nodes.filter((id) => !id.startsWith(NOTE));
    const notes = new Set(nodes.filter((id) => id.startsWith(NOTE)).map((id) => Number(id.slice(NOTE.length))));
    if (steps.length && steps.length >= store.drawing.steps.length) return complain("last");
    if (notes.size) store.edit({ op: "notes", notes: store.drawing.notes.filter((_, index) => !notes.has(index)) });
    if (steps.length) store.edit({ op: "remove", nodes: steps });
    else if (edges.length) store.edit({ op: "disconnect", edges: edges.map(viaOf) });
    choose([]);
  }

  function paste(piece: Piece | null, by: Point): void {
    if (piece) insert(transplanted(piece, store.drawing, by), null);
  }

  return {
    refused,
    complain,
    add,
    addOn,
    addBehind,
    drop,
    connect,
    remove,
    copy: () => {
      const piece = copy(store.drawing, chosen());
      if (piece) keep(piece);
    },
    paste: () => paste(kept(), [40, 40]),
    duplicate: () => paste(copy(store.drawing, chosen()), [40, 40]),
    tidy: (towards: Direction) =>
      store.edit({ op: "move", positions: tidied(store.drawing, towards), why: "tidy" }),
    undo: () => store.edit({ op: "undo" }),
    redo: () => store.edit({ op: "redo" }),
    note: (at: Point) => store.edit({ op: "notes", notes: [...store.drawing.notes, { text: "", at }] }),
  };
}

export function viaOf(edgeId: string): Via {
  const [source = "", port = "next"] = edgeId.split("|");
  return { source, port };
}
