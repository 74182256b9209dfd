// Holds what Python last said and the edits it has not acknowledged yet; the drawing is the one plus the other.

import { tidied } from "./layout";
import { apply, type Graph, type Kind, type Numbered, type Operation, type Positions, type Unplaced } from "./model";

export type Mark = { severity: "error" | "warning"; text: string };
export type StepFigure = { text: string; alarm: string; title: string };
export type EdgeFigure = { count: string; share: string; title: string };
export type Figures = {
  steps: Record<string, StepFigure>;
  edges: Record<string, EdgeFigure>;
  stale: boolean;
};

/** Everything Python sends: the graph after the edits it acknowledges, and what is known about it. */
export type Said = {
  epoch: string;
  height: number;
  ack: number;
  graph: Unplaced;
  kinds: Kind[];
  marks: Record<string, Mark[]>;
  figures: Figures;
  readonly: boolean;
  jump: { n: number; nodes: string[] };
  can: { undo: string; redo: string };
  refusal: { n: number; text: string };
  words: Record<string, string>;
};

export type Sent = { epoch: string; ops: Numbered[]; selected: string[] };
type Send = (name: "canvas", value: Sent) => void;

export class Store {
  private said: Said | null = null;
  private graph: Graph = { steps: [], edges: [], notes: [] };
  private shown: Graph = this.graph;
  private pending: Numbered[] = [];
  private seq = 0;
  private selected: string[] = [];
  private told = "";
  private frame = 0;
  private version = 0;
  private listeners = new Set<() => void>();

  constructor(private send: Send) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): number => this.version;

  get data(): Said {
    return this.said as Said;
  }

  get drawing(): Graph {
    return this.shown;
  }

  get saved(): boolean {
    return this.pending.length === 0;
  }

  get lastSeq(): number {
    return this.seq;
  }

  /** Takes what Python says; a graph older than the edits on their way is kept for their replay. */
  receive(said: Said, send: Send): void {
    this.send = send;
    const another = this.said?.epoch !== said.epoch;
    if (another) this.pending = [];
    this.seq = another ? said.ack : Math.max(this.seq, said.ack);
    this.pending = this.pending.filter((edit) => edit.seq > said.ack);
    this.said = said;
    const places = missing(said.graph);
    this.graph = placed(said.graph, places);
    this.draw();
    if (another && Object.keys(places).length) this.edit({ op: "place", positions: places });
  }

  edit(operation: Operation): void {
    if (this.data.readonly) return;
    this.seq += 1;
    this.pending.push({ ...operation, seq: this.seq });
    this.draw();
    this.schedule();
  }

  select(nodes: string[]): void {
    const sorted = [...nodes].sort();
    if (sorted.join() === this.selected.join()) return;
    this.selected = sorted;
    this.schedule();
  }

  /** One message a frame, and none that says what was said last. */
  private schedule(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      const sent: Sent = { epoch: this.data.epoch, ops: this.pending, selected: this.selected };
      const saying = JSON.stringify(sent);
      if (saying === this.told) return;
      this.told = saying;
      this.send("canvas", JSON.parse(saying) as Sent);
    });
  }

  private draw(): void {
    this.shown = this.pending.reduce<Graph>(apply, this.graph);
    this.version += 1;
    this.listeners.forEach((listener) => listener());
  }
}

/** Where steps that were never drawn go: as if the strategy had just been tidied. */
function missing(graph: Unplaced): Positions {
  if (graph.steps.every((step) => step.at)) return {};
  const places = tidied(placed(graph, {}), "TB");
  return Object.fromEntries(graph.steps.filter((step) => !step.at).map((step) => [step.id, places[step.id] ?? [0, 0]]));
}

function placed(graph: Unplaced, places: Positions): Graph {
  return { ...graph, steps: graph.steps.map((step) => ({ ...step, at: step.at ?? places[step.id] ?? [0, 0] })) };
}
