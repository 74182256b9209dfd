// One small drawing per kind of step, so that colour never carries the meaning alone.

const PATHS: Record<string, string> = {
  segment: "M2 3h12l-4.5 5.5V13l-3 1V8.5z",
  wait: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.6V8l2.4 1.6",
  channel: "M2.5 3.5h11v7.5h-6L4.5 13.5V11h-2z",
  notice: "M4 2h6l3 3v9H4zM10 2v3h3M6 8h5M6 10.5h5",
  condition: "M8 1.8 14.2 8 8 14.2 1.8 8zM6.6 6.6a1.4 1.4 0 1 1 1.9 1.5c-.4.2-.5.5-.5.9M8 10.8v.3",
  split: "M8 14V9M8 9 3.5 3M8 9l4.5-6M3 6V2.6h3.2M13 6V2.6H9.8",
  escalate: "M6 3a2.4 2.4 0 1 1 0 4.8A2.4 2.4 0 0 1 6 3zM1.8 13.5c.3-2.6 2-3.9 4.2-3.9s3.9 1.3 4.2 3.9M12.5 10V3.5M10.5 5.5l2-2 2 2",
  offer: "M2.5 8.5V2.5h6l5.5 5.5-6 6zM5.6 5.5h.1",
  account_action: "M2.5 6 8 2.5 13.5 6zM4 6.5v5M8 6.5v5M12 6.5v5M2.5 13.5h11",
  label: "M4 14V2.5h8l-2 3 2 3H4",
  handover: "M2 5.5h10M9.5 3 12 5.5 9.5 8M14 10.5H4M6.5 8 4 10.5 6.5 13",
  end: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM5.8 5.8h4.4v4.4H5.8z",
};

export function Icon({ kind }: { kind: string }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[kind] ?? PATHS.end} />
    </svg>
  );
}
