// The kinds of steps: drawn onto the canvas, or by double-click and Enter set behind the chosen step.

import { useDesk, useStore } from "./context";
import { Icon } from "./icons";
import type { Kind } from "./model";

export const DRAGGED = "application/x-cadencia-kind";

export function Palette({ onChoose }: { onChoose: (kind: Kind) => void }) {
  const { store } = useDesk();
  const { kinds, words } = useStore(store).data;
  return (
    <aside className="palette" aria-label={words.palette}>
      <h3>{words.palette}</h3>
      {kinds.map((kind) => (
        <div
          key={kind.kind}
          className={`kind kind-${kind.kind}`}
          data-testid={`pal-${kind.kind}`}
          role="button"
          tabIndex={0}
          draggable
          title={kind.meaning}
          onDragStart={(event) => {
            event.dataTransfer.setData(DRAGGED, kind.kind);
            event.dataTransfer.effectAllowed = "copy";
          }}
          onDoubleClick={() => onChoose(kind)}
          onKeyDown={(event) => event.key === "Enter" && onChoose(kind)}
        >
          <Icon kind={kind.kind} />
          <span>{kind.title}</span>
        </div>
      ))}
      <p className="hint">{words.palette_hint}</p>
    </aside>
  );
}

/** The same kinds as a small menu at a place of the canvas. */
export function KindMenu({ at, onChoose, onClose }: {
  at: [number, number];
  onChoose: (kind: Kind) => void;
  onClose: () => void;
}) {
  const { store } = useDesk();
  const { kinds, words } = useStore(store).data;
  return (
    <div className="menu" style={{ left: at[0], top: at[1] }} role="menu" aria-label={words.insert} onMouseLeave={onClose}>
      {kinds
        .filter((kind) => kind.kind !== "segment")
        .map((kind, index) => (
          <button
            key={kind.kind}
            role="menuitem"
            data-testid={`menu-${kind.kind}`}
            className={`kind-${kind.kind}`}
            autoFocus={index === 0}
            onClick={() => onChoose(kind)}
          >
            <Icon kind={kind.kind} /> {kind.title}
          </button>
        ))}
    </div>
  );
}
