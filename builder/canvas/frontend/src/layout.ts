// Puts steps in order when asked, never by itself: dagre, top-down or left to right.

import dagre from "@dagrejs/dagre";
import type { Graph, Point, Positions } from "./model";

export type Direction = "TB" | "LR";
export const CARD_WIDTH = 220;
export const CARD_HEIGHT = 96;

export function tidied(graph: Graph, direction: Direction): Positions {
  const board = new dagre.graphlib.Graph({ multigraph: true });
  board.setGraph({ rankdir: direction, nodesep: 64, ranksep: direction === "TB" ? 64 : 100 });
  board.setDefaultEdgeLabel(() => ({}));
  for (const step of graph.steps) {
    board.setNode(step.id, { width: widthOf(step.ports.length), height: CARD_HEIGHT });
  }
  for (const { source, port, target } of graph.edges) board.setEdge(source, target, {}, port);
  dagre.layout(board);
  const positions: Positions = {};
  for (const step of graph.steps) {
    const { x, y, width, height } = board.node(step.id);
    positions[step.id] = [Math.round(x - width / 2), Math.round(y - height / 2)];
  }
  return positions;
}

/** Room for the names of the ways out. */
export function widthOf(ports: number): number {
  return Math.max(CARD_WIDTH, ports * 76);
}

/** Where a step inserted on a way goes, and how far those behind it move to make room. */
export function roomFor(behind: Iterable<string>, graph: Graph, at: Point, direction: Direction): Positions {
  const positions: Positions = {};
  const [axis, room] = direction === "TB" ? [1, CARD_HEIGHT + 64] : [0, CARD_WIDTH + 90];
  for (const id of behind) {
    const step = graph.steps.find((other) => other.id === id);
    if (step && step.at[axis as 0 | 1] >= at[axis as 0 | 1] - room / 2) {
      const shifted: Point = [...step.at];
      shifted[axis as 0 | 1] += room as number;
      positions[id] = shifted;
    }
  }
  return positions;
}
