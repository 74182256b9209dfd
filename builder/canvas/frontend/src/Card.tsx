// A step as a card: icon, name, one line of meaning, what it does today, what is wrong with it.

import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { memo } from "react";
import { useDesk, useStore } from "./context";
import { Icon } from "./icons";
import { widthOf } from "./layout";
import type { Step } from "./model";

export type StepNode = Node<{ step: Step }, "step">;

export const Card = memo(function Card({ data: { step }, selected }: NodeProps<StepNode>) {
  const { store, direction, found } = useDesk();
  const { marks, figures, words } = useStore(store).data;
  const mine = marks[step.id] ?? [];
  const figure = figures.steps[step.id];
  const down = direction === "TB";
  const classes = ["card", `kind-${step.kind}`, selected && "chosen", found === step.id && "found"];
  const worst = mine.some((mark) => mark.severity === "error") ? "error" : "warning";
  return (
    <div className={classes.filter(Boolean).join(" ")} style={{ width: widthOf(step.ports.length) }}>
      {step.kind !== "segment" && (
        <Handle type="target" id="in" position={down ? Position.Top : Position.Left} className="way-in" />
      )}
      <div className="head">
        <Icon kind={step.kind} />
        <span className="name">{step.name}</span>
        {mine.length > 0 && (
          <span className={`mark ${worst}`} title={mine.map((mark) => mark.text).join("\n")}>
            {worst === "error" ? "✕" : "!"} {mine.length}
          </span>
        )}
      </div>
      <div className="line" title={step.line}>
        {step.line}
      </div>
      {figure && (
        <div className={figures.stale ? "figure stale" : "figure"} title={figure.title}>
          <span>{figure.text}</span>
          {figure.alarm && <span className="alarm">▲ {figure.alarm}</span>}
        </div>
      )}
      <div className={down ? "ways" : "ways sideways"}>
        {step.ports.map((port) => (
          <span key={port.id} className={`way ${port.tone}`} title={port.label}>
            {(step.ports.length > 1 || port.id !== "next") && <span className="label">{port.label}</span>}
            <Handle
              type="source"
              id={port.id}
              position={down ? Position.Bottom : Position.Right}
              aria-label={`${words.way} ${port.label}`}
              className={port.tone}
            />
          </span>
        ))}
      </div>
    </div>
  );
});
