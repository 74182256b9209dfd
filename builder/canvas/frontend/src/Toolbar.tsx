// The bar over the canvas: undo, redo, tidy, note, search, and whether everything is kept.

import { useRef, useState } from "react";
import { useDesk, useStore } from "./context";
import type { Direction } from "./layout";

type Props = {
  onUndo: () => void;
  onRedo: () => void;
  onTidy: (direction: Direction) => void;
  onNote: () => void;
  onFit: () => void;
  onFind: (id: string) => void;
};

export function Toolbar({ onUndo, onRedo, onTidy, onNote, onFit, onFind }: Props) {
  const { store, direction } = useDesk();
  const { words, can, readonly } = useStore(store).data;
  const other: Direction = direction === "TB" ? "LR" : "TB";
  return (
    <div className="toolbar" role="toolbar" aria-label={words.tools}>
      {!readonly && (
        <>
          <button data-testid="undo" disabled={!can.undo} title={`${words.undo} ${can.undo} (Ctrl+Z)`} onClick={onUndo}>
            ↶ {words.undo}
          </button>
          <button data-testid="redo" disabled={!can.redo} title={`${words.redo} ${can.redo} (Ctrl+Y)`} onClick={onRedo}>
            ↷ {words.redo}
          </button>
          <button data-testid="tidy" title={words.tidy_hint} onClick={() => onTidy(direction)}>
            {words.tidy}
          </button>
          <button data-testid="turn" title={words.turn_hint} onClick={() => onTidy(other)}>
            {direction === "TB" ? "⇢" : "⇣"}
          </button>
          <button data-testid="note" title={words.note_hint} onClick={onNote}>
            {words.note}
          </button>
        </>
      )}
      <button data-testid="fit" title={words.fit_hint} onClick={onFit}>
        {words.fit}
      </button>
      <StepSearch onFind={onFind} />
      <span className="room" />
      <span className="sync" data-testid="sync" data-seq={store.lastSeq} aria-live="polite">
        {readonly ? words.readonly : store.saved ? `✓ ${words.saved}` : words.saving}
      </span>
    </div>
  );
}

function StepSearch({ onFind }: { onFind: (id: string) => void }) {
  const { store } = useDesk();
  const { words } = useStore(store).data;
  const [asked, ask] = useState("");
  const turn = useRef(0);
  const hits = store.drawing.steps.filter((step) =>
    `${step.name} ${step.id} ${step.line}`.toLowerCase().includes(asked.trim().toLowerCase()),
  );
  return (
    <label className="search">
      <input
        data-testid="search"
        type="search"
        placeholder={words.search}
        aria-label={words.search}
        value={asked}
        onChange={(event) => {
          turn.current = 0;
          ask(event.target.value);
        }}
        onKeyDown={(event) => {
          const hit = hits[turn.current % Math.max(1, hits.length)];
          if (event.key !== "Enter" || !asked.trim() || !hit) return;
          turn.current += 1;
          onFind(hit.id);
        }}
      />
      {asked.trim() && <small>{hits.length}</small>}
    </label>
  );
}
