// A way from one step to the next: its count and share, a plus to insert a step, a cross to take it away.

import { BaseEdge, EdgeLabelRenderer, type Edge, type EdgeProps } from "@xyflow/react";
import { memo } from "react";
import { useDesk, useStore } from "./context";
import type { Point } from "./model";
import { routed } from "./routing";

export type BranchEdgeType = Edge<{ tone: string; lane: number }, "branch">;

export const BranchEdge = memo(function BranchEdge(props: EdgeProps<BranchEdgeType>) {
  const { store, direction, offerKinds, removeEdge } = useDesk();
  const { figures, words, readonly } = useStore(store).data;
  const via = { source: props.source, port: props.sourceHandleId ?? "next" };
  const figure = figures.edges[`${via.source}|${via.port}`];
  const from: Point = [props.sourceX, props.sourceY];
  const to: Point = [props.targetX, props.targetY];
  const { path, label } = routed(store.drawing, [props.source, props.target], from, to, props.data?.lane ?? 0, direction);
  const [x, y] = label;
  const classes = ["on-edge", props.selected && "chosen", figures.stale && "stale"].filter(Boolean).join(" ");
  return (
    <>
      <BaseEdge path={path} interactionWidth={18} className={props.data?.tone} markerEnd={props.markerEnd} />
      <EdgeLabelRenderer>
        <div className={classes} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
          {figure && (
            <span className="count" title={figure.title}>
              {figure.count} {figure.share && <small>{figure.share}</small>}
            </span>
          )}
          {!readonly && (
            <button
              className="plus nodrag nopan"
              data-testid={`plus-${via.source}-${via.port}`}
              aria-label={words.insert}
              title={words.insert}
              onClick={(event) => offerKinds([event.clientX, event.clientY], via)}
            >
              +
            </button>
          )}
          {!readonly && props.selected && (
            <button className="cross nodrag nopan" aria-label={words.cut} title={words.cut} onClick={() => removeEdge(via)}>
              ×
            </button>
          )}
        </div>
      </EdgeLabelRenderer>
    </>
  );
});
