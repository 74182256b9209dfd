// A remark pinned to the canvas; it means nothing to the engine.

import type { Node, NodeProps } from "@xyflow/react";
import { memo, useState } from "react";
import { useDesk } from "./context";

export type NoteNode = Node<{ text: string; index: number }, "note">;

export const NoteCard = memo(function NoteCard({ data, selected }: NodeProps<NoteNode>) {
  const { store } = useDesk();
  const [draft, setDraft] = useState<string | null>(null);
  const { words, readonly } = store.data;

  function keep(): void {
    const notes = store.drawing.notes.map((note, at) => (at === data.index ? { ...note, text: draft ?? note.text } : note));
    if (draft !== null && draft !== data.text) store.edit({ op: "notes", notes });
    setDraft(null);
  }

  return (
    <div className={selected ? "note chosen" : "note"}>
      <textarea
        className="nodrag"
        maxLength={2000}
        aria-label={words.note}
        readOnly={readonly}
        value={draft ?? data.text}
        placeholder={words.note_placeholder}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={keep}
      />
    </div>
  );
});
