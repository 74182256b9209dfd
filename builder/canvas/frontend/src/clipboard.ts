// Copied steps, kept in the browser so that they can be pasted into another strategy.

import type { Graph, Piece } from "./model";

const PLACE = "cadencia.clipboard";

export function copy(graph: Graph, chosen: string[]): Piece | null {
  const wanted = new Set(chosen);
  const steps = graph.steps.filter((step) => wanted.has(step.id) && step.kind !== "segment");
  const ids = new Set(steps.map((step) => step.id));
  const edges = graph.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
  return steps.length ? { steps, edges } : null;
}

export function keep(piece: Piece): void {
  localStorage.setItem(PLACE, JSON.stringify(piece));
}

export function kept(): Piece | null {
  try {
    const piece = JSON.parse(localStorage.getItem(PLACE) ?? "null") as Piece | null;
    return piece && Array.isArray(piece.steps) && Array.isArray(piece.edges) ? piece : null;
  } catch {
    return null;
  }
}
