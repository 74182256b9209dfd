// The face of the canvas towards Streamlit: called again with every change of data, mounted once.

import { StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import "@xyflow/react/dist/base.css";
import "./canvas.css";
import { Canvas } from "./Canvas";
import { Store, type Said, type Sent } from "./store";

type Arguments = {
  data: Said;
  parentElement: HTMLElement | ShadowRoot;
  setStateValue: (name: "canvas", value: Sent) => void;
};

const mounted = new WeakMap<object, { root: Root; store: Store }>();

export default function show({ data, parentElement, setStateValue }: Arguments): () => void {
  let here = mounted.get(parentElement);
  if (!here) {
    const place = parentElement.querySelector(".cadencia-canvas") as HTMLElement;
    here = { root: createRoot(place), store: new Store(setStateValue) };
    mounted.set(parentElement, here);
    place.style.height = `${data.height}px`;
    here.store.receive(data, setStateValue);
    here.root.render(
      <StrictMode>
        <Canvas store={here.store} />
      </StrictMode>,
    );
  } else {
    here.store.receive(data, setStateValue);
  }
  const { root } = here;
  return () => {
    root.unmount();
    mounted.delete(parentElement);
  };
}
