// What the canvas draws, and what one edit does to it: the same meaning as builder/canvas/operations.py.

export type Point = [number, number];
export type Port = { id: string; label: string; tone: string };

/** A node as Python describes it; `config` is the node of the strategy document, carried for copying. */
export type Step = {
  id: string;
  kind: string;
  name: string;
  line: string;
  ports: Port[];
  main: string;
  cuts: boolean;
  at: Point;
  config: Record<string, unknown>;
};
export type Edge = { source: string; port: string; target: string };
export type Note = { text: string; at: Point };
export type Graph = { steps: Step[]; edges: Edge[]; notes: Note[] };

/** A graph as Python says it: a step that was never drawn has no place. */
export type Unplaced = Omit<Graph, "steps"> & { steps: (Omit<Step, "at"> & { at: Point | null })[] };

/** A kind on the palette: what a new step of it looks like before Python has answered. */
export type Kind = Omit<Step, "id" | "at" | "name"> & { title: string; meaning: string };

export type Positions = Record<string, Point>;
export type Via = { source: string; port: string };
export type Piece = { steps: Step[]; edges: Edge[] };
export type Operation =
  | { op: "insert"; steps: Step[]; edges: Edge[]; via: Via | null; positions: Positions }
  | { op: "place"; positions: Positions }
  | { op: "move"; positions: Positions; why: "move" | "tidy" }
  | { op: "connect"; source: string; port: string; target: string }
  | { op: "disconnect"; edges: Via[] }
  | { op: "remove"; nodes: string[] }
  | { op: "notes"; notes: Note[] }
  | { op: "undo" }
  | { op: "redo" };
export type Numbered = Operation & { seq: number };

/** The graph after an edit; undo and redo change nothing here, their history lives in Python. */
export function apply(graph: Graph, edit: Operation): Graph {
  switch (edit.op) {
    case "insert":
      return insert(graph, edit);
    case "place":
    case "move":
      return { ...graph, steps: moved(graph.steps, edit.positions) };
    case "connect":
      return { ...graph, edges: [...without(graph.edges, [edit]), plainEdge(edit)] };
    case "disconnect":
      return { ...graph, edges: without(graph.edges, edit.edges) };
    case "remove":
      return remove(graph, edit.nodes);
    case "notes":
      return { ...graph, notes: edit.notes };
    default:
      return graph;
  }
}

function insert(graph: Graph, edit: Extract<Operation, { op: "insert" }>): Graph {
  const known = new Set(graph.steps.map((step) => step.id));
  const fresh = edit.steps.filter((step) => !known.has(step.id));
  const first = fresh[0];
  let edges = [...graph.edges, ...edit.edges];
  if (edit.via && first) {
    const old = graph.edges.find((edge) => sameOrigin(edge, edit.via as Via));
    edges = [...without(edges, [edit.via]), { ...edit.via, target: first.id }];
    if (old && first.main) edges.push({ source: first.id, port: first.main, target: old.target });
  }
  return { ...graph, steps: [...moved(graph.steps, edit.positions), ...fresh], edges };
}

function remove(graph: Graph, nodes: string[]): Graph {
  const gone = new Set(nodes);
  const kept = graph.edges.filter((edge) => !gone.has(edge.source) && !gone.has(edge.target));
  const steps = graph.steps.filter((step) => !gone.has(step.id));
  const healed: Graph = { ...graph, steps, edges: kept };
  for (const edge of graph.edges) {
    if (gone.has(edge.source) || !gone.has(edge.target)) continue;
    const target = beyond(graph, edge.target, gone);
    const bridge = target && { source: edge.source, port: edge.port, target };
    if (bridge && !whyNot(healed, bridge)) healed.edges = [...healed.edges, bridge];
  }
  return healed;
}

/** The first step that stays, following the main way out of those that go. */
function beyond(graph: Graph, start: string, gone: Set<string>): string | null {
  const seen = new Set<string>();
  let at: string | null = start;
  while (at && gone.has(at) && !seen.has(at)) {
    seen.add(at);
    const step = graph.steps.find((other) => other.id === at);
    const ways: Edge[] = graph.edges.filter((edge) => edge.source === at);
    at = (ways.find((edge) => edge.port === step?.main) ?? ways[0])?.target ?? null;
  }
  return at && !gone.has(at) ? at : null;
}

export type Refusal = "self" | "entry" | "duplicate" | "cycle";

/** Why a connection may not be drawn, or null when it may. */
export function whyNot(graph: Graph, edge: Edge): Refusal | null {
  if (edge.source === edge.target) return "self";
  if (graph.steps.find((step) => step.id === edge.target)?.kind === "segment") return "entry";
  if (graph.edges.some((other) => sameOrigin(other, edge) && other.target === edge.target)) return "duplicate";
  return closesCircle({ ...graph, edges: without(graph.edges, [edge]) }, edge) ? "cycle" : null;
}

/** Whether an edge closes a circle that no wait by count of days cuts. */
function closesCircle(graph: Graph, edge: Edge): boolean {
  const cuts = new Set(graph.steps.filter((step) => step.cuts).map((step) => step.id));
  const untried = cuts.has(edge.source) ? [] : [edge.target];
  const seen = new Set<string>();
  while (untried.length) {
    const at = untried.pop() as string;
    if (at === edge.source) return true;
    if (seen.has(at) || cuts.has(at)) continue;
    seen.add(at);
    for (const next of graph.edges) if (next.source === at) untried.push(next.target);
  }
  return false;
}

/** Every step on some way from here, itself included. */
export function reachedFrom(graph: Graph, start: string): Set<string> {
  const found = new Set<string>();
  const untried = [start];
  while (untried.length) {
    const at = untried.pop() as string;
    if (found.has(at)) continue;
    found.add(at);
    for (const edge of graph.edges) if (edge.source === at) untried.push(edge.target);
  }
  return found;
}

/** An id nobody uses yet: `espera`, `espera-2`, ... */
export function freshId(wanted: string, taken: Set<string>): string {
  if (!taken.has(wanted)) return wanted;
  let number = 2;
  while (taken.has(`${wanted}-${number}`)) number += 1;
  return `${wanted}-${number}`;
}

/** A copied piece with ids of its own, moved aside. */
export function transplanted(piece: Piece, graph: Graph, by: Point): Piece {
  const taken = new Set(graph.steps.map((step) => step.id));
  const names = new Map<string, string>();
  const steps = piece.steps.map((step) => {
    const id = freshId(step.id.replace(/-\d+$/, ""), taken);
    taken.add(id);
    names.set(step.id, id);
    const at: Point = [step.at[0] + by[0], step.at[1] + by[1]];
    return { ...step, id, at, config: { ...step.config, id } };
  });
  const edges = piece.edges.flatMap((edge) => {
    const [source, target] = [names.get(edge.source), names.get(edge.target)];
    return source && target ? [{ source, port: edge.port, target }] : [];
  });
  return { steps, edges };
}

export function sameOrigin(one: Via, other: Via): boolean {
  return one.source === other.source && one.port === other.port;
}

function moved(steps: Step[], positions: Positions): Step[] {
  return steps.map((step) => (positions[step.id] ? { ...step, at: positions[step.id] as Point } : step));
}

function without(edges: Edge[], origins: Via[]): Edge[] {
  return edges.filter((edge) => !origins.some((origin) => sameOrigin(origin, edge)));
}

function plainEdge({ source, port, target }: Edge): Edge {
  return { source, port, target };
}
