// The drawing as React Flow wants it, keeping what only the screen knows: measures, choice, a drag under way.

import { MarkerType, type Edge as FlowEdge, type Node as FlowNode } from "@xyflow/react";
import type { Graph } from "./model";
import type { NoteNode } from "./NoteCard";
import type { StepNode } from "./Card";

export type AnyNode = StepNode | NoteNode;
export const NOTE = "note:";

export function flowNodes(graph: Graph, before: AnyNode[], readonly: boolean): AnyNode[] {
  const known = new Map<string, FlowNode>(before.map((node) => [node.id, node]));
  const steps = graph.steps.map((step) => ({ id: step.id, type: "step" as const, data: { step }, at: step.at }));
  const notes = graph.notes.map((note, index) => {
    return { id: `${NOTE}${index}`, type: "note" as const, data: { text: note.text, index }, at: note.at };
  });
  return [...steps, ...notes].map(({ at, ...node }) => {
    const old = known.get(node.id);
    const position = old?.dragging ? old.position : { x: at[0], y: at[1] };
    return { ...old, ...node, position, draggable: !readonly, connectable: !readonly } as AnyNode;
  });
}

export function flowEdges(graph: Graph, chosen: Set<string>): FlowEdge[] {
  return graph.edges.map(({ source, port, target }) => {
    const id = `${source}|${port}`;
    const step = graph.steps.find((other) => other.id === source);
    const lane = step?.ports.findIndex((way) => way.id === port) ?? 0;
    const tone = step?.ports[lane]?.tone ?? "plain";
    return {
      id,
      source,
      target,
      sourceHandle: port,
      targetHandle: "in",
      type: "branch",
      selected: chosen.has(id),
      className: tone,
      data: { tone, lane: Math.max(0, lane) },
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
    };
  });
}

/** The edge whose drawn line passes within 16 px of a place of the screen. */
export function edgeNear(root: HTMLElement, x: number, y: number): string | null {
  let nearest: string | null = null;
  let least = 16;
  for (const group of root.querySelectorAll<SVGGElement>(".react-flow__edge")) {
    const path = group.querySelector<SVGPathElement>("path.react-flow__edge-path");
    const screen = path?.getScreenCTM();
    if (!path || !screen) continue;
    const length = path.getTotalLength();
    for (let along = 0; along <= length; along += 8) {
      const point = path.getPointAtLength(along).matrixTransform(screen);
      const distance = Math.hypot(point.x - x, point.y - y);
      if (distance < least) [least, nearest] = [distance, group.getAttribute("data-id")];
    }
  }
  return nearest;
}
