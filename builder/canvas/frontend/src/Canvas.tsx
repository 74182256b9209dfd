// The strategy as a drawing that can be edited by hand, keyboard and palette.

import {
  Background,
  Controls,
  MiniMap,
  ReactFlow,
  ReactFlowProvider,
  applyNodeChanges,
  useReactFlow,
  type NodeChange,
} from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { BranchEdge } from "./BranchEdge";
import { Card } from "./Card";
import { DeskContext, useStore, type Desk } from "./context";
import { onKey } from "./keyboard";
import type { Direction } from "./layout";
import type { Kind, Point, Positions, Via } from "./model";
import { flowEdges, flowNodes, NOTE, type AnyNode } from "./nodes";
import { NoteCard } from "./NoteCard";
import { DRAGGED, KindMenu, Palette } from "./Palette";
import type { Store } from "./store";
import { Toolbar } from "./Toolbar";
import { useEditing } from "./useEditing";

const NODE_TYPES = { step: Card, note: NoteCard };
const EDGE_TYPES = { branch: BranchEdge };
const FIT = { padding: 0.08, maxZoom: 1 };
const READABLE = 0.8;
type Menu = { at: [number, number]; screen: Point; via: Via | null };

export function Canvas({ store }: { store: Store }) {
  return (
    <ReactFlowProvider>
      <Board store={useStore(store)} />
    </ReactFlowProvider>
  );
}

function Board({ store }: { store: Store }) {
  const root = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  const { readonly, jump, refusal, words, kinds } = store.data;
  const graph = store.drawing;
  const [nodes, setNodes] = useState<AnyNode[]>([]);
  const [chosenEdges, chooseEdges] = useState<Set<string>>(new Set());
  const [direction, turn] = useState<Direction>("TB");
  const [menu, setMenu] = useState<Menu | null>(null);
  const [found, setFound] = useState("");
  const edges = useMemo(() => flowEdges(graph, chosenEdges), [graph, chosenEdges]);
  const chosen = () => nodes.filter((node) => node.selected).map((node) => node.id);

  const choose = useCallback((ids: string[]) => {
    const wanted = new Set(ids);
    wantedLater.current = wanted;
    setNodes((now) => now.map((node) => ({ ...node, selected: wanted.has(node.id) })));
  }, []);
  const wantedLater = useRef<Set<string> | null>(null);
  const editing = useEditing(store, direction, chosen, choose);

  useEffect(() => {
    setNodes((now) => {
      const next = flowNodes(graph, now, readonly);
      const wanted = wantedLater.current;
      if (!wanted || ![...wanted].every((id) => next.some((node) => node.id === id))) return next;
      wantedLater.current = null;
      return next.map((node) => ({ ...node, selected: wanted.has(node.id) }));
    });
  }, [graph, readonly]);

  useEffect(() => store.select(chosen().filter((id) => !id.startsWith(NOTE))), [nodes]);

  useEffect(() => {
    if (jump.n) show(jump.nodes);
  }, [jump.n]);

  useEffect(() => {
    if (refusal.n) editing.complain(refusal.text);
  }, [refusal.n]);

  function show(ids: string[]): void {
    choose(ids);
    setFound(ids[0] ?? "");
    const present = ids.filter((id) => graph.steps.some((step) => step.id === id));
    if (present.length) {
      void flow.fitView({ nodes: present.map((id) => ({ id })), duration: 250, maxZoom: 1, minZoom: 0.7, padding: 0.4 });
    }
  }

  /** The whole strategy where it can be read so, else its beginning. */
  function showStart(): void {
    const box = root.current?.querySelector(".paper")?.getBoundingClientRect();
    const entry = graph.steps.find((step) => step.kind === "segment") ?? graph.steps[0];
    if (!box || !entry) return;
    const whole = flow.getNodesBounds(flow.getNodes());
    if (Math.min(box.width / whole.width, box.height / whole.height) > READABLE) return void flow.fitView(FIT);
    const x = box.width / 2 - (entry.at[0] + 110) * READABLE;
    void flow.setViewport({ x, y: 24 - entry.at[1] * READABLE, zoom: READABLE });
  }

  function onNodesChange(changes: NodeChange<AnyNode>[]): void {
    const moves = changes.filter((change) => change.type === "position" && change.dragging === undefined);
    setNodes((now) => applyNodeChanges(changes, now));
    if (moves.length && !readonly) keepPositions(applyNodeChanges(changes, nodes), moves.map((move) => "id" in move ? move.id : ""));
  }

  /** Positions of moved steps as one operation, of moved notes as another. */
  function keepPositions(from: AnyNode[], ids: string[]): void {
    const positions: Positions = {};
    const notes = [...graph.notes];
    for (const node of from.filter((other) => ids.includes(other.id))) {
      const at: Point = [Math.round(node.position.x), Math.round(node.position.y)];
      if (node.type === "note") notes[node.data.index] = { text: node.data.text, at };
      else positions[node.id] = at;
    }
    if (Object.keys(positions).length) store.edit({ op: "move", positions, why: "move" });
    if (ids.some((id) => id.startsWith(NOTE))) store.edit({ op: "notes", notes });
  }

  function offerKinds(screen: Point, via: Via | null): void {
    const box = root.current?.getBoundingClientRect();
    if (readonly || !box) return;
    const at: [number, number] = [Math.min(screen[0] - box.left, box.width - 210), Math.min(screen[1] - box.top, box.height - 330)];
    setMenu({ at, screen, via });
  }

  function takeFromMenu(kind: Kind): void {
    const place = menu && flow.screenToFlowPosition({ x: menu.screen[0], y: menu.screen[1] });
    if (menu?.via) editing.addOn(kind, menu.via);
    else if (place) editing.add(kind, [Math.round(place.x - 110), Math.round(place.y - 30)], null);
    setMenu(null);
    root.current?.focus({ preventScroll: true });
  }

  function middle(): Point {
    const box = root.current?.getBoundingClientRect() ?? new DOMRect();
    const place = flow.screenToFlowPosition({ x: box.left + box.width / 2, y: box.top + box.height / 2 });
    return [Math.round(place.x - 110), Math.round(place.y - 40)];
  }

  function removeChosen(): void {
    if (readonly) return;
    editing.remove(chosen(), [...chosenEdges]);
    chooseEdges(new Set());
    root.current?.focus({ preventScroll: true });
  }

  function tidy(towards: Direction): void {
    turn(towards);
    editing.tidy(towards);
    setTimeout(() => void flow.fitView({ ...FIT, duration: 250 }), 60);
  }

  // The same object while nothing in it changes: a drag must not draw every card anew.
  const desk: Desk = useMemo(
    () => ({
      store,
      direction,
      found,
      offerKinds,
      removeEdge: (via) => store.edit({ op: "disconnect", edges: [via] }),
    }),
    [store, direction, found, readonly],
  );
  const keys = {
    ...editing,
    remove: removeChosen,
    cut: () => {
      editing.copy();
      removeChosen();
    },
    all: () => choose(nodes.map((node) => node.id)),
    search: () => root.current?.querySelector<HTMLInputElement>("input[type=search]")?.focus(),
  };

  return (
    <DeskContext.Provider value={desk}>
      <div
        ref={root}
        className={readonly ? "board readonly" : "board"}
        data-testid="board"
        tabIndex={-1}
        onKeyDown={(event) => onKey(event, keys)}
      >
        <Toolbar
          onUndo={editing.undo}
          onRedo={editing.redo}
          onTidy={tidy}
          onNote={() => editing.note(middle())}
          onFit={() => void flow.fitView({ ...FIT, duration: 250 })}
          onFind={(id) => show([id])}
        />
        <div className="desk">
          {!readonly && <Palette onChoose={(kind) => editing.addBehind(kind, middle())} />}
          <div
            className="paper"
            onDoubleClick={(event) => {
              const target = event.target as HTMLElement;
              if (target.classList.contains("react-flow__pane")) offerKinds([event.clientX, event.clientY], null);
            }}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault();
              const kind = kinds.find((other) => other.kind === event.dataTransfer.getData(DRAGGED));
              if (kind && root.current && !readonly) editing.drop(kind, root.current, event.clientX, event.clientY);
            }}
          >
            <ReactFlow<AnyNode>
              nodes={nodes}
              edges={edges}
              nodeTypes={NODE_TYPES}
              edgeTypes={EDGE_TYPES}
              onNodesChange={onNodesChange}
              onNodeDragStop={(_, __, dragged) => keepPositions(dragged, dragged.map((node) => node.id))}
              onConnect={editing.connect}
              onEdgeClick={(_, edge) => chooseEdges(new Set([edge.id]))}
              onPaneClick={() => {
                chooseEdges(new Set());
                setMenu(null);
              }}
              onNodeClick={() => chooseEdges(new Set())}
              deleteKeyCode={null}
              multiSelectionKeyCode={["Control", "Meta"]}
              zoomOnDoubleClick={false}
              minZoom={0.15}
              maxZoom={1.6}
              nodesDraggable={!readonly}
              nodesConnectable={!readonly}
              connectionRadius={28}
              onInit={() => requestAnimationFrame(showStart)}
            >
              <Background gap={20} size={1} />
              <MiniMap pannable zoomable nodeClassName={(node) => kindOf(node as AnyNode)} />
              <Controls showInteractive={false} fitViewOptions={FIT} />
            </ReactFlow>
          </div>
        </div>
        {menu && <KindMenu at={menu.at} onChoose={takeFromMenu} onClose={() => setMenu(null)} />}
        {editing.refused && (
          <div className="refusal" role="alert" data-testid="refusal">
            {editing.refused}
          </div>
        )}
        {graph.steps.length === 0 && <p className="empty">{words.empty}</p>}
      </div>
    </DeskContext.Provider>
  );
}

function kindOf(node: AnyNode): string {
  return node.type === "step" ? `kind-${node.data.step.kind}` : "";
}
