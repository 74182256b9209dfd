// The keys of the canvas; they stop here, so that the page around it does not hear them too.

import type { KeyboardEvent } from "react";

export type Keys = {
  undo: () => void;
  redo: () => void;
  copy: () => void;
  cut: () => void;
  paste: () => void;
  duplicate: () => void;
  remove: () => void;
  all: () => void;
  search: () => void;
};

const MODIFIERS = new Set(["Control", "Meta", "Shift"]);

export function onKey(event: KeyboardEvent, keys: Keys): void {
  if (MODIFIERS.has(event.key)) return; // the drawing listens to these at the document
  event.stopPropagation();
  const typing = (event.target as HTMLElement).closest("input, textarea");
  const word = event.key.toLowerCase();
  if (!typing && (word === "delete" || word === "backspace")) return act(event, keys.remove);
  if (!typing && word === "/") return act(event, keys.search);
  if (!(event.ctrlKey || event.metaKey) || typing) return;
  const chords: Record<string, () => void> = {
    z: event.shiftKey ? keys.redo : keys.undo,
    y: keys.redo,
    c: keys.copy,
    x: keys.cut,
    v: keys.paste,
    d: keys.duplicate,
    a: keys.all,
    f: keys.search,
  };
  const chord = chords[word];
  if (chord) act(event, chord);
}

function act(event: KeyboardEvent, action: () => void): void {
  event.preventDefault();
  action();
}
